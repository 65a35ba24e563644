public import DetectionCore

/// When something happened, by every clock that the box had then.
public struct FactTime: Hashable, Codable, Sendable {
  /// Which start of the machine `monotonicNs` counts in; empty where that is not known.
  public var boot: String
  /// Nanoseconds since that start.
  public var monotonicNs: Int64
  /// What the wall clock showed, in nanoseconds since 1970.
  public var wallNs: Int64
  /// True when the wall clock had a time source.
  public var synchronized: Bool

  /// Makes one.
  public init(boot: String, monotonicNs: Int64, wallNs: Int64, synchronized: Bool) {
    self.boot = boot
    self.monotonicNs = monotonicNs
    self.wallNs = wallNs
    self.synchronized = synchronized
  }

  /// The wall time as far as it is known by now: what the clock showed where it could be trusted; else,
  /// for the same start of the machine, what `reference` makes of it.
  public func wallTime(by reference: TimeReference?) -> WallTime {
    guard !synchronized, let reference, reference.boot == boot, !boot.isEmpty else {
      return WallTime(nanosecondsSince1970: wallNs, synchronized: synchronized)
    }
    return WallTime(
      nanosecondsSince1970: reference.wallNs &+ (monotonicNs &- reference.monotonicNs),
      synchronized: true)
  }
}

/// A moment at which the wall clock could be trusted: what turns monotonic times of the same start of the
/// machine into wall times.
public struct TimeReference: Hashable, Sendable {
  /// Which start of the machine it belongs to.
  public var boot: String
  /// Nanoseconds since that start.
  public var monotonicNs: Int64
  /// The wall clock's time then, in nanoseconds since 1970.
  public var wallNs: Int64

  /// Makes one of what both clocks show; nil where the wall clock has no time source.
  public init?(_ now: FactTime) {
    guard now.synchronized else { return nil }
    boot = now.boot
    monotonicNs = now.monotonicNs
    wallNs = now.wallNs
  }
}
