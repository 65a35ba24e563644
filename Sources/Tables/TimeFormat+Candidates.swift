extension TimeFormat {
  /// The formats in which `text` can be a time, the likeliest first; none where it is no time.
  /// A date whose order is in doubt has several.
  ///
  /// Numbers count as times only where `isTimeColumn`, except dates in digits.
  static func candidates(_ text: ArraySlice<UInt8>, isTimeColumn: Bool) -> [TimeFormat] {
    var patterns: [String] = []
    if text.allSatisfy(\.isDigit) {
      if let compact = compactPatterns[text.count] { patterns = [compact] }
    } else if text.contains(where: \.isDigit) {
      patterns = Layout(text).patterns
    }
    let written = patterns.compactMap { TimeFormat($0) }.filter { $0.reads(text) }
    guard isTimeColumn, written.isEmpty,
      let number = NumberText.scan(text.span, mark: NumberText.point)?.value
        ?? NumberText.scan(text.span, mark: NumberText.comma)?.value, number >= 0
    else { return written }
    if number >= 1e11 { return [.epochMilliseconds] }
    if number >= 1e8 { return [.epoch] }
    return excelDays.contains(number) ? [.elapsed, .excel] : [.elapsed]
  }

  func reads(_ text: ArraySlice<UInt8>) -> Bool {
    var fields = TimeFields()
    return fields.take(text.span, kind) && fields.nanoseconds(hasDate: hasDate) != nil
  }

  private static let compactPatterns: [Int: String] = [
    8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S",
  ]

  /// 1954 to 2064.
  private static let excelDays = 20_000.0..<60_000.0

  /// How the letters and digits of a time follow one another.
  private struct Layout {
    /// Texts of digits or letters, and what stands between them.
    private var words: [[UInt8]] = []
    private var separators: [[UInt8]] = []

    init(_ text: ArraySlice<UInt8>) {
      var kind = 0
      for byte in text {
        let next = byte.isDigit ? 1 : (0x61...0x7a).contains(byte | 0x20) ? 2 : 3
        if next == 3 {
          if kind != 3 { separators.append([]) }
          if separators.isEmpty { separators.append([]) }
          separators[separators.count - 1].append(byte)
        } else {
          if kind != next {
            if kind == 1 || kind == 2 { separators.append([]) }
            words.append([])
          }
          words[words.count - 1].append(byte)
        }
        kind = next
      }
    }

    /// Every pattern that the layout may have; what does not read the text is left to the caller.
    var patterns: [String] {
      guard words.count >= 2, separators.count >= words.count - 1, !words[0].isEmpty else {
        return []
      }
      if separator(0) == ":" { return clock(from: 0).map { [$0] } ?? [] }
      let dates = dates
      guard !dates.isEmpty else { return [] }
      if words.count == 3 { return dates.map { $0 + trailing(3) } }
      guard separators.count >= 3 else { return [] }
      if isLetters(3) {
        // 2024-02-03T00:00
        guard words.count > 4, String(decoding: words[3], as: UTF8.self).uppercased() == "T",
          let clock = clock(from: 4)
        else { return [] }
        return dates.map { $0 + escaped(separator(2)) + letters(3) + clock }
      }
      guard let clock = clock(from: 3) else { return [] }
      return dates.map { $0 + escaped(separator(2)) + clock }
    }

    private var dates: [String] {
      guard words.count >= 3 else { return [] }
      let (first, second) = (escaped(separator(0)), escaped(separator(1)))
      func date(_ fields: String...) -> String {
        fields[0] + first + fields[1] + second + fields[2]
      }
      if isLetters(1) {
        return words[0].count == 4
          ? [date("%Y", "%b", "%d")]
          : [date("%d", "%b", words[2].count == 4 ? "%Y" : "%y")]
      }
      if isLetters(0) { return [date("%b", "%d", "%Y")] }
      guard !isLetters(2) else { return [] }
      if words[0].count == 4 { return [date("%Y", "%m", "%d")] }
      // Dots stand in dates that begin with the day or the year.
      let isDotted = first == "."
      if words[2].count == 4 {
        return [date("%d", "%m", "%Y")] + (isDotted ? [] : [date("%m", "%d", "%Y")])
      }
      guard words[0].count == 2, words[2].count == 2 else {
        return words[2].count == 2
          ? [date("%d", "%m", "%y")] + (isDotted ? [] : [date("%m", "%d", "%y")]) : []
      }
      return [date("%d", "%m", "%y")] + (isDotted ? [] : [date("%m", "%d", "%y")])
        + [date("%y", "%m", "%d")]
    }

    /// The pattern of the clock that begins with a word, and of what follows it.
    private func clock(from begin: Int) -> String? {
      var index = begin
      var fields = ["%H"]
      var pattern = ""
      let parts = ["%M", "%S"]
      while index + 1 < words.count, separator(index) == ":", fields.count < 4 {
        fields.append(fields.count <= parts.count ? parts[fields.count - 1] : "%L")
        index += 1
      }
      guard fields.count >= 2 else { return nil }
      if index + 1 < words.count, fields.count == 3, separator(index) == "." { index += 1 }
      let rest = trailing(index + 1)
      if rest.hasSuffix("%p") { fields[0] = "%I" }
      pattern = fields.joined(separator: ":")
      return pattern + rest
    }

    /// What follows the word before `index`: AM or PM, an offset from UTC, or text as it is.
    private func trailing(_ index: Int) -> String {
      let before = separator(index - 1)
      guard index < words.count else { return escaped(before) }
      let word = String(decoding: words[index], as: UTF8.self).uppercased()
      if word == "AM" || word == "PM" { return escaped(before) + "%p" }
      if word == "Z", index + 1 == words.count { return escaped(before) + "%z" }
      if before.hasSuffix("+") || before.hasSuffix("-") {
        return escaped(String(before.dropLast())) + "%z"
      }
      return escaped(before) + letters(index)
    }

    private func separator(_ index: Int) -> String {
      separators.indices.contains(index) ? String(decoding: separators[index], as: UTF8.self) : ""
    }

    private func isLetters(_ index: Int) -> Bool {
      index < words.count && !(words[index].first?.isDigit ?? true)
    }

    private func letters(_ index: Int) -> String { String(decoding: words[index], as: UTF8.self) }

    private func escaped(_ text: String) -> String {
      text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    }
  }
}
