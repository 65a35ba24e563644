/// The records of a table, one after another: RFC 4180 with any delimiter, and lenient where real
/// files are not strict (text after a closing quote, quotes inside an unquoted cell).
package struct CSVRecords {
  /// Why no further record can be had.
  enum Fault: Error {
    case tooLong(line: Int)
    case openQuote(line: Int)

    /// The fault as an error of `file`.
    func error(file: String) -> CSVError {
      switch self {
      case .tooLong(let line):
        CSVError(
          file: file, line: line, expected: "a line of at most \(CSVLimits.recordBytes) bytes")
      case .openQuote(let line):
        CSVError(
          file: file, line: line,
          expected: "a closing quote within \(CSVLimits.recordBytes) bytes")
      }
    }
  }

  private let bytes: [UInt8]
  private let delimiter: UInt8
  private var position: Int
  private var nextLine = 1

  /// The line on which the current record begins, counted from 1.
  package private(set) var line = 0
  /// The cells of the current record, without quotes and without blanks at either end.
  package private(set) var cells: [ArraySlice<UInt8>] = []

  /// Begins before the first record; a byte order mark is passed over.
  package init(_ bytes: [UInt8], delimiter: UInt8) {
    self.bytes = bytes
    self.delimiter = delimiter
    position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
  }

  /// Goes to the next record that is not empty; false at the end. Faults are told of `file`.
  package mutating func advance(in file: String) throws(CSVError) -> Bool {
    do throws(Fault) { return try advance() } catch { throw error.error(file: file) }
  }

  private mutating func advance() throws(Fault) -> Bool {
    while position < bytes.count {
      line = nextLine
      try readRecord()
      if cells.count > 1 || cells.first?.isEmpty == false { return true }
    }
    return false
  }

  private mutating func readRecord() throws(Fault) {
    cells.removeAll(keepingCapacity: true)
    let limit = position + CSVLimits.recordBytes
    while true {
      cells.append(try readCell(limit: limit))
      guard position < bytes.count else { return }
      let separator = bytes[position]
      position += 1
      if separator == newline {
        nextLine += 1
        return
      }
    }
  }

  /// Reads up to the next delimiter or line end, and leaves the position on it.
  private mutating func readCell(limit: Int) throws(Fault) -> ArraySlice<UInt8> {
    while position < bytes.count, position <= limit, isBlank(bytes[position]) { position += 1 }
    guard position < bytes.count, bytes[position] == quote else {
      let begin = position
      try skipToCellEnd(limit: limit)
      return trimmed(bytes[begin..<position])
    }
    position += 1
    let quoted = try readQuoted(limit: limit)
    let begin = position
    try skipToCellEnd(limit: limit)
    let rest = trimmed(bytes[begin..<position])
    return trimmed(rest.isEmpty ? quoted : quoted + rest)
  }

  private mutating func skipToCellEnd(limit: Int) throws(Fault) {
    while position < bytes.count, position <= limit, bytes[position] != delimiter,
      bytes[position] != newline
    { position += 1 }
    guard position <= limit else { throw .tooLong(line: line) }
  }

  /// Reads from behind an opening quote to behind the closing one.
  private mutating func readQuoted(limit: Int) throws(Fault) -> ArraySlice<UInt8> {
    var begin = position
    var text: ArraySlice<UInt8> = []
    while position < bytes.count, position <= limit {
      if bytes[position] == newline { nextLine += 1 }
      guard bytes[position] == quote else {
        position += 1
        continue
      }
      let part = bytes[begin..<position]
      position += 1
      guard position < bytes.count, bytes[position] == quote else {
        return text.isEmpty ? part : text + part
      }
      text += part
      begin = position
      position += 1
    }
    throw .openQuote(line: line)
  }

  private func trimmed(_ cell: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var cell = cell
    while let last = cell.last, isBlank(last) { cell.removeLast() }
    while let first = cell.first, isBlank(first) { cell.removeFirst() }
    return cell
  }

  /// A space, a carriage return, or a tab that is not the delimiter.
  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\r")
      || (byte == UInt8(ascii: "\t") && delimiter != byte)
  }

  private let quote = UInt8(ascii: "\"")
  private let newline = UInt8(ascii: "\n")
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
    let text = string(cell.prefix(CSVLimits.shownCharacters * 4))
    let visible = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "\u{fffd}" : $0 }
    var shown = ""
    for scalar in visible.prefix(CSVLimits.shownCharacters) { shown.unicodeScalars.append(scalar) }
    return visible.count > CSVLimits.shownCharacters ? shown + "…" : shown
  }
}
