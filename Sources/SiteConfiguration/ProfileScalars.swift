internal import Delivery
internal import DeviceProfiles

extension YAMLNode {
  /// The scaling that a code stands for: a ratio, or a mapping.
  func codeScaling() -> Scaling? {
    if found == .mapping { return Section<ScalingKeys>(self).scaling }
    return ratio().map { Scaling(ratio: $0) }
  }

  /// Two numbers, the smaller one first.
  func range() -> ClosedRange<Double>? {
    guard let ends = list(counts: 2...2)?.map({ $0.double() }), let low = ends[0],
      let high = ends[1]
    else { return nil }
    guard low < high else {
      report(
        found: .value("[\(low), \(high)]"),
        expected: both("a low end below the high end", "下限 < 上限"))
      return nil
    }
    return low...high
  }

  /// A whole number or two of them, such as `1/10`; never 0.
  func ratio() -> Ratio? {
    let parts = (plainText ?? "").split(separator: "/", omittingEmptySubsequences: false)
    if (1...2).contains(parts.count), let numerator = Int64(parts[0]), numerator != 0,
      let denominator = parts.count == 2 ? Int64(parts[1]) : 1, denominator >= 1
    {
      return Ratio(numerator, denominator)
    }
    report(
      expected: LocalizedText(
        english: "a whole number or a ratio such as 1/10", japanese: "整数または 1/10 のような比"))
    return nil
  }

  /// One of the function codes of `allowed`.
  func choice(allowed: [WriteFunction]) -> WriteFunction? {
    choice(allowed.map { "\($0.rawValue)" }).flatMap { text in
      allowed.first { "\($0.rawValue)" == text }
    }
  }

  /// Says that the key of this value is no raw value.
  func reportCode(_ key: String) {
    report(
      found: .value(key),
      expected: LocalizedText(
        english: "a raw value as key, a whole number within the type",
        japanese: "項目名として生の値 (型の範囲内の整数)"))
  }
}

extension String {
  /// The text with every `<n>` replaced.
  func numbered(_ number: Int) -> String {
    var result = ""
    var rest = self[...]
    while let open = rest.firstIndex(of: "<"), rest[open...].hasPrefix("<n>") {
      result += rest[..<open] + "\(number)"
      rest = rest[open...].dropFirst(3)
    }
    return result + rest
  }

  /// True for the ids of quantities: lower-case letters, digits and hyphens, `<n>` for a number.
  var isQuantityID: Bool {
    let plain = numbered(1)
    return !plain.isEmpty
      && plain.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
      }
  }
}
