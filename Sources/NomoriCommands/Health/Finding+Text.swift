/// Findings as lines of a terminal or a file.
struct FindingText {
  let language: Language
  /// The terminal's columns; nil where there is none.
  let columns: Int?

  /// Wide enough for most buses and brokers; a longer one juts out.
  private static let subjectColumns = 14

  /// How it stands, and what to do about it.
  func lines(_ finding: Finding) -> [String] {
    let style = TerminalStyle(isColoured: columns != nil)
    let mark =
      switch finding.verdict {
      case .ok: style.green("✓")
      case .warning: style.yellow("!")
      case .problem: style.red("✗")
      }
    let width = max(Self.subjectColumns, TerminalText.width(finding.subject))
    let subject = style.bold(TerminalText.fit(finding.subject, width))
    let room = columns.map { max(20, $0 - width - 4) }
    let text = TerminalText.wrap(finding.text, columns: room).enumerated().map { index, line in
      (index == 0 ? "\(mark) \(subject)  " : String(repeating: " ", count: width + 4)) + line
    }
    let remedy = finding.remedy.map {
      TerminalText.wrap($0, columns: columns.map { max(20, $0 - 6) })
    }
    return text
      + (remedy ?? []).enumerated().map { index, line in
        (index == 0 ? "    → " : "      ") + line
      }
  }

  /// How many of `found` are well, and how many are not.
  func closing(_ found: [Finding]) -> String {
    let problems = found.filter { $0.verdict == .problem }.count
    let warnings = found.filter { $0.verdict == .warning }.count
    return language.pick(
      "\(found.count - problems - warnings) well, \(warnings) to look at, \(problems) to mend",
      "良好 \(found.count - problems - warnings)、要確認 \(warnings)、要対処 \(problems)")
  }
}
