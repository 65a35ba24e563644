/// What a device answers to function code 17, report server id.
///
/// Source: Modbus Application Protocol V1.1b3, section 6.13: a byte count, then an id, a byte for
/// running or not, and more, each as the maker likes. Makers who tell something write text.
public enum ServerText {
  /// The printable part of an answer, whose bytes stand behind the function code, one a word; nil
  /// where there is none. What the byte count leaves out does not belong to it.
  public static func read(_ bytes: [UInt16]) -> String? {
    guard let count = bytes.first, Int(count) < bytes.count else { return nil }
    let printable = bytes.dropFirst().prefix(Int(count)).filter { (0x20...0x7E).contains($0) }
    let text = String(decoding: printable.map { UInt8($0) }, as: UTF8.self)
    return text.allSatisfy { $0 == " " } ? nil : text
  }
}
