/// The course of a value since the start, in bounded memory: when it is full, every second sample
/// goes, and from then on only every second one is taken.
public struct Trace: Sendable {
  /// The kept values, oldest first, at even distances.
  public private(set) var values: [Double] = []
  private var stride = 1
  private var skipped = 0

  /// Makes an empty trace.
  public init() {}

  /// Takes in the next value.
  public mutating func append(_ value: Double) {
    skipped += 1
    guard skipped >= stride else { return }
    skipped = 0
    values.append(value)
    guard values.count == RuntimeLimits.traceSamples else { return }
    values = values.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    stride *= 2
  }
}
