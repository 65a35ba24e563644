extension String {
  /// The text on one line, with no character that a header or a terminal could take for more, and not longer than
  /// any site's own words.
  func tidied(to count: Int = AlertingLimits.textCharacters) -> String {
    var line = ""
    for scalar in unicodeScalars.prefix(count) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: line += " "
      default: line.unicodeScalars.append(scalar)
      }
    }
    return unicodeScalars.count > count ? line + "…" : line
  }

  /// The text as it stands in HTML.
  var escaped: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The beginning, where there is more than a service takes.
  func cut(to count: Int) -> String {
    guard unicodeScalars.count > count else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.prefix(count - 1))) + "…"
  }
}
