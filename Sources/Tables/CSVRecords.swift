/// The records of a table, one after another: RFC 4180 with any delimiter, and lenient where real
/// files are not strict (text after a closing quote, quotes inside an unquoted cell, apostrophes
/// for quotes).
///
/// It holds no more than a piece of the table and the record that begins in it.
package struct CSVRecords {
  /// Where a cell stands in the bytes.
  struct Bounds: BitwiseCopyable {
    var begin: Int
    var end: Int
    /// The cell's bytes by their places.
    var range: Range<Int> { begin..<end }
  }

  private let source: () -> TablePiece
  private let delimiter: UInt8
  /// True where any number of blanks is one delimiter.
  private let isBlankDelimited: Bool
  private var position = 0
  private var nextLine = 1
  private var isComplete = false
  /// Cells with quotes, and whether these stand around it and nowhere else.
  private var quoted: [(cell: Int, isPlain: Bool)] = []

  /// The bytes in which the cells stand.
  private(set) var bytes: [UInt8] = []
  /// Where the cells of the current record stand, without quotes and without blanks at either end.
  private(set) var bounds: [Bounds] = []
  /// The line on which the current record begins, counted from 1.
  package private(set) var line = 0
  /// Why the table ends before its end, in words; nil where it does not.
  private(set) var damage: String?
  /// True where the current record is the last one, and no line end follows it.
  private(set) var isUnended = false

  /// Begins before the first record of the pieces that `source` gives.
  init(delimiter: CSVOptions.Delimiter, _ source: @escaping () -> TablePiece) {
    self.source = source
    self.delimiter = delimiter.byte
    isBlankDelimited = delimiter == .blanks
  }

  /// Begins before the first record of a text; a byte order mark is passed over.
  package init(_ bytes: [UInt8], delimiter: CSVOptions.Delimiter) {
    self = TableInput(bytes, name: "").records(delimiter)
  }

  /// The cells of the current record.
  package var cells: [ArraySlice<UInt8>] { bounds.map { bytes[$0.range] } }

  /// A cell of the current record.
  func cell(_ index: Int) -> ArraySlice<UInt8> { bytes[bounds[index].range] }

  /// Goes to the next record that is not empty; false at the end. Faults are told of `file`.
  package mutating func advance(in file: String) throws(CSVError) -> Bool {
    while true {
      guard position < bytes.count || refill() else { return false }
      guard bytes[position] != 0 else {
        damage = "zero bytes from line \(nextLine) on"
        return false
      }
      line = nextLine
      let split = split()
      guard let end = split.end else {
        guard bytes.count - position <= CSVLimits.recordBytes, !isComplete else {
          throw fault(file, inQuotes: split.isOpen)
        }
        _ = refill()
        continue
      }
      guard end - position <= CSVLimits.recordBytes + 1 else {
        throw fault(file, inQuotes: false)
      }
      position = end
      nextLine += split.lines
      // What a damage cut off is no record.
      if isUnended, damage != nil { return false }
      if !quoted.isEmpty { unquote() }
      if bounds.count > 1 || bounds.first.map({ $0.begin < $0.end }) ?? false { return true }
    }
  }

  private func fault(_ file: String, inQuotes: Bool) -> CSVError {
    let limit = CSVLimits.recordBytes
    return CSVError(
      file: file, line: line,
      expected: inQuotes
        ? "a closing quote within \(limit) bytes" : "a line of at most \(limit) bytes")
  }

  /// Adds the next piece and drops what has been read; false at the end.
  private mutating func refill() -> Bool {
    while !isComplete {
      switch source() {
      case .bytes(let piece):
        if piece.isEmpty { continue }
        if position == bytes.count {
          bytes = piece
        } else {
          bytes.removeSubrange(..<position)
          bytes.append(contentsOf: piece)
        }
        position = 0
        return true
      case .end: isComplete = true
      case .damage(let reason):
        damage = reason
        isComplete = true
      }
    }
    return false
  }

  /// Finds the cells of the record that begins at the position.
  ///
  /// - Returns: Where it ends, nil where that is not in the bytes; how many lines it has; whether a
  ///   quote is still open.
  private mutating func split() -> (end: Int?, lines: Int, isOpen: Bool) {
    // The bytes are borrowed while the cells are noted, so these stand apart meanwhile.
    var cells: [Bounds] = []
    var quotes: [(cell: Int, isPlain: Bool)] = []
    swap(&cells, &bounds)
    swap(&quotes, &quoted)
    let split = split(into: &cells, &quotes)
    swap(&cells, &bounds)
    swap(&quotes, &quoted)
    isUnended = isComplete && split.end == bytes.count && bytes.last != Self.newline
    return split
  }

  private func split(
    into cells: inout [Bounds], _ quotes: inout [(cell: Int, isPlain: Bool)]
  ) -> (end: Int?, lines: Int, isOpen: Bool) {
    cells.removeAll(keepingCapacity: true)
    quotes.removeAll(keepingCapacity: true)
    let text = bytes.span
    let count = text.count
    var at = position
    var lines = 0
    while true {
      while at < count, Self.isBlank(text[at], delimiter, isBlankDelimited) { at += 1 }
      let begin = at
      if isBlankDelimited, at == count || text[at] == Self.newline, !cells.isEmpty {
        // Blanks at the end of a line begin no cell.
      } else {
        if at < count, text[at] == Self.quote {
          let cell = Self.quotedEnd(text, from: at, delimiter, isBlankDelimited)
          at = cell.end
          lines += cell.lines
          if at == count, cell.isOpen || !isComplete { return (nil, lines, cell.isOpen) }
          quotes.append((cells.count, cell.isPlain))
        } else {
          while at < count {
            let byte = text[at]
            if byte == delimiter || byte == Self.newline { break }
            if isBlankDelimited, byte == Self.tab { break }
            at += 1
          }
        }
        cells.append(Self.trimmed(text, begin, at, delimiter, isBlankDelimited))
      }
      guard at < count else { return (isComplete ? at : nil, lines, false) }
      at += 1
      if text[at - 1] == Self.newline { return (at, lines + 1, false) }
    }
  }

  /// The end of the cell whose opening quote stands at `from`.
  private static func quotedEnd(
    _ text: Span<UInt8>, from: Int, _ delimiter: UInt8, _ isBlankDelimited: Bool
  ) -> (end: Int, lines: Int, isOpen: Bool, isPlain: Bool) {
    var at = from + 1
    var lines = 0
    var isOpen = true
    var isPlain = true
    while at < text.count {
      let byte = text[at]
      if byte == quote {
        if isOpen, at + 1 < text.count, text[at + 1] == quote {
          isPlain = false
          at += 1
        } else {
          if !isOpen { isPlain = false }
          isOpen = false
        }
      } else if isOpen {
        if byte == newline { lines += 1 }
      } else if byte == delimiter || byte == newline || (isBlankDelimited && byte == tab) {
        break
      } else if !isBlank(byte, delimiter, isBlankDelimited) {
        isPlain = false
      }
      at += 1
    }
    return (at, lines, isOpen, isPlain)
  }

  /// Takes the quotes out of the cells that have some.
  private mutating func unquote() {
    for (cell, isPlain) in quoted {
      var (begin, end) = (bounds[cell].begin, bounds[cell].end)
      if isPlain {
        begin += 1
        end -= 1
      } else {
        var isOpen = true
        var to = begin
        var from = begin + 1
        while from < end {
          if isOpen, bytes[from] == Self.quote {
            if from + 1 < end, bytes[from + 1] == Self.quote { from += 1 } else { isOpen = false }
          }
          if bytes[from] != Self.quote || isOpen {
            bytes[to] = bytes[from]
            to += 1
          }
          from += 1
        }
        end = to
      }
      bounds[cell] = Self.trimmed(bytes.span, begin, max(begin, end), delimiter, isBlankDelimited)
    }
  }

  private static func trimmed(
    _ text: Span<UInt8>, _ begin: Int, _ end: Int, _ delimiter: UInt8, _ isBlankDelimited: Bool
  ) -> Bounds {
    var (begin, end) = (begin, end)
    while end > begin, isBlank(text[end - 1], delimiter, isBlankDelimited) { end -= 1 }
    while begin < end, isBlank(text[begin], delimiter, isBlankDelimited) { begin += 1 }
    if end - begin >= 2, text[begin] == apostrophe, text[end - 1] == apostrophe {
      return Bounds(begin: begin + 1, end: end - 1)
    }
    return Bounds(begin: begin, end: end)
  }

  /// A space, a carriage return, or a tab that is not the delimiter.
  private static func isBlank(
    _ byte: UInt8, _ delimiter: UInt8, _ isBlankDelimited: Bool
  ) -> Bool {
    byte <= 0x20
      && (byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\r")
        || (byte == tab && (delimiter != tab || isBlankDelimited)))
  }

  private static let quote = UInt8(ascii: "\"")
  private static let apostrophe = UInt8(ascii: "'")
  private static let newline = UInt8(ascii: "\n")
  private static let tab = UInt8(ascii: "\t")
}

/// Cells as text.
package enum CellText {
  /// The cell as UTF-8, or as Latin-1 where it is not UTF-8.
  package static func string(_ cell: ArraySlice<UInt8>) -> String {
    if let text = String(validating: cell, as: UTF8.self) { return text }
    var text = ""
    for byte in cell { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
  }

  /// The cell for an error: control characters replaced, cut to the limit.
  package static func shown(_ cell: ArraySlice<UInt8>) -> String {
    shown(string(cell.prefix(CSVLimits.shownCharacters * 4)))
  }

  /// A text for an error: control characters replaced, cut to the limit.
  package static func shown(_ text: String) -> String {
    let visible = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "\u{fffd}" : $0 }
    var shown = ""
    for scalar in visible.prefix(CSVLimits.shownCharacters) { shown.unicodeScalars.append(scalar) }
    return visible.count > CSVLimits.shownCharacters ? shown + "…" : shown
  }
}
