/// A piece of a table's bytes.
public enum TablePiece: Sendable {
  /// The bytes that come next.
  case bytes([UInt8])
  /// There are no more.
  case end
  /// What comes next cannot be read, with the reason in words.
  case damage(String)
}

/// A table that can be read from its beginning as often as is asked for.
public struct TableInput {
  /// The file, as the user named it.
  public let name: String
  /// Begins at the beginning: each call of what it gives is the next piece.
  let open: () -> (() -> TablePiece)
  /// Text of an encoding that takes tables to read; nil where that is not possible here.
  let decode: (ArraySlice<UInt8>, TextEncoding) -> String?

  /// Makes an input.
  ///
  /// - Parameters:
  ///   - name: What errors call it.
  ///   - decode: Reads Shift_JIS; the other encodings are known here.
  ///   - open: Begins at the beginning.
  public init(
    name: String, decode: @escaping (ArraySlice<UInt8>, TextEncoding) -> String? = { _, _ in nil },
    open: @escaping () -> (() -> TablePiece)
  ) {
    self.name = name
    self.decode = decode
    self.open = open
  }

  /// A table that is in memory as a whole.
  public init(_ bytes: [UInt8], name: String) {
    self.init(name: name) {
      var isRead = false
      return {
        if isRead { return .end }
        isRead = true
        return .bytes(bytes)
      }
    }
  }

  /// Refuses packed bytes.
  package func checkIsText() throws(CSVError) {
    guard case .bytes(let piece) = open()(),
      piece.starts(with: [0x1f, 0x8b]) || piece.starts(with: [0x28, 0xb5, 0x2f, 0xfd])
    else { return }
    throw CSVError(
      file: name, expected: "text; this is packed data that must be unpacked first")
  }

  /// The records of its text, which is UTF-8 or of one byte a letter as far as delimiters go.
  func records(_ delimiter: CSVOptions.Delimiter) -> CSVRecords {
    var pieces = TextPieces(open())
    return CSVRecords(delimiter: delimiter) { pieces.next() }
  }

  /// A cell as text.
  func text(_ cell: ArraySlice<UInt8>, _ encoding: TextEncoding) -> String {
    (encoding == .shiftJIS ? decode(cell, encoding) : nil) ?? CellText.string(cell)
  }
}

extension TableInput {
  /// Whether a row of its head has a cell of this text.
  public func hasColumn(_ name: String) throws(CSVError) -> Bool {
    for delimiter in CSVOptions.Delimiter.allCases {
      let head = try TableHead(self, delimiter)
      for row in head.rows + head.comments
      where row.cells.contains(where: { cell in
        CellText.string(cell) == name || decode(cell, .shiftJIS) == name
      }) {
        return true
      }
    }
    return false
  }
}
