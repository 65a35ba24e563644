/// Numbers as tables write them.
package enum NumberText {
  /// The finite number that `text` spells in decimal notation, exponent allowed; nil for anything
  /// else, thousands separators, hexadecimal numbers and the names of infinities included.
  package static func value(_ text: ArraySlice<UInt8>, decimalComma: Bool) -> Double? {
    guard !text.isEmpty, text.count <= maximumLength else { return nil }
    let point = UInt8(ascii: decimalComma ? "," : ".")
    var spelled = ""
    for byte in text {
      switch byte {
      case point: spelled.append(".")
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "e"), UInt8(ascii: "E"):
        spelled.unicodeScalars.append(Unicode.Scalar(byte))
      default: return nil
      }
    }
    guard let number = Double(spelled), number.isFinite else { return nil }
    return number
  }

  /// Seventeen digits, sign, point and exponent fit twice over.
  private static let maximumLength = 64
}
