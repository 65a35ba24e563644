public import Alerting
internal import DetectionCore

/// A mail as it travels: headers and a body of two forms (RFC 5322, RFC 2045 to 2047), in ASCII with lines that end
/// in CR LF.
public struct MailMessage: Sendable {
  /// The bytes.
  public let bytes: [UInt8]

  /// Writes a mail.
  public init(_ mail: OutgoingMail) {
    // No text of a body in base64 can hold this line.
    let boundary = "=_nomori_"
    var lines = [
      "Date: \(Self.date(mail.made))",
      "From: \(Self.encoded(mail.senderName))", " <\(mail.sender.text)>",
      "To: <\(mail.recipient.text)>",
      "Subject: \(Self.encoded(mail.subject))",
      "Message-ID: <\(mail.id)>",
    ]
    if let thread = mail.thread {
      lines += ["In-Reply-To: <\(thread)>", "References: <\(thread)>"]
    }
    lines += [
      // Nobody's automatic answer is wanted (RFC 3834).
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: multipart/alternative; boundary=\"\(boundary)\"",
      "",
    ]
    for (type, text) in [("plain", mail.plain), ("html", mail.html)] {
      lines += [
        "--\(boundary)", "Content-Type: text/\(type); charset=utf-8",
        "Content-Transfer-Encoding: base64", "",
      ]
      lines += Self.folded(text)
    }
    lines += ["--\(boundary)--", ""]
    bytes = Array(lines.joined(separator: "\r\n").utf8)
  }

  /// A text in base64, 76 characters a line.
  private static func folded(_ text: String) -> [String] {
    // 57 bytes make 76 characters.
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: 57).map { start in
      base64(bytes[start..<min(start + 57, bytes.count)])
    }
  }

  /// A text in a header: encoded words, one a line, none of which cuts a character. The first line has room for the
  /// header's name within the 76 characters that RFC 2047 allows.
  static func encoded(_ text: String) -> String {
    var words: [String] = []
    var word: [UInt8] = []
    for character in text.unicodeScalars {
      let bytes = Array(String(character).utf8)
      if word.count + bytes.count > 39 {
        words.append("=?utf-8?B?\(base64(word))?=")
        word = []
      }
      word += bytes
    }
    words.append("=?utf-8?B?\(base64(word))?=")
    return words.joined(separator: "\r\n ")
  }

  private static func date(_ nanoseconds: Int64) -> String {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let time = CivilTime(WallTime(nanosecondsSince1970: nanoseconds, synchronized: true))
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(days[time.dayOfWeek]), \(time.day) \(months[time.month - 1]) \(time.year) "
      + "\(two(time.hour)):\(two(time.minute)):\(two(time.second)) +0000"
  }
}
