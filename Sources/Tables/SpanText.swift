package import DetectionCore

/// Spans of time as people write them: `90 s`, `800 ms`, `1.5 h`.
package enum SpanText {
  /// The span that `text` spells: a number that is not negative and one of `ms`, `s`, `min`, `h`
  /// and `d`, with or without a blank between them; nil for anything else, and beyond a year.
  package static func span(_ text: String) -> TimeSpan? {
    let bytes = Array(text.utf8)
    let digits = bytes.prefix { $0.isDigit || $0 == UInt8(ascii: ".") }
    let unit = bytes.dropFirst(digits.count).drop { $0 == UInt8(ascii: " ") }
    guard let number = NumberText.value(digits, decimalComma: false),
      let nanoseconds = units.first(where: { $0.name == String(decoding: unit, as: UTF8.self) })
    else { return nil }
    let span = number * nanoseconds.length
    guard span <= longest else { return nil }
    return TimeSpan(nanoseconds: Int64(span.rounded()))
  }

  /// What a span should have been, for errors.
  package static let expectation = "a span of time such as 90 s, 800 ms or 1.5 h"

  private static let units: [(name: String, length: Double)] = [
    ("ms", 1e6), ("s", 1e9), ("min", 60e9), ("h", 3_600e9), ("d", 86_400e9),
  ]

  /// A year: longer than anybody simulates.
  private static let longest = 366 * 86_400e9
}
