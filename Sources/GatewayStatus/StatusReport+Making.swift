internal import Delivery
package import DetectionCore
internal import DeviceProfiles
internal import Polling
package import SiteConfiguration

extension StatusReport {
  /// What was counted at one moment, to tell later what happened since.
  package struct Mark: Sendable {
    /// The moment.
    package let time: Instant
    /// For each bus its own counts, and those of its devices.
    let buses: [(own: Counts, devices: [Counts])]

    /// The start of the gateway that has this status now, when nothing had been counted.
    package init(startOf status: SiteStatus, at now: Instant) {
      time = now + TimeSpan(nanoseconds: -status.uptime.nanoseconds)
      buses = status.buses.map { _ in (Counts(), []) }
    }

    /// What has been counted now.
    package init(_ status: SiteStatus, at now: Instant) {
      time = now
      buses = status.buses.map { bus in
        (Counts(bus.counters, openings: bus.openings), bus.devices.map { Counts($0.counters) })
      }
    }
  }

  /// Reports how the gateway of `site` does.
  ///
  /// - Parameters:
  ///   - status: How it does now.
  ///   - site: What it runs.
  ///   - version: The program's version.
  ///   - session: The number of its start.
  ///   - mark: What was counted at the beginning of the window.
  ///   - now: The moment of `status`.
  package init(
    of status: SiteStatus, site: Site, version: String, session: UInt32, since mark: Mark,
    at now: Instant
  ) {
    self.init(
      site: site.description.id, version: version, session: session,
      uptimeSeconds: status.uptime.seconds, windowSeconds: (now - mark.time).seconds,
      buses: zip(zip(status.buses, site.buses), mark.buses).map { bus, mark in
        Bus(
          bus.0, of: site.description, port: bus.1.link.name,
          strangers: bus.1.devices.filter { $0.modbus?.ignoresIdentity == true }.map(\.id),
          since: mark, at: now)
      },
      points: status.points.map { Point($0, at: now) },
      destinations: status.destinations.map {
        Destination(
          id: $0.id, isConnected: $0.isConnected, waitingEvents: $0.depth, problem: $0.problem)
      },
      lost: status.lostEventCount + status.lostReadingCount + status.lostRecordCount
        + status.lostCommandCount,
      problems: status.problems)
  }
}

extension StatusReport.Counts {
  init(_ counters: BusCounters, openings: UInt64 = 0) {
    self.init(
      requests: counters.requests, answers: counters.answers, timeouts: counters.timeouts,
      damaged: counters.damaged, wrongUnits: counters.wrongUnits, exceptions: counters.exceptions,
      missedSlots: counters.missedSlots, missedDeadlines: counters.missedDeadlines,
      openings: openings, reconnections: counters.reconnections, busySeconds: counters.busy.seconds,
      deadSeconds: counters.dead.seconds)
  }
}

extension StatusReport.ResponseTimes {
  init?(_ responses: ResponseHistogram) {
    func time(_ share: Double) -> Double? { responses.percentile(share).map { $0.seconds * 1000 } }
    guard let p50 = time(0.5), let p95 = time(0.95), let p99 = time(0.99) else { return nil }
    self.init(p50: p50, p95: p95, p99: p99)
  }
}

extension StatusReport.Bus {
  fileprivate init(
    _ bus: SiteStatus.Bus, of site: SiteDescription, port: String, strangers: [String],
    since mark: (own: StatusReport.Counts, devices: [StatusReport.Counts]), at now: Instant
  ) {
    let total = StatusReport.Counts(bus.counters, openings: bus.openings)
    self.init(
      id: bus.id, port: port, isOpen: bus.isOpen, lastFault: bus.counters.lastFault?.code,
      outputs: bus.outputs.map {
        StatusReport.Output($0, id: site.outputs[Int($0.output)].id)
      },
      recent: total.since(mark.own), total: total,
      devices: bus.devices.enumerated().map { place, device in
        let earlier =
          mark.devices.indices.contains(place) ? mark.devices[place] : StatusReport.Counts()
        return StatusReport.Device(
          device, of: site, ignoresIdentity: strangers.contains(device.id), since: earlier, at: now)
      })
  }
}

extension StatusReport.Output {
  fileprivate init(_ output: OutputStatus, id: String) {
    let state: State =
      switch output.certainty {
      case _ where output.isFaulty: .faulty
      case .pending: .pending
      case .unverified: .unverified
      case .confirmed: .confirmed
      }
    self.init(id: id, isOn: output.wanted, state: state)
  }
}

extension StatusReport.Device {
  fileprivate init(
    _ device: SiteStatus.Device, of site: SiteDescription, ignoresIdentity: Bool,
    since earlier: StatusReport.Counts, at now: Instant
  ) {
    let total = StatusReport.Counts(device.counters)
    var probe: Double?
    if case .lost(let probeAt, _) = device.health { probe = max(0, (probeAt - now).seconds) }
    self.init(
      id: device.id, isLost: device.health != .online, ignoresIdentity: ignoresIdentity,
      nextProbeSeconds: probe,
      lastFault: device.counters.lastFault?.code,
      responseMs: StatusReport.ResponseTimes(device.counters.responses),
      refused: device.refusedReads.isEmpty
        ? nil : device.refusedReads.map { StatusReport.RefusedPoint($0, of: site, at: now) },
      recent: total.since(earlier), total: total)
  }
}

extension StatusReport.RefusedPoint {
  fileprivate init(_ read: RefusedRead, of site: SiteDescription, at now: Instant) {
    self.init(
      id: site.points[Int(read.point.rawValue)].id, table: read.span.table.rawValue,
      address: read.span.address, fault: read.fault.code, times: read.times,
      nextSeconds: max(0, (read.nextAt - now).seconds))
  }
}

extension StatusReport.Point {
  fileprivate init(_ point: SiteStatus.Point, at now: Instant) {
    let reading = point.latest?.reading
    self.init(
      id: point.description.id, value: reading.flatMap { $0.value.isFinite ? $0.value : nil },
      unit: point.description.unit, flag: reading?.flag.rawValue,
      ageSeconds: reading.map { (now - $0.time).seconds }, periodSeconds: point.period.seconds)
  }
}
