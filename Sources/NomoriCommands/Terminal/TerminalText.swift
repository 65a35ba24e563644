internal import DetectionCore
internal import Delivery

/// Text that is placed in the columns of a terminal.
enum TerminalText {
  /// How many columns a text takes: two for the wide characters of East Asia, none for the
  /// marks that combine with the one before.
  ///
  /// Source of the ranges: Unicode Standard Annex 11, property values W and F.
  static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width($1) }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: 0
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      2
    default: 1
    }
  }

  /// The text as one line that a terminal only shows: what would move its cursor, change its settings or the
  /// direction of writing becomes U+FFFD. For all that comes from outside.
  static func harmless(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(
      String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
  }

  /// A payload of JSON as one line that a terminal only shows, and that says the same: white space becomes spaces,
  /// what else would steer a terminal is escaped, as only strings can hold it.
  static func harmlessJSON(_ payload: [UInt8]) -> String {
    var line = ""
    for scalar in String(decoding: payload, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\n", "\r", "\t": line.unicodeScalars.append(" ")
      case _ where isControl(scalar):
        line += "\\u" + UInt16(truncatingIfNeeded: scalar.value).hexadecimal
      default: line.unicodeScalars.append(scalar)
      }
    }
    return line
  }

  /// C0, DEL and C1; separators of lines and paragraphs; marks, embeddings and isolates of direction.
  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
      true
    default: false
    }
  }

  /// The text, cut or filled with spaces to exactly `columns`.
  static func fit(_ text: String, _ columns: Int, alignRight: Bool = false) -> String {
    var kept = ""
    var used = 0
    for character in text {
      let width = width(String(character))
      guard used + width <= columns else { break }
      kept.append(character)
      used += width
    }
    let filling = String(repeating: " ", count: max(0, columns - used))
    return alignRight ? filling + kept : kept + filling
  }

  /// The text broken into lines of at most `columns`: between words, and around wide characters,
  /// but not before a full stop, comma or closing bracket. A longer word stands alone; without
  /// `columns` there is one line.
  static func wrap(_ text: String, columns: Int?) -> [String] {
    guard let columns else { return [text] }
    var lines: [String] = []
    var line = ""
    for piece in pieces(of: text) {
      let gap = piece.isSpaced && !line.isEmpty ? " " : ""
      if !line.isEmpty, width(line) + gap.count + width(piece.text) > columns {
        lines.append(line)
        line = piece.text
      } else {
        line += gap + piece.text
      }
    }
    return lines + [line]
  }

  /// What must stay together, and whether a space stands before it.
  private static func pieces(of text: String) -> [(text: String, isSpaced: Bool)] {
    var pieces: [(text: String, isSpaced: Bool)] = []
    for word in text.split(separator: " ") {
      var isFirst = true
      var last = 0
      for character in word {
        let wide = width(String(character))
        let breaks = (wide == 2 || last == 2) && !"、。，．）」』：；？！".contains(character)
        if isFirst || breaks {
          pieces.append((String(character), isFirst))
        } else {
          pieces[pieces.count - 1].text.append(character)
        }
        isFirst = false
        last = wide
      }
    }
    return pieces
  }

  /// Each value as a block, of eight heights between the smallest and the largest.
  static func sparkline(_ values: [Double]) -> String {
    guard let lowest = values.min(), let highest = values.max() else { return "" }
    let blocks = Array("▁▂▃▄▅▆▇█")
    let range = highest - lowest
    return String(
      values.map { value in
        guard range > 0 else { return blocks[0] }
        let step = Int((value - lowest) / range * Double(blocks.count - 1) + 0.5)
        return blocks[min(max(step, 0), blocks.count - 1)]
      })
  }
}

/// Colours of a terminal that understands ANSI escape sequences; the empty style changes nothing.
struct TerminalStyle {
  /// False where colours would be noise, such as in a file.
  var isColoured: Bool

  func bold(_ text: String) -> String { wrap(text, "1") }
  func dim(_ text: String) -> String { wrap(text, "2") }
  func green(_ text: String) -> String { wrap(text, "32") }
  func yellow(_ text: String) -> String { wrap(text, "33") }
  func red(_ text: String) -> String { wrap(text, "31") }
  func cyan(_ text: String) -> String { wrap(text, "36") }
  func inverse(_ text: String) -> String { wrap(text, "7") }

  /// The colour of a stage: green when normal, then yellow, then red for the two most severe.
  func stage(_ text: String, _ stage: UInt8, of count: Int) -> String {
    if stage == 0 { return green(text) }
    if Int(stage) >= count, count > 1 { return wrap(text, "1;97;41") }
    return Int(stage) * 2 > count && count > 1 ? wrap(text, "1;31") : wrap(text, "1;33")
  }

  /// The mark of an event in lists.
  func mark(of tone: DetectionEvent.Kind.Tone) -> String {
    switch tone {
    case .worse: red("▲")
    case .better: green("▼")
    case .trouble: yellow("!")
    case .relief: green("✓")
    case .switching: cyan("●")
    case .notice: dim("·")
    }
  }

  private func wrap(_ text: String, _ code: String) -> String {
    isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
