/// How a table's text is written as bytes.
public enum TextEncoding: String, Hashable, Sendable {
  case utf8 = "UTF-8"
  case utf16 = "UTF-16"
  case latin1 = "Latin-1"
  case shiftJIS = "Shift_JIS"
}

/// Which encoding the bytes at the head of a table can have; its names stand there.
///
/// What is no UTF-8 is Shift_JIS where all of it is and a byte from 0x81 to 0x9f begins a letter:
/// in Latin-1 these are controls, which no table has.
struct EncodingEvidence {
  private var isUTF8 = true
  private var isShiftJIS = true
  private var hasKanji = false
  private var isASCII = true
  /// Bytes that a letter of UTF-8 still lacks.
  private var awaited = 0
  /// True after the first byte of a letter of Shift_JIS.
  private var isHalf = false

  var encoding: TextEncoding {
    if isASCII || isUTF8 { return .utf8 }
    return isShiftJIS && hasKanji ? .shiftJIS : .latin1
  }

  mutating func take(_ bytes: [UInt8]) {
    let span = bytes.span
    var bits: UInt8 = 0
    for index in span.indices { bits |= span[index] }
    guard bits >= 0x80 || awaited > 0 || isHalf else { return }
    isASCII = false
    for index in span.indices { take(span[index]) }
  }

  private mutating func take(_ byte: UInt8) {
    if isUTF8 {
      if awaited > 0 {
        isUTF8 = byte & 0xc0 == 0x80
        awaited -= 1
      } else {
        switch byte {
        case 0..<0x80: break
        case 0xc2..<0xe0: awaited = 1
        case 0xe0..<0xf0: awaited = 2
        case 0xf0..<0xf5: awaited = 3
        default: isUTF8 = false
        }
      }
    }
    guard isShiftJIS else { return }
    if isHalf {
      isShiftJIS = byte >= 0x40 && byte <= 0xfc && byte != 0x7f
      isHalf = false
    } else {
      switch byte {
      case 0..<0x80, 0xa1..<0xe0: break
      case 0x81..<0xa0:
        isHalf = true
        hasKanji = true
      case 0xe0..<0xfd: isHalf = true
      default: isShiftJIS = false
      }
    }
  }
}

/// The pieces of a table's text: UTF-16 becomes UTF-8, anything else stays, and a byte order mark
/// is left out.
struct TextPieces {
  private let source: () -> TablePiece
  private var isFirst = true
  /// What UTF-16 is written with: true where the high byte comes first; nil for other text.
  private var isBigEndian: Bool?
  /// Bytes of UTF-16 that lack their other half.
  private var kept: [UInt8] = []

  init(_ source: @escaping () -> TablePiece) { self.source = source }

  /// True once it is known that the text is UTF-16.
  var isUTF16: Bool { isBigEndian != nil }

  mutating func next() -> TablePiece {
    let piece = source()
    guard case .bytes(var bytes) = piece else { return piece }
    if isFirst {
      isFirst = false
      begin(&bytes)
    }
    return .bytes(isBigEndian.map { decoded(bytes, isBigEndian: $0) } ?? bytes)
  }

  private mutating func begin(_ bytes: inout [UInt8]) {
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
      bytes.removeFirst(3)
    } else if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      isBigEndian = bytes[0] == 0xfe
      bytes.removeFirst(2)
    } else {
      // Without a mark: letters of tables are mostly ASCII, whose high byte is 0.
      let zeros = [0, 1].map { half in
        bytes.prefix(64).indices.count { $0 % 2 == half && bytes[$0] == 0 }
      }
      if bytes.count >= 16, max(zeros[0], zeros[1]) > min(bytes.count, 64) / 4, zeros.contains(0) {
        isBigEndian = zeros[0] > 0
      }
    }
  }

  private mutating func decoded(_ piece: [UInt8], isBigEndian: Bool) -> [UInt8] {
    let bytes = kept + piece
    var whole = bytes.count / 2 * 2
    var units: [UInt16] = []
    units.reserveCapacity(whole / 2)
    for index in stride(from: 0, to: whole, by: 2) {
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      units.append(isBigEndian ? first << 8 | second : second << 8 | first)
    }
    if let last = units.last, UTF16.isLeadSurrogate(last) {
      units.removeLast()
      whole -= 2
    }
    kept = Array(bytes[whole...])
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}
