/// Numbers as tables write them.
package enum NumberText {
  /// The finite number that `text` spells in decimal notation, exponent allowed; nil for anything
  /// else, thousands separators, hexadecimal numbers and the names of infinities included.
  package static func value(_ text: ArraySlice<UInt8>, decimalComma: Bool) -> Double? {
    scan(text.span, mark: decimalComma ? comma : point)?.value
  }

  /// A number, and how many digits it has before and behind its decimal mark.
  struct Scan {
    var value: Double
    var wholeDigits: Int
    var fractionDigits: Int
    /// The first digit.
    var leading: UInt8
  }

  /// The number that `text` spells with the decimal mark `mark`, without thousands separators.
  static func scan(_ text: Span<UInt8>, mark: UInt8) -> Scan? {
    let count = text.count
    guard count > 0, count <= maximumLength else { return nil }
    var at = 0
    let isNegative = text[0] == UInt8(ascii: "-")
    if isNegative || text[0] == UInt8(ascii: "+") { at = 1 }
    var digits: UInt64 = 0
    let leading = at < count ? text[at] : 0
    let begin = at
    while at < count, text[at].isDigit {
      digits = digits &* 10 &+ UInt64(text[at] &- UInt8(ascii: "0"))
      at += 1
    }
    let whole = at - begin
    var fraction = 0
    if at < count, text[at] == mark {
      at += 1
      let begin = at
      while at < count, text[at].isDigit {
        digits = digits &* 10 &+ UInt64(text[at] &- UInt8(ascii: "0"))
        at += 1
      }
      fraction = at - begin
    }
    guard whole + fraction > 0 else { return nil }
    // Both are exact as they stand, so that the quotient is the number next to what is written.
    if at == count, whole + fraction <= exactDigits {
      let number = Double(digits) / powersOfTen[fraction]
      return Scan(
        value: isNegative ? -number : number, wholeDigits: whole, fractionDigits: fraction,
        leading: leading)
    }
    guard let number = spelled(text, mark: mark) else { return nil }
    return Scan(value: number, wholeDigits: whole, fractionDigits: fraction, leading: leading)
  }

  private static func spelled(_ text: Span<UInt8>, mark: UInt8) -> Double? {
    var spelled = ""
    for index in text.indices {
      switch text[index] {
      case mark: spelled.append(".")
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "e"), UInt8(ascii: "E"):
        spelled.unicodeScalars.append(Unicode.Scalar(text[index]))
      default: return nil
      }
    }
    guard let number = Double(spelled), number.isFinite else { return nil }
    return number
  }

  static let point = UInt8(ascii: ".")
  static let comma = UInt8(ascii: ",")
  /// Seventeen digits, sign, point and exponent fit twice over.
  private static let maximumLength = 64
  /// Numbers of so many digits are exact as a `Double`, and so is this power of ten.
  private static let exactDigits = 15
  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]
}

/// How a table writes its numbers: what the decimal mark is. Digits may stand in groups of three,
/// separated by the other one of point and comma, by a blank or an apostrophe.
public enum NumberForm: String, Hashable, Sendable {
  case decimalPoint
  case decimalComma

  /// The number that `text` spells; nil for anything else.
  func value(_ text: Span<UInt8>) -> Double? {
    let mark = self == .decimalComma ? NumberText.comma : NumberText.point
    return NumberText.scan(text, mark: mark)?.value ?? grouped(text, mark: mark)
  }

  private func grouped(_ text: Span<UInt8>, mark: UInt8) -> Double? {
    let separators: [UInt8] = [
      mark == NumberText.point ? NumberText.comma : NumberText.point, UInt8(ascii: " "),
      UInt8(ascii: "'"),
    ]
    guard
      let separator = separators.first(where: { separator in
        text.indices.contains { text[$0] == separator }
      })
    else { return nil }
    var plain: [UInt8] = []
    /// Digits since the last separator; nil before the first one.
    var group: Int?
    var isWhole = true
    var first = 0
    var begin: UInt8?
    for index in text.indices {
      let byte = text[index]
      if byte == separator {
        guard isWhole, group == nil ? (1...3).contains(first) : group == 3 else { return nil }
        group = 0
      } else {
        if byte == mark {
          guard group == 3 else { return nil }
          isWhole = false
        } else if byte.isDigit, isWhole {
          if begin == nil { begin = byte }
          if let digits = group { group = digits + 1 } else { first += 1 }
        }
        plain.append(byte)
      }
    }
    // `0.427` is no 427.
    guard !isWhole || group == 3, begin != UInt8(ascii: "0") else { return nil }
    return NumberText.scan(plain.span, mark: mark)?.value
  }
}

/// What the numbers of a whole table say about their form.
struct NumberEvidence {
  /// A number that shows something, and its line.
  typealias Sample = (line: Int, text: [UInt8])

  /// With a decimal point, or a comma, that cannot separate thousands.
  private(set) var point: Sample?
  private(set) var comma: Sample?
  /// With a comma that may be either.
  private(set) var doubtfulComma: Sample?

  /// The number that a cell spells in either form; nil for anything else. Where the comma of one
  /// may be either, it is taken for a decimal comma.
  mutating func take(_ text: Span<UInt8>, line: Int) -> Double? {
    if let scan = NumberText.scan(text, mark: NumberText.point) {
      if point == nil, scan.fractionDigits > 0, !Self.isGroup(scan) {
        point = (line, Self.bytes(text))
      }
      return scan.value
    }
    if let scan = NumberText.scan(text, mark: NumberText.comma) {
      if !Self.isGroup(scan) {
        if comma == nil { comma = (line, Self.bytes(text)) }
      } else if doubtfulComma == nil {
        doubtfulComma = (line, Self.bytes(text))
      }
      return scan.value
    }
    if let value = NumberForm.decimalPoint.value(text) {
      if point == nil { point = (line, Self.bytes(text)) }
      return value
    }
    guard let value = NumberForm.decimalComma.value(text) else { return nil }
    if comma == nil { comma = (line, Self.bytes(text)) }
    return value
  }

  /// True where `1,234` may be a number of thousands as well.
  private static func isGroup(_ scan: NumberText.Scan) -> Bool {
    scan.fractionDigits == 3 && (1...3).contains(scan.wholeDigits)
      && scan.leading != UInt8(ascii: "0")
  }

  private static func bytes(_ text: Span<UInt8>) -> [UInt8] { text.indices.map { text[$0] } }
}
