import DetectionCore
import DeviceProfiles

/// What a plan gives its bus to do, and whether the bus can do it in time.
///
/// **Preparation.** Where a device wants requests before a sample (`SampleTrigger`), what the waits
/// behind these leave of the sample's time is cut into equal parts, for each request and for the reads:
/// each has its own deadline, as if it were released when the one before it has to be complete. It is
/// often possible earlier, which is the demand's `releaseJitter`.
struct SchedulabilityAnalysis {
  /// The samples of one cadence of a device.
  struct Job {
    /// What each sample reads.
    let reads: [BusLoad.Read]
    /// Its parts as work for the bus: the requests that go before, and the reads.
    let parts: [BusDemand]
    /// How long the device is left alone behind each part.
    let waits: [TimeSpan]
  }

  let jobs: [Job]
  /// What comes without being asked for.
  let unasked: [BusLoad.Read]
  /// All parts of all jobs; alike ones are one demand.
  let demands: BusDemands
  /// For each job the index of each of its parts among the demands.
  private let indices: [[Int]]

  /// - Throws: `BusPlanError` for the first thing that the bus cannot serve.
  init(plan: BusPlan) throws(BusPlanError) {
    var jobs: [Job] = []
    var unasked: [BusLoad.Read] = []
    var write = TimeSpan.zero
    for (index, device) in plan.devices.enumerated() {
      switch device.dialect {
      case .modbus:
        let state = try DeviceState(device, link: plan.link, start: Instant(nanoseconds: 0))
        for output in device.outputs {
          write = max(write, state.reads.cost.write(output.quantity.span))
        }
        jobs += state.reads.groups.indices.map { state.job(ofGroup: $0, device: index) }
      case .framed(let framed):
        jobs += framed.jobs(of: device, at: index, link: plan.link)
        unasked += framed.unaskedMessages(of: device, at: index, link: plan.link)
      }
    }
    self.jobs = jobs
    self.unasked = unasked
    var demands: [BusDemand] = []
    indices = jobs.map { job in
      job.parts.map { part in
        // Parts of a sample that has several are looked at one by one.
        if job.parts.count == 1, let known = demands.firstIndex(where: { $0.isLike(part) }) {
          demands[known].add(work: part.work, longest: part.longest, shortest: part.shortest)
          return known
        }
        demands.append(part)
        return demands.count - 1
      }
    }
    self.demands = BusDemands(demands: demands, write: write)
  }

  /// True where there is time for all that is asked for, and some to spare.
  var hasRoom: Bool { demands.utilisation <= BusLoad.highestUtilisation }

  /// The part of the bus's time that everything takes.
  var utilisation: Double { unasked.reduce(demands.utilisation) { $0 + $1.utilisation } }

  /// True where the bus keeps all deadlines.
  var isSchedulable: Bool { hasRoom && utilisation <= 1 && demands.isSchedulable }

  /// From the moment at which a sample is due to its last answer at worst, for each job; only where
  /// there is room.
  var worstResponses: [TimeSpan] {
    var known = [TimeSpan?](repeating: nil, count: demands.demands.count)
    return zip(jobs, indices).map { job, parts in
      if parts.count == 1, let response = known[parts[0]] { return response }
      // Each part is possible when the one before it is complete and its wait is over.
      var sum: Int64 = 0
      var response: Int64 = 0
      for (part, index) in parts.enumerated() {
        let deadline = Int64(part + 1) * demands.demands[index].deadline.nanoseconds - sum
        let worst = demands.worstResponse(
          of: index, deadline: TimeSpan(nanoseconds: max(0, deadline)))
        sum += worst.nanoseconds
        response += worst.nanoseconds + job.waits[part].nanoseconds
      }
      if parts.count == 1 { known[parts[0]] = TimeSpan(nanoseconds: response) }
      return TimeSpan(nanoseconds: response)
    }
  }
}

extension BusDemand {
  /// True for what can count as one demand: a sample of several parts, whose reads are released
  /// early, is never like another.
  fileprivate func isLike(_ other: BusDemand) -> Bool {
    cadence == other.cadence && deadline == other.deadline && releaseJitter == .zero
      && other.releaseJitter == .zero
  }
}

extension DeviceState {
  /// What the samples of a group are for the bus: the requests that prepare one, and its reads.
  fileprivate func job(ofGroup group: Int, device: Int) -> SchedulabilityAnalysis.Job {
    let cadence = reads.groups[group].grid.cadence
    let part = preparation.partOfDeadline(cadence.relativeDeadline)
    var parts: [BusDemand] = []
    var preparing = TimeSpan.zero
    for (index, step) in preparation.steps.enumerated() {
      let time = reads.cost.time(step.request)
      preparing.nanoseconds += time.nanoseconds
      parts.append(BusDemand(cadence, deadline: part, releaseJitter: part * index))
      parts[index].add(time)
    }
    var demand = BusDemand(cadence, deadline: part, releaseJitter: part * preparation.steps.count)
    var told: [BusLoad.Read] = []
    for block in reads.reads(ofGroup: group) {
      let request = BusRequest.read(block.span)
      let time = reads.cost.time(request)
      demand.add(time)
      var points: [PointIndex] = []
      for piece in block.pieces {
        let point = reads.members[piece.point].point.point
        if !points.contains(point) { points.append(point) }
      }
      // The first read of a sample is told with what prepares it.
      told.append(
        BusLoad.Read(
          device: device, content: .registers(block.span), points: points, period: cadence.period,
          samples: Int(cadence.count), bytes: request.requestBytes + request.answerBytes,
          time: TimeSpan(
            nanoseconds: (told.isEmpty ? preparing : .zero).nanoseconds + time.nanoseconds),
          deadline: cadence.relativeDeadline))
    }
    return SchedulabilityAnalysis.Job(
      reads: told, parts: parts + [demand], waits: preparation.steps.map(\.wait) + [.zero])
  }
}

extension FramedDevice {
  /// What the samples are that have to be asked for: one request for all points of one message that
  /// have the same cadence.
  fileprivate func jobs(
    of plan: DevicePlan, at device: Int, link: Link
  ) -> [SchedulabilityAnalysis.Job] {
    var asked: [(message: Int, cadence: Cadence, points: [PointIndex])] = []
    for point in plan.points {
      guard let message = point.quantity.framed?.message, !line.messages[message].request.isEmpty
      else { continue }
      let cadence = Cadence(of: point)
      if let known = asked.firstIndex(where: { $0.message == message && $0.cadence == cadence }) {
        asked[known].points.append(point.point)
      } else {
        asked.append((message, cadence, [point.point]))
      }
    }
    let waits = plan.timing.responseDelayMs + (plan.timing.guardMs ?? 0)
    return asked.map { message, cadence, points in
      let bytes = bytes(of: message)
      let time = TimeSpan(
        nanoseconds: link.time(bytes: bytes).nanoseconds
          + TimeSpan.milliseconds(Int64(waits)).nanoseconds)
      var demand = BusDemand(cadence)
      demand.add(time)
      let read = BusLoad.Read(
        device: device, content: .message(message, isAsked: true), points: points,
        period: cadence.period, samples: Int(cadence.count), bytes: bytes, time: time,
        deadline: cadence.relativeDeadline)
      return SchedulabilityAnalysis.Job(reads: [read], parts: [demand], waits: [.zero])
    }
  }

  /// What the device sends by itself, once in its profile's `minimumPeriod`.
  fileprivate func unaskedMessages(
    of plan: DevicePlan, at device: Int, link: Link
  ) -> [BusLoad.Read] {
    let shortest = plan.timing.minimumPeriodMs
    let period: TimeSpan? = shortest == 0 ? nil : .milliseconds(Int64(shortest))
    return line.messages.indices.filter { line.messages[$0].request.isEmpty }.map { message in
      let bytes = bytes(of: message)
      return BusLoad.Read(
        device: device, content: .message(message, isAsked: false),
        points: plan.points.filter { $0.quantity.framed?.message == message }.map(\.point),
        period: period, samples: 1, bytes: bytes, time: link.time(bytes: bytes),
        deadline: period ?? .zero)
    }
  }

  /// How many bytes a message and its request have, with the longest content that is known of it.
  private func bytes(of message: Int) -> Int {
    let content = examples.filter { $0.message == message }.map(\.content.count).max() ?? 0
    return line.messages[message].requestBytes.count + content + line.framing.overhead
  }
}

extension Framing {
  /// The bytes of a frame besides its content, where lines that end with LF have CR before it.
  fileprivate var overhead: Int {
    switch self {
    case .text(let text):
      (text.start == nil ? 0 : 1) + (text.checksumMark == nil ? 0 : 3) + (text.end == 0x0A ? 2 : 1)
    case .binary: 0
    case .veDirect: 1
    }
  }
}

extension TransactionCost {
  /// How long it takes to write a coil or register and to read it back.
  fileprivate func write(_ span: RegisterSpan) -> TimeSpan {
    let request: BusRequest =
      span.table.isBits
      ? .writeCoil(address: span.address, on: true)
      : .writeRegister(address: span.address, value: 1)
    return TimeSpan(nanoseconds: time(request).nanoseconds + time(.read(span)).nanoseconds)
  }
}

extension TimeSpan {
  static func * (span: TimeSpan, count: Int) -> TimeSpan {
    TimeSpan(nanoseconds: span.nanoseconds * Int64(count))
  }
}
