public import Delivery
public import DetectionCore

// Scalars. Every method adds a diagnostic and returns nil where the value is not what its name says.
extension YAMLNode {
  /// A text that is not empty. Unquoted numbers and words count as text.
  public func string() -> String? {
    guard !isNull, let text = scalarText, !text.isEmpty else {
      report(expected: both("a text", "文字列"))
      return nil
    }
    return text
  }

  /// A finite number within `range`.
  public func double(
    in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
  ) -> Double? {
    guard let text = plainText, let value = decimal(text) else {
      report(expected: both("a number", "数値"))
      return nil
    }
    guard range.contains(value) else {
      report(
        expected: both(
          "a number from \(range.lowerBound) to \(range.upperBound)",
          "\(range.lowerBound) 以上 \(range.upperBound) 以下の数値"))
      return nil
    }
    return value
  }

  /// A whole number within `range`, decimal or hexadecimal (`0xC0`).
  public func integer(in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
    let isBounded = range != Int.min...Int.max
    guard let text = plainText, let value = wholeNumber(text), range.contains(value) else {
      report(
        expected: isBounded
          ? both(
            "a whole number from \(range.lowerBound) to \(range.upperBound)",
            "\(range.lowerBound) 以上 \(range.upperBound) 以下の整数")
          : both("a whole number", "整数"))
      return nil
    }
    return value
  }

  /// One of the whole numbers of `numbers`.
  func integer(among numbers: [Int]) -> Int? {
    guard let text = plainText, let value = wholeNumber(text), numbers.contains(value) else {
      let list = numbers.map { "\($0)" }.joined(separator: ", ")
      report(expected: both("one of \(list)", "次のいずれか: \(list)"))
      return nil
    }
    return value
  }

  /// `true` or `false`.
  public func bool() -> Bool? {
    switch plainText {
    case "true": return true
    case "false": return false
    default:
      report(
        expected: both("true or false", "true または false"))
      return nil
    }
  }

  /// One of the words of `words`.
  public func choice(_ words: [String]) -> String? {
    guard let text = scalarText, words.contains(text) else {
      let list = words.joined(separator: ", ")
      let near = scalarText.flatMap { nearMiss(of: $0, among: words) }
      report(
        expected: both(
          "one of \(list)" + (near.map { "; did you mean \"\($0)\"?" } ?? ""),
          "次のいずれか: \(list)" + (near.map { " (もしかして \"\($0)\"?)" } ?? "")))
      return nil
    }
    return text
  }

  /// A case of an enumeration of texts.
  public func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> Choice?
  where Choice.RawValue == String {
    choice(Choice.allCases.map(\.rawValue)).flatMap(Choice.init(rawValue:))
  }

  /// A length of time with its unit (ms, s, min, h, d), such as `5 min`; at least `minimum`,
  /// at most a leap year.
  public func duration(atLeast minimum: TimeSpan = .zero) -> TimeSpan? {
    guard let text = plainText, let (number, unit) = numberAndUnit(text),
      let nanoseconds = Self.nanosecondsByUnit.first(where: { $0.unit == unit })?.nanoseconds,
      case let total = number * nanoseconds,
      total.magnitude <= Double(CoreLimits.longestTime.nanoseconds)
    else {
      report(
        expected: both(
          "a duration with its unit (ms, s, min, h, d), such as 5 min",
          "単位 (ms, s, min, h, d) の付いた時間 (例: 5 min)"))
      return nil
    }
    let span = TimeSpan(nanoseconds: Int64(total.rounded()))
    guard span >= minimum else {
      report(
        expected: both(
          "a duration of at least \(minimum.written)",
          "\(minimum.written) 以上の時間"))
      return nil
    }
    return span
  }

  private static let nanosecondsByUnit: [(unit: String, nanoseconds: Double)] = [
    ("ms", 1e6), ("s", 1e9), ("min", 60e9), ("h", 3600e9), ("d", 86400e9),
  ]

  /// A text in English and Japanese: `{en: …, ja: …}`.
  public func localizedText() -> LocalizedText? {
    let text = Section<LocalizedKeys>(self)
    let english = text.english
    let japanese = text.japanese
    guard let english, let japanese else { return nil }
    return both(english, japanese)
  }
}

/// A text in both languages.
private struct LocalizedKeys: Keys {
  let english = Key("en", .text)
  let japanese = Key("ja", .text)
}

extension TimeSpan {
  /// The span in the largest unit that leaves a whole number, such as `15 min`.
  public var written: String {
    let units: [(Int64, String)] = [
      (86_400_000_000_000, "d"), (3_600_000_000_000, "h"), (60_000_000_000, "min"),
      (1_000_000_000, "s"), (1_000_000, "ms"),
    ]
    for (size, unit) in units where nanoseconds != 0 && nanoseconds % size == 0 {
      return "\(nanoseconds / size) \(unit)"
    }
    return nanoseconds == 0 ? "0 s" : "\(nanoseconds) ns"
  }
}
