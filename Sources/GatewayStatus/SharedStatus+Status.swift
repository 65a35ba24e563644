internal import Delivery
package import DetectionCore
internal import DeviceProfiles
internal import Polling
internal import SiteConfiguration

extension SharedStatus {
  /// What was counted at one moment, to tell later what happened since.
  package struct Mark: Sendable {
    /// The moment.
    package let time: Instant
    /// For each bus its own counts, and those of its devices.
    let buses: [(own: SiteStatus.Counts, devices: [SiteStatus.Counts])]

    /// The start of the gateway, when nothing had been counted.
    package init(start: Instant) {
      time = start
      buses = []
    }

    fileprivate init(_ state: State, at now: Instant) {
      time = now
      buses = state.buses.map { bus in
        (
          SiteStatus.Counts(bus.counters, openings: bus.openings),
          bus.devices.map { SiteStatus.Counts($0.counters) }
        )
      }
    }
  }

  /// What has been counted by now.
  package func mark(at now: Instant) -> Mark { Mark(current, at: now) }

  /// What the threads have left here, as it is shown.
  ///
  /// - Parameters:
  ///   - version: The program's version.
  ///   - session: The number of its start.
  ///   - start: When it started.
  ///   - mark: The beginning of the window that the `recent` figures are of.
  ///   - now: The moment that it is shown at.
  ///   - wallTime: The same moment in civil time.
  package func status(
    version: String, session: UInt32, start: Instant, since mark: Mark, at now: Instant,
    wallTime: WallTime
  ) -> SiteStatus {
    let state = current
    let description = site.description
    return SiteStatus(
      site: description.id, version: version, session: session,
      time: CivilTime(wallTime).timestamp, uptimeSeconds: (now - start).seconds,
      windowSeconds: (now - mark.time).seconds,
      buses: state.buses.indices.map { bus($0, state.buses[$0], since: mark, at: now) },
      points: zip(description.points, state.points).map { SiteStatus.Point($0, $1, at: now) },
      alarms: zip(description.rules, state.stages).map { SiteStatus.Alarm(id: $0.id, stage: $1) },
      outputs: outputs(state),
      recentEvents: state.recentEvents,
      destinations: zip(site.destinations, state.destinations).map {
        let broker = $0.brokers[$1.broker]
        return SiteStatus.Destination(
          id: $0.id, isConnected: $1.isConnected, broker: "\(broker.host):\(broker.port)",
          mqttVersion: $1.version?.description, waitingEvents: $1.depth,
          refusedEvents: $1.setAside, newestRefused: $1.deadLetters.map(SiteStatus.Refused.init),
          droppedEvents: $1.dropped, problem: $1.problem)
      },
      readingCount: state.readingCount, eventCount: state.eventCount,
      committedCount: state.committedCount, problems: state.problems)
  }

  private func outputs(_ state: State) -> [SiteStatus.Output] {
    let known = state.buses.flatMap(\.outputs)
    return zip(site.description.outputs, state.outputs).enumerated().map { index, output in
      SiteStatus.Output(
        id: output.0.id, isOn: output.1,
        state: known.first { Int($0.output) == index }.flatMap { SiteStatus.Output.State($0) })
    }
  }

  private func bus(
    _ index: Int, _ bus: State.Bus, since mark: Mark, at now: Instant
  ) -> SiteStatus.Bus {
    let plan = site.buses[index]
    let total = SiteStatus.Counts(bus.counters, openings: bus.openings)
    let earlier = mark.buses.indices.contains(index) ? mark.buses[index] : (.init(), [])
    return SiteStatus.Bus(
      id: plan.id, port: plan.link.name, isOpen: bus.isOpen,
      lastFault: bus.counters.lastFault?.code,
      responseMs: SiteStatus.ResponseTimes(bus.counters.responses),
      recent: total.since(earlier.own), total: total,
      devices: zip(plan.devices, bus.devices).enumerated().map { index, device in
        let before = earlier.devices.indices.contains(index) ? earlier.devices[index] : .init()
        return SiteStatus.Device(
          device.1, of: site.description, id: device.0.id,
          ignoresIdentity: device.0.modbus?.ignoresIdentity == true, since: before, at: now)
      })
  }
}

extension SiteStatus.Refused {
  fileprivate init(_ letter: SharedStatus.State.DeadLetter) {
    self.init(
      id: letter.event, reason: letter.reason, since: CivilTime(letter.since).timestamp)
  }
}

extension SiteStatus.Output.State {
  fileprivate init?(_ output: OutputStatus) {
    guard output.wanted != nil else { return nil }
    self =
      switch output.certainty {
      case _ where output.isFaulty: .faulty
      case .pending: .pending
      case .unverified: .unverified
      case .confirmed: .confirmed
      }
  }
}

extension SiteStatus.Counts {
  init(_ counters: BusCounters, openings: UInt64 = 0) {
    self.init(
      requests: counters.requests, answers: counters.answers, timeouts: counters.timeouts,
      damaged: counters.damaged, wrongUnits: counters.wrongUnits, exceptions: counters.exceptions,
      missedSlots: counters.missedSlots, missedDeadlines: counters.missedDeadlines,
      portFaults: counters.portFaults, openings: openings, reconnections: counters.reconnections,
      busySeconds: counters.busy.seconds,
      deadSeconds: counters.probeTime.seconds)
  }

  /// What happened since `earlier`.
  func since(_ earlier: Self) -> Self {
    func difference(_ path: KeyPath<Self, UInt64>) -> UInt64 {
      self[keyPath: path] - min(self[keyPath: path], earlier[keyPath: path])
    }
    return Self(
      requests: difference(\.requests), answers: difference(\.answers),
      timeouts: difference(\.timeouts), damaged: difference(\.damaged),
      wrongUnits: difference(\.wrongUnits),
      exceptions: difference(\.exceptions), missedSlots: difference(\.missedSlots),
      missedDeadlines: difference(\.missedDeadlines), portFaults: difference(\.portFaults),
      openings: difference(\.openings), reconnections: difference(\.reconnections),
      busySeconds: busySeconds - earlier.busySeconds, deadSeconds: deadSeconds - earlier.deadSeconds
    )
  }
}

extension SiteStatus.ResponseTimes {
  fileprivate init?(_ responses: ResponseHistogram) {
    func time(_ share: Double) -> Double? { responses.percentile(share).map { $0.seconds * 1000 } }
    guard let p50 = time(0.5), let p95 = time(0.95), let p99 = time(0.99) else { return nil }
    self.init(p50: p50, p95: p95, p99: p99)
  }
}

extension SiteStatus.Device {
  fileprivate init(
    _ device: SharedStatus.State.Device, of site: SiteDescription, id: String,
    ignoresIdentity: Bool, since earlier: SiteStatus.Counts, at now: Instant
  ) {
    let total = SiteStatus.Counts(device.counters)
    var probe: Double?
    if case .lost(let probeAt, _) = device.health { probe = max(0, (probeAt - now).seconds) }
    self.init(
      id: id, isLost: device.health != .online, ignoresIdentity: ignoresIdentity,
      nextProbeSeconds: probe, lastFault: device.counters.lastFault?.code,
      responseMs: SiteStatus.ResponseTimes(device.counters.responses),
      refused: device.refusedReads.isEmpty
        ? nil : device.refusedReads.map { SiteStatus.RefusedPoint($0, of: site, at: now) },
      recent: total.since(earlier), total: total)
  }
}

extension SiteStatus.RefusedPoint {
  fileprivate init(_ read: RefusedRead, of site: SiteDescription, at now: Instant) {
    self.init(
      id: site.points[Int(read.point.rawValue)].id, table: read.span.table.rawValue,
      address: read.span.address, fault: read.fault.code, times: read.times,
      nextSeconds: max(0, (read.nextAt - now).seconds))
  }
}

extension SiteStatus.Point {
  fileprivate init(
    _ description: PointDescription, _ point: SharedStatus.State.Point, at now: Instant
  ) {
    let reading = point.latest?.reading
    self.init(
      id: description.id, value: reading.flatMap { $0.value.isFinite ? $0.value : nil },
      unit: description.unit, flag: reading?.flag,
      ageSeconds: reading.map { (now - $0.time).seconds }, periodSeconds: point.period.seconds,
      trace: point.trace)
  }
}
