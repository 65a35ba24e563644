public import DetectionCore
public import DeviceProfiles

/// How much of a bus's time its plan takes, and how late a sample can be at worst: what can be
/// known before anything is connected.
///
/// Each device is taken to answer after the response delay of its profile. What a fault costs
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
    /// The periods of the points that are due then, the shortest first: one, or several where
    /// points of different periods share reads.
    public let periods: [TimeSpan]
    /// How often it is read in a period: 1, or the samples of a burst.
    public let samples: Int
    /// How often it is read in a second, on the average.
    public let rate: Double
    /// How long each takes the bus; with what prepares a sample, where it is the sample's first.
    public let time: TimeSpan
    /// How long after it was due a sample should be complete: until the next is due, of any of the
    /// points that it shares reads with.
    public let deadline: TimeSpan
    /// How long that takes at worst; nil where `utilisation` is above `highestUtilisation`.
    public fileprivate(set) var worstResponse: TimeSpan?
    /// The groups that it serves.
    fileprivate let groups: [Int]

    /// Time between two samples of the points that are read most rarely of these.
    public var period: TimeSpan { periods[periods.count - 1] }

    /// The part of the bus's time that it takes; 1 is all of it.
    public var utilisation: Double { rate * time.seconds }
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

  /// Works out the load of `plan`, as it runs while no rule asks for a shorter period than planned.
  ///
  /// - Parameter isHurried: True for a bus on which one does: no device shares reads then.
  /// - Throws: `BusPlanError` for the first thing that the bus cannot serve.
  public init(plan: BusPlan, isHurried: Bool = false) throws(BusPlanError) {
    let work = try SchedulabilityAnalysis(plan: plan, start: Instant(nanoseconds: 0))
    let shares = isHurried ? plan.devices.map { _ in false } : work.sharing
    var reads: [Read] = []
    for (place, device) in work.devices.enumerated() {
      for occasion in device.reads.occasions(isSharing: shares[place]) {
        reads += Read.all(of: occasion, device, place, isSharing: shares[place])
      }
    }
    reads.sort { ($0.period, $0.device) < ($1.period, $1.device) }
    utilisation = reads.reduce(0) { $0 + $1.utilisation }
    longestWrite = work.write
    isSchedulable = work.isSchedulable
    if work.demands(shares).all.utilisation <= Self.highestUtilisation {
      let responses = work.worstResponses(shares)
      for index in reads.indices {
        let ofDevice = responses[reads[index].device]
        reads[index].worstResponse = reads[index].groups.map { ofDevice[$0] }.max()
      }
    }
    self.reads = reads
  }
}

extension BusLoad.Read {
  /// The reads of all points of a device that are due at once; the first has what prepares them.
  fileprivate static func all(
    of occasion: DeviceReads.Occasion, _ device: DeviceState, _ place: Int, isSharing: Bool
  ) -> [BusLoad.Read] {
    var reads = device.reads
    reads.shares = isSharing
    let groups = reads.groups.indices.filter { occasion.groups[$0] }
    let cadences = groups.map { reads.groups[$0].grid.cadence }
    let deadline = groups.map { reads.relativeDeadline(ofGroup: $0) }.min() ?? .zero
    var preparation = device.preparationTime
    return reads.reads(of: occasion.groups).map { block in
      var points: [PointIndex] = []
      for piece in block.pieces {
        let point = reads.members[piece.point].point.point
        if !points.contains(point) { points.append(point) }
      }
      defer { preparation = .zero }
      return BusLoad.Read(
        device: place, span: block.span, points: points,
        periods: cadences.map(\.period).sorted(), samples: Int(cadences[0].count),
        rate: occasion.rate,
        time: TimeSpan(
          nanoseconds: preparation.nanoseconds + reads.cost.time(.read(block.span)).nanoseconds),
        deadline: deadline, groups: groups)
    }
  }
}

extension DeviceReads {
  /// Groups that are due at the same moment, and no others.
  fileprivate struct Occasion {
    /// Which, of all.
    var groups: [Bool]
    /// How often in a second.
    var rate: Double
  }

  /// The most groups of which all combinations are looked at: 64 then.
  private static let mostCombinedGroups = 6

  /// What is due at once, and how often, while all samples stay where they were planned.
  ///
  /// Groups begin together, and so all of a set are due each least common multiple of their periods.
  /// How often no others are due then follows by inclusion and exclusion. Bursts, and the groups of
  /// a device with too many of them, count as read apart, which is never less.
  fileprivate func occasions(isSharing: Bool) -> [Occasion] {
    let count = groups.count
    let cadences = groups.map(\.grid.cadence)
    guard isSharing, count <= Self.mostCombinedGroups, cadences.allSatisfy({ $0.count == 1 })
    else {
      return groups.indices.map { group in
        Occasion(
          groups: groups.indices.map { $0 == group },
          rate: Double(cadences[group].count) / cadences[group].period.seconds)
      }
    }
    func isIn(_ set: Int, _ group: Int) -> Bool { set >> group & 1 == 1 }
    var rates = (0..<1 << count).map { set in
      let periods = groups.indices.filter { isIn(set, $0) }.map { cadences[$0].period }
      return periods.isEmpty ? 0 : 1e9 / Double(leastCommonMultiple(periods))
    }
    for group in groups.indices {
      for set in rates.indices where !isIn(set, group) { rates[set] -= rates[set | 1 << group] }
    }
    let least = 1e-9 * (rates.max() ?? 0)
    return rates.indices.dropFirst().filter { rates[$0] > least }.map { set in
      Occasion(groups: groups.indices.map { isIn(set, $0) }, rate: rates[set])
    }
  }

  /// In nanoseconds; beyond what can be counted, the longest time that can.
  private func leastCommonMultiple(_ periods: [TimeSpan]) -> Int64 {
    periods.reduce(1) { multiple, period in
      var (divisor, rest) = (multiple, period.nanoseconds)
      while rest > 0 { (divisor, rest) = (rest, divisor % rest) }
      let (product, isTooLong) = (multiple / divisor)
        .multipliedReportingOverflow(by: period.nanoseconds)
      return isTooLong ? .max : product
    }
  }
}
