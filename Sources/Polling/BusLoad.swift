public import DetectionCore
public import DeviceProfiles

/// How much of a bus's time its plan takes, and how late a sample can be at worst: what can be
/// known before anything is connected.
///
/// Each device is taken to answer after the turnaround of its profile. What a fault costs
/// (time-outs, repeated reads, probes) is not in it; `highestUtilisation` leaves room for that.
public struct BusLoad: Sendable {
  /// One read that is repeated all the time.
  public struct Read: Hashable, Sendable {
    /// The device's place in `BusPlan.devices`.
    public let device: Int
    /// What is read.
    public let span: RegisterSpan
    /// What it is read for, by address; a point that needs several reads is in each.
    public let points: [PointIndex]
    /// Time between two samples, or between the beginnings of two bursts.
    public let period: TimeSpan
    /// How often it is read in a period: 1, or the samples of a burst.
    public let samples: Int
    /// How long each takes the bus.
    public let time: TimeSpan
    /// How long after it was due a sample should be complete: until the next is due.
    public let deadline: TimeSpan
    /// How long that takes at worst; nil where `utilisation` is above `highestUtilisation`.
    public fileprivate(set) var worstResponse: TimeSpan?

    /// The part of the bus's time that it takes; 1 is all of it.
    public var utilisation: Double { Double(samples) * time.seconds / period.seconds }
  }

  /// The most of a bus's time that planned reads may take: a tenth is left to what no plan
  /// knows, which is repeated reads, probes of lost devices, and writes.
  public static var highestUtilisation: Double { 0.9 }

  /// All reads, the most frequent first, then by device and address.
  public let reads: [Read]
  /// The part of the bus's time that all reads take; above 1 the bus cannot do them.
  public let utilisation: Double
  /// The longest that an output takes to be written and read back; zero where there is none.
  public let longestWrite: TimeSpan
  /// True where the reads take no more than `highestUtilisation` and each sample is complete before
  /// the next one is due, whatever the phase between them, and with one output written meanwhile.
  public let isSchedulable: Bool

  /// Works out the load of `plan`.
  ///
  /// - Throws: `BusPlanError` for the first point that the bus cannot read.
  public init(plan: BusPlan) throws(BusPlanError) {
    try self.init(plan: plan, withResponses: true)
  }

  /// The responses are what takes time.
  init(plan: BusPlan, withResponses: Bool) throws(BusPlanError) {
    var found: [(cadence: Cadence, read: Read)] = []
    var longestWrite = TimeSpan.zero
    for (place, device) in plan.devices.enumerated() {
      let state = try DeviceState(device, link: plan.link, start: Instant(nanoseconds: 0))
      for group in state.groups {
        let cadence = group.grid.cadence
        for block in group.plannedBlocks {
          found.append((cadence, Read(block, of: group, device: place, cost: state.cost)))
        }
      }
      for output in device.outputs {
        longestWrite = max(longestWrite, state.cost.write(output.quantity.span))
      }
    }
    found.sort { ($0.read.period, $0.read.device) < ($1.read.period, $1.read.device) }
    var demands: [BusDemand] = []
    for (cadence, read) in found {
      let place = demands.firstIndex { $0.cadence == cadence } ?? demands.count
      if place == demands.count { demands.append(BusDemand(cadence)) }
      demands[place].add(read.time)
    }
    let all = BusDemands(demands: demands, write: longestWrite)
    let hasRoom = all.utilisation <= Self.highestUtilisation
    if hasRoom, withResponses {
      let responses = demands.indices.map { all.worstResponse(of: $0) }
      for index in found.indices {
        let place = demands.firstIndex { $0.cadence == found[index].cadence }
        found[index].read.worstResponse = place.map { responses[$0] }
      }
    }
    reads = found.map(\.read)
    utilisation = all.utilisation
    self.longestWrite = longestWrite
    isSchedulable = hasRoom && all.areMet
  }
}

extension BusLoad.Read {
  fileprivate init(
    _ block: ReadBlock, of group: PollGroup, device: Int, cost: TransactionCost
  ) {
    self.device = device
    span = block.span
    var points: [PointIndex] = []
    for piece in block.pieces {
      let point = group.members[piece.point].point.point
      if !points.contains(point) { points.append(point) }
    }
    self.points = points
    period = group.grid.cadence.period
    samples = Int(group.grid.cadence.count)
    time = cost.time(.read(block.span))
    deadline = group.grid.cadence.relativeDeadline
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
