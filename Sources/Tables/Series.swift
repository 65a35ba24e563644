public import DetectionCore

/// A quantity over time: samples in order, some of them missing.
///
/// Offsets count from the first sample. Equal offsets are allowed, as instruments deliver them;
/// the last of them counts.
public struct Series: Sendable {
  /// What holds between two samples.
  public enum Interpolation: String, Hashable, Sendable, CaseIterable {
    /// The earlier sample, as an instrument that measures in steps shows it.
    case step
    /// A straight line; next to a missing sample, the earlier one.
    case linear
  }

  /// What holds after the last sample.
  public enum Ending: String, Hashable, Sendable, CaseIterable {
    /// The last sample, for ever.
    case holds
    /// Nothing.
    case ends
  }

  /// The wall time of the first sample; nil where the source carries no date.
  public let start: WallTime?
  /// What holds between two samples.
  public var interpolation: Interpolation
  /// What holds after the last sample.
  public var ending: Ending
  /// Offsets in nanoseconds, never falling, the first one 0.
  private let offsets: [Int64]
  /// One value an offset; NaN where it is missing.
  private let values: [Double]

  /// Makes a series; nil when there is no sample, when an offset is smaller than the one before
  /// it, or when the two lists differ in length.
  ///
  /// The first offset becomes 0. Values that are not finite count as missing.
  public init?(
    start: WallTime?, offsets: [Int64], values: [Double], interpolation: Interpolation = .step,
    ending: Ending = .holds
  ) {
    guard let first = offsets.first, let last = offsets.last, offsets.count == values.count,
      !last.subtractingReportingOverflow(first).overflow,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else { return nil }
    self.start = start
    self.offsets = first == 0 ? offsets : offsets.map { $0 - first }
    self.values = values
    self.interpolation = interpolation
    self.ending = ending
  }

  /// The number of samples, missing ones included; at least 1.
  public var count: Int { offsets.count }

  /// The time from the first sample to the last.
  public var length: TimeSpan { TimeSpan(nanoseconds: offsets[offsets.count - 1]) }

  /// The number of missing samples.
  public var missingCount: Int { values.reduce(0) { $1.isFinite ? $0 : $0 + 1 } }

  /// The smallest value; nil when all are missing.
  public var minimum: Double? { values.lazy.filter(\.isFinite).min() }

  /// The largest value; nil when all are missing.
  public var maximum: Double? { values.lazy.filter(\.isFinite).max() }

  /// The sample at `index`, from 0 to `count - 1`: its offset and its value, nil when missing.
  public subscript(index: Int) -> (offset: TimeSpan, value: Double?) {
    (TimeSpan(nanoseconds: offsets[index]), values[index].isFinite ? values[index] : nil)
  }

  /// The wall time `offset` after the first sample; nil where the series has no date.
  public func wallTime(at offset: TimeSpan) -> WallTime? {
    guard let start else { return nil }
    let (sum, overflow) =
      start.nanosecondsSince1970.addingReportingOverflow(offset.nanoseconds)
    return overflow
      ? nil : WallTime(nanosecondsSince1970: sum, synchronized: start.synchronized)
  }

  /// The value `offset` after the first sample; nil before it, after the last one where the
  /// series ends there, and where the sample is missing.
  public func value(at offset: TimeSpan) -> Double? {
    guard let index = lastIndex(notAfter: offset.nanoseconds) else { return nil }
    let earlier = values[index]
    guard earlier.isFinite else { return nil }
    guard index + 1 < offsets.count else {
      return ending == .holds || offset == length ? earlier : nil
    }
    let later = values[index + 1]
    guard interpolation == .linear, later.isFinite else { return earlier }
    let passed = Double(offset.nanoseconds - offsets[index])
    let step = Double(offsets[index + 1] - offsets[index])
    return earlier + (later - earlier) * (passed / step)
  }

  /// The part that begins `offset` after the first sample and is at most `duration` long; nil
  /// when no sample is left in it.
  ///
  /// The new first sample is what held at that moment, so that nothing is lost between samples.
  public func slice(from offset: TimeSpan, duration: TimeSpan? = nil) -> Series? {
    let from = max(offset.nanoseconds, 0)
    guard duration.map({ $0 >= .zero }) ?? true, from <= length.nanoseconds,
      let first = lastIndex(notAfter: from)
    else { return nil }
    let (sum, overflow) = from.addingReportingOverflow(duration?.nanoseconds ?? .max)
    guard let last = lastIndex(notAfter: overflow ? .max : sum), last >= first else { return nil }
    let heldValue = value(at: TimeSpan(nanoseconds: from)) ?? .nan
    return Series(
      start: wallTime(at: TimeSpan(nanoseconds: from)),
      offsets: [0] + offsets[(first + 1)..<(last + 1)].map { $0 - from },
      values: [heldValue] + values[(first + 1)..<(last + 1)],
      interpolation: interpolation, ending: ending)
  }

  /// The series in another unit.
  public func converted(by mapping: AffineMapping) -> Series {
    Series(
      orderedOffsets: offsets, values: values.map(mapping.apply), start: start,
      interpolation: interpolation, ending: ending)
  }

  /// Makes a series of offsets that are known to begin with 0 and never to fall.
  package init(
    orderedOffsets: [Int64], values: [Double], start: WallTime?,
    interpolation: Interpolation = .step, ending: Ending = .holds
  ) {
    self.start = start
    offsets = orderedOffsets
    self.values = values
    self.interpolation = interpolation
    self.ending = ending
  }

  /// The last sample at or before `offset`, by bisection.
  private func lastIndex(notAfter offset: Int64) -> Int? {
    guard offset >= 0 else { return nil }
    var low = 0
    var high = offsets.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if offsets[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }
}
