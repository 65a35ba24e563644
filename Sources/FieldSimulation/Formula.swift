public import DetectionCore
import Tables

/// A value as a sum of simple courses over time, written as people say it:
/// `2.3 + wave(0.5, 12 h) + noise(0.01)`.
///
/// | term | what it adds, t after the start |
/// |---|---|
/// | a number | itself |
/// | `wave(a, T)` | an even wave from -a to a with the period T: 0 at its start, a at T/4 |
/// | `ramp(a, T)` | a · t/T, and a for good after T |
/// | `pulse(a, T)` | a during the second half of each period T |
/// | `noise(s)` | normal noise with the standard deviation s, new each second |
///
/// A wave is made of parabolas, never more than 0.06 a away from a sine: a sine would come from a
/// library whose last bits differ between machines.
public struct Formula: Hashable, Sendable {
  enum Term: Hashable, Sendable {
    case constant(Double)
    case wave(Double, TimeSpan)
    case ramp(Double, TimeSpan)
    case pulse(Double, TimeSpan)
    case noise(Double)
  }

  private let terms: [Term]

  /// Reads a formula; nil where `text` is none.
  public init?(_ text: String) {
    var terms: [Term] = []
    for part in text.split(separator: "+", omittingEmptySubsequences: false) {
      guard let term = Term(part), terms.count < Self.mostTerms else { return nil }
      terms.append(term)
    }
    self.terms = terms
  }

  /// What a formula should have been, for errors.
  public static let expectation =
    "a number, wave(height, period), ramp(rise, time), pulse(height, period), noise(deviation), "
    + "or a sum of them"

  /// The value `time` after the start.
  public func value(at time: TimeSpan) -> Double {
    terms.enumerated().reduce(0) { $0 + $1.element.value(at: time, index: $1.offset) }
  }

  /// Between which values it stays.
  public var bounds: ClosedRange<Double> {
    terms.reduce(0...0) { sum, term in
      let own = term.bounds
      return (sum.lowerBound + own.lowerBound)...(sum.upperBound + own.upperBound)
    }
  }

  /// More than anybody writes in a line.
  private static let mostTerms = 32
}

extension Formula.Term {
  fileprivate init?(_ text: Substring) {
    let text = text.trimmed
    if let number = Self.number(text) {
      self = .constant(number)
      return
    }
    guard text.last == ")", let open = text.firstIndex(of: "(") else { return nil }
    let arguments = text[text.index(after: open)...].dropLast().split(separator: ",")
      .map(\.trimmed)
    guard let first = arguments.first, let size = Self.number(first) else { return nil }
    let span = arguments.count == 2 ? SpanText.span(String(arguments[1])) : nil
    switch (text[..<open].trimmed, arguments.count, span) {
    case ("wave", 2, let period?) where period > .zero: self = .wave(size, period)
    case ("ramp", 2, let time?) where time > .zero: self = .ramp(size, time)
    case ("pulse", 2, let period?) where period > .zero: self = .pulse(size, period)
    case ("noise", 1, _) where size >= 0: self = .noise(size)
    default: return nil
    }
  }

  fileprivate var bounds: ClosedRange<Double> {
    switch self {
    case .constant(let value): value...value
    case .wave(let height, _): -height.magnitude...height.magnitude
    case .ramp(let rise, _), .pulse(let rise, _): min(rise, 0)...max(rise, 0)
    case .noise(let deviation): -3.5 * deviation...3.5 * deviation
    }
  }

  fileprivate func value(at time: TimeSpan, index: Int) -> Double {
    switch self {
    case .constant(let value): return value
    case .wave(let height, let period):
      let phase = Self.phase(time, period) * 2
      let within = phase < 1 ? phase : phase - 1
      return (phase < 1 ? height : -height) * 4 * within * (1 - within)
    case .ramp(let rise, let length):
      return rise * min(1, max(0, Double(time.nanoseconds) / Double(length.nanoseconds)))
    case .pulse(let height, let period): return Self.phase(time, period) < 0.5 ? 0 : height
    case .noise(let deviation):
      let second = UInt64(bitPattern: time.nanoseconds / 1_000_000_000)
      var random = SplitMix64(seed: second &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(index))
      return random.nextNoise(deviation: deviation)
    }
  }

  /// How far into its period a time is, from 0 up to, but not including, 1.
  private static func phase(_ time: TimeSpan, _ period: TimeSpan) -> Double {
    let rest = time.nanoseconds % period.nanoseconds
    return Double(rest < 0 ? rest + period.nanoseconds : rest) / Double(period.nanoseconds)
  }

  private static func number(_ text: Substring) -> Double? {
    NumberText.value(Array(text.utf8)[...], decimalComma: false)
  }
}

extension Substring {
  /// Without blanks at either end.
  fileprivate var trimmed: Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
