import Alerting
import Testing

@testable import MessageSender

@Suite("How a mail travels")
struct MailMessageTests {
  private func message(subject: String, plain: String) throws -> String {
    let address = try #require(MailAddress("abe@example.jp"))
    let sender = try #require(MailAddress("nomori@town.example"))
    let mail = OutgoingMail(
      senderName: "日向町役場", sender: sender, recipient: address, id: "e-1.raised.abe@town.example",
      thread: "e-1.abe@town.example", made: 1_796_040_000_000_000_000, subject: subject,
      plain: plain, html: "<p>\(plain)</p>")
    return String(decoding: MailMessage(mail).bytes, as: UTF8.self)
  }

  @Test("Headers stand as RFC 5322 has them, in ASCII lines of at most 78 characters")
  func headers() throws {
    let text = try message(
      subject: String(repeating: "果樹園への接近：", count: 12), plain: String(repeating: "値", count: 999))
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
    #expect(lines.allSatisfy { $0.utf8.count <= 78 })
    #expect(!text.replacing("\r\n", with: "").contains { $0 == "\r" || $0 == "\n" })
    let wanted = [
      "Date: Mon, 30 Nov 2026 12:00:00 +0000", "To: <abe@example.jp>",
      "Message-ID: <e-1.raised.abe@town.example>", "References: <e-1.abe@town.example>",
      "In-Reply-To: <e-1.abe@town.example>",
    ]
    for line in wanted { #expect(lines.contains(Substring(line)), "\(line)") }
  }

  @Test("An encoded word holds whole characters only", arguments: 0..<9)
  func encodedWords(_ offset: Int) {
    let text = String(repeating: "a", count: offset) + String(repeating: "日", count: 40)
    for word in MailMessage.encoded(text).split(separator: "\r\n ") {
      #expect(word.utf8.count <= 75)
      let body = word.dropFirst(10).dropLast(2)
      #expect(decoded(String(body)) != nil, "\(word)")
    }
  }

  /// The text behind base64; nil where it is no UTF-8.
  private func decoded(_ text: String) -> String? {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let values = text.compactMap { letters.firstIndex(of: $0) }
    let bits = values.flatMap { value in (0..<6).map { value >> (5 - $0) & 1 } }
    let bytes = stride(from: 0, to: bits.count / 8 * 8, by: 8).map { start in
      UInt8(bits[start..<start + 8].reduce(0) { $0 * 2 + $1 })
    }
    return String(validating: bytes, as: UTF8.self)
  }

  @Test(
    "Base64 is that of RFC 4648",
    arguments: zip(
      ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
      ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]))
  func vectors(_ plain: String, _ encoded: String) { #expect(base64(plain.utf8) == encoded) }
}
