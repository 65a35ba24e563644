public import DetectionCore
import DeviceProfiles

/// What would make an overloaded bus work; nothing in it where nothing simple does.
public struct OverloadAdvice: Hashable, Sendable {
  /// A longer period for what takes most of the bus's time.
  public struct Period: Hashable, Sendable {
    /// The device's index in `BusPlan.devices`.
    public let device: Int
    /// The period of the points that are read too often.
    public let present: TimeSpan
    /// The shortest usual period for them with which the bus works.
    public let fitting: TimeSpan
  }

  /// The periods that people choose, in seconds.
  private static let usualPeriods: [Double] = [
    0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 21600,
    43200, 86400,
  ]
  /// The baud rates that devices have, and that are worth a change.
  private static let usualBauds: [UInt32] = [9600, 19200, 38400, 57600, 115_200]
  /// The most that all periods are lengthened by.
  private static let highestFactor = 1000

  /// A longer period for what takes most of the bus's time.
  public private(set) var period: Period?
  /// The smallest whole number by which all periods, multiplied with it, would fit.
  public private(set) var factor: Int?
  /// The lowest usual baud rate at which all would fit.
  public private(set) var baud: UInt32?

  /// Looks for what would make `plan` schedulable, by trial.
  ///
  /// - Throws: `BusPlanError` for the first point that the bus cannot read.
  public init(plan: BusPlan) throws(BusPlanError) {
    period = try Self.period(plan)
    var factor = 2
    while factor <= Self.highestFactor, self.factor == nil {
      if try Self.fits(Self.slowed(plan, times: factor)) { self.factor = factor }
      factor += max(1, factor / 10)
    }
    guard case .serial(let path, var settings) = plan.link else { return }
    for baud in Self.usualBauds where baud > settings.baud && self.baud == nil {
      settings.baud = baud
      var faster = plan
      faster.link = .serial(path: path, settings)
      if try Self.fits(faster) { self.baud = baud }
    }
  }

  private static func fits(_ plan: BusPlan) throws(BusPlanError) -> Bool {
    try SchedulabilityAnalysis(plan: plan).isSchedulable
  }

  private static func slowed(_ plan: BusPlan, times factor: Int) -> BusPlan {
    var slowed = plan
    for device in slowed.devices.indices {
      for point in slowed.devices[device].points.indices {
        let period = slowed.devices[device].points[point].period
        guard period <= PollingLimits.longestPeriod else { continue }
        slowed.devices[device].points[point].period.nanoseconds *= Int64(factor)
      }
    }
    return slowed
  }

  private static func period(_ plan: BusPlan) throws(BusPlanError) -> Period? {
    let reads = try BusLoad(plan: plan).reads
    var heaviest: (device: Int, period: TimeSpan, utilisation: Double)?
    for read in reads where read.isAsked {
      guard let period = read.period else { continue }
      let alike = reads.filter { $0.isAsked && $0.device == read.device && $0.period == period }
      let sum = alike.reduce(0) { $0 + $1.utilisation }
      if sum > heaviest?.utilisation ?? 0 { heaviest = (read.device, period, sum) }
    }
    guard let heaviest else { return nil }
    for seconds in usualPeriods where seconds > heaviest.period.seconds {
      let fitting = TimeSpan(nanoseconds: Int64(seconds * 1e9))
      var slower = plan
      for point in slower.devices[heaviest.device].points.indices
      where slower.devices[heaviest.device].points[point].period == heaviest.period {
        slower.devices[heaviest.device].points[point].period = fitting
      }
      if try fits(slower) {
        return Period(device: heaviest.device, present: heaviest.period, fitting: fitting)
      }
    }
    return nil
  }
}
