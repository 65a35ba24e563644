/// The course of a value since the start, in bounded memory: when it is full, every second sample
/// goes, and from then on only every second one is taken. Of the samples of a stride the one that
/// stands out most is kept, so that a spike or the pulse of a contact does not get lost.
public struct Trace: Equatable, Sendable {
  /// The kept values, oldest first, at even distances.
  public private(set) var values: [Double] = []
  private var stride = 1
  private var waiting = 0
  /// Of the values that wait, the one that stands out most.
  private var candidate = 0.0

  /// Makes an empty trace.
  public init() {}

  /// Takes in the next value.
  public mutating func append(_ value: Double) {
    candidate =
      waiting == 0 ? value : Self.farther(of: candidate, value, from: values.last ?? candidate)
    waiting += 1
    guard waiting >= stride else { return }
    waiting = 0
    values.append(candidate)
    guard values.count == StatusLimits.traceSamples else { return }
    values = thinned(to: values.count / 2)
    stride *= 2
  }

  /// The trace in at most `count` values at even distances.
  public func thinned(to count: Int) -> [Double] {
    guard count > 0 else { return [] }
    guard values.count > count else { return values }
    var kept: [Double] = []
    for index in 0..<count {
      let part = values[(index * values.count / count)..<((index + 1) * values.count / count)]
      // Nothing stands before the first part, so that what follows it has to do.
      let origin = kept.last ?? values[min(part.endIndex, values.count - 1)]
      kept.append(part.reduce(origin) { Self.farther(of: $0, $1, from: origin) })
    }
    return kept
  }

  /// The one of two values that is farther from `origin`; where both are as far, the first.
  private static func farther(of first: Double, _ second: Double, from origin: Double) -> Double {
    (second - origin).magnitude > (first - origin).magnitude ? second : first
  }
}
