/// A length of time in whole nanoseconds. Negative spans are allowed.
public struct TimeSpan: BitwiseCopyable, Comparable, Sendable {
  /// The length in nanoseconds.
  public var nanoseconds: Int64

  /// Makes a span of `nanoseconds`.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// No time at all.
  @inlinable public static var zero: TimeSpan { TimeSpan(nanoseconds: 0) }
  /// A span of whole milliseconds.
  @inlinable public static func milliseconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: count * 1_000_000)
  }
  /// A span of whole seconds.
  @inlinable public static func seconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: count * 1_000_000_000)
  }

  /// The length in seconds, rounded to the nearest representable number.
  public var seconds: Double { Double(nanoseconds) / 1e9 }

  /// Shorter before longer.
  @inlinable public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

/// A point on the gateway's monotonic time line (CLOCK_BOOTTIME): order and durations only.
public struct Instant: BitwiseCopyable, Comparable, Sendable {
  /// Nanoseconds since the time line's origin.
  public var nanoseconds: Int64

  /// Makes the instant `nanoseconds` after the origin.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Earlier before later.
  @inlinable public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
  /// The time from `right` to `left`.
  @inlinable public static func - (left: Instant, right: Instant) -> TimeSpan {
    TimeSpan(nanoseconds: left.nanoseconds &- right.nanoseconds)
  }
  /// The instant `span` after `instant`; saturates at the end of the time line.
  @inlinable public static func + (instant: Instant, span: TimeSpan) -> Instant {
    let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(span.nanoseconds)
    return Instant(nanoseconds: overflow ? (span.nanoseconds > 0 ? .max : .min) : sum)
  }
}

/// Civil time as the box knew it, and whether a time source stood behind it.
public struct WallTime: BitwiseCopyable, Equatable, Sendable {
  /// Nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
  public var nanosecondsSince1970: Int64
  /// True when the system clock was synchronised at that moment.
  public var synchronized: Bool

  /// Makes a wall time.
  @inlinable public init(nanosecondsSince1970: Int64, synchronized: Bool) {
    self.nanosecondsSince1970 = nanosecondsSince1970
    self.synchronized = synchronized
  }
}

#if !hasFeature(Embedded)
  // Hashing is for the hosted parts: its seed comes from the operating system.
  extension TimeSpan: Hashable {}
  extension Instant: Hashable {}
  extension WallTime: Hashable {}
#endif
