import Testing

/// One mistake in a site file, and what is said about it.
struct SiteMistake: CustomTestStringConvertible {
  var title: String
  var removed: [Substring] = []
  var added: [Substring] = []
  var messages: [String] = []

  var testDescription: String { title }

  /// The text with the mistake; nil where the removed lines are not there exactly once.
  func applied(to text: String) -> String? {
    let old = removed.joined(separator: "\n") + (added.isEmpty ? "\n" : "")
    return text.with(old, added.joined(separator: "\n"))
  }

  static func parse(_ table: String) -> [SiteMistake] {
    var mistakes: [SiteMistake] = []
    for line in table.split(separator: "\n") {
      let text = line.dropFirst(2)
      if line.hasPrefix("##") {
        mistakes.append(SiteMistake(title: String(text.dropFirst())))
        continue
      }
      var mistake = mistakes.removeLast()
      switch line.first {
      case "-": mistake.removed.append(text)
      case "+": mistake.added.append(text)
      case "=": mistake.messages.append(String(text))
      default: mistake.messages.append(mistake.messages.removeLast() + " " + text)
      }
      mistakes.append(mistake)
    }
    return mistakes
  }
}
