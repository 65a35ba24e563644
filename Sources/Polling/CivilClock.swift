import DetectionCore

/// The clock on the wall, as the monotonic clock sees it: what samples at full minutes are aligned to.
///
/// It is known from the first synchronisation on. The two clocks are never read at quite the same
/// moment, so it is followed only when it stands elsewhere by more than
/// `PollingLimits.clockTolerance`: after a step, and when summer time begins or ends.
struct CivilClock: Sendable {
  /// Nanoseconds that civil time is ahead of the monotonic clock.
  private struct Lead {
    var local: Int64
    var utc: Int64
  }

  private static let day: Int64 = 86_400_000_000_000

  private let zone: TimeZoneRule
  private var lead: Lead?

  init(zone: TimeZoneRule) { self.zone = zone }

  /// Looks at the clock; it shows `wallTime` at `now`.
  mutating func follow(_ wallTime: WallTime, at now: Instant) {
    guard wallTime.synchronized else { return }
    let seen = Lead(
      local: zone.local(wallTime).nanosecondsSince1970 &- now.nanoseconds,
      utc: wallTime.nanosecondsSince1970 &- now.nanoseconds)
    let tolerance = UInt64(PollingLimits.clockTolerance.nanoseconds)
    if let lead, (seen.local &- lead.local).magnitude <= tolerance,
      (seen.utc &- lead.utc).magnitude <= tolerance
    {
      return
    }
    lead = seen
  }

  /// The first instant, not before `first`, at which the clock shows a multiple of `period`: of the
  /// local time where the period divides a day, so that a day begins with one; else of UTC. Nil
  /// before the first synchronisation.
  func multiple(of period: TimeSpan, from first: Instant) -> Instant? {
    guard let lead else { return nil }
    let ahead = Self.day % period.nanoseconds == 0 ? lead.local : lead.utc
    let past = (first.nanoseconds &+ ahead) % period.nanoseconds
    let rest = past > 0 ? period.nanoseconds - past : -past
    return first + TimeSpan(nanoseconds: rest)
  }
}
