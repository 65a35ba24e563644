public import Alerting
internal import CCurl

/// Hands mails to a mail server, one after another on one connection, over libcurl.
///
/// Driven by the thread that calls it. The server's certificate and name are verified, and nothing is said
/// before TLS is agreed on, unless the server's settings say `none`. No attempt takes longer than a minute.
@safe
public final class MailSender {
  /// A server that does not answer is given up after so many seconds.
  private static let connectSeconds = 15
  /// A whole mail takes no longer.
  private static let wholeSeconds = 60

  private let server: MailServer
  /// Safety: made in `init`, never leaves this file, given back in `deinit`.
  private let handle: OpaquePointer

  /// Makes a sender; opens no connection. Nil where the library does not start.
  ///
  /// - Parameters:
  ///   - server: where mail is handed over.
  ///   - password: the password of the server's user; nil for none.
  public init?(server: MailServer, password: String?) {
    guard Library.isReady, let handle = unsafe curl_easy_init() else { return nil }
    self.server = server
    unsafe self.handle = OpaquePointer(handle)
    guard configure(password: password) else { return nil }
  }

  deinit { unsafe curl_easy_cleanup(curl) }

  private var curl: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(handle) }

  private func configure(password: String?) -> Bool {
    let scheme = server.security == .tls ? "smtps" : "smtp"
    let host = server.host.contains(":") ? "[\(server.host)]" : server.host
    var texts: [(CURLoption, String?)] = [
      (CURLOPT_URL, "\(scheme)://\(host):\(server.port)"),
      (CURLOPT_MAIL_FROM, "<\(server.sender.text)>"),
      (CURLOPT_USERNAME, server.username), (CURLOPT_PASSWORD, password),
    ]
    if let file = server.authorityFile { texts.append((CURLOPT_CAINFO, file)) }
    // From the second byte on STARTTLS is as strict as TLS from the first: no TLS, no mail.
    let tls = server.security == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL
    let numbers: [(CURLoption, Int)] = [
      (CURLOPT_USE_SSL, Int(tls.rawValue)), (CURLOPT_SSL_VERIFYPEER, 1),
      (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_UPLOAD, 1), (CURLOPT_NOSIGNAL, 1),
      (CURLOPT_CONNECTTIMEOUT, Self.connectSeconds), (CURLOPT_TIMEOUT, Self.wholeSeconds),
    ]
    return texts.allSatisfy { option, text in
      guard let text else { return true }
      return unsafe ccurl_set_text(curl, option, text) == CURLE_OK
    }
      && numbers.allSatisfy { unsafe ccurl_set_number(curl, $0, $1) == CURLE_OK }
  }

  /// Hands a mail over and waits for the server's word.
  public func send(_ mail: OutgoingMail) -> SendOutcome {
    let body = MailBody(MailMessage(mail).bytes)
    let recipients = unsafe curl_slist_append(nil, "<\(mail.recipient.text)>")
    defer { unsafe curl_slist_free_all(recipients) }
    let result = withExtendedLifetime(body) {
      let context = unsafe Unmanaged.passUnretained(body).toOpaque()
      _ = unsafe ccurl_set_list(curl, CURLOPT_MAIL_RCPT, recipients)
      _ = unsafe ccurl_set_pointer(curl, CURLOPT_READDATA, context)
      _ = unsafe ccurl_set_reader(curl) { place, size, count, context in
        guard let place = unsafe place, let context = unsafe context else { return 0 }
        return unsafe Unmanaged<MailBody>.fromOpaque(context).takeUnretainedValue()
          .read(into: UnsafeMutableRawBufferPointer(start: place, count: size * count))
      }
      // What the server says beside its codes is for nobody.
      _ = unsafe ccurl_set_writer(curl) { _, size, count, _ in size * count }
      return unsafe curl_easy_perform(curl)
    }
    _ = unsafe ccurl_set_list(curl, CURLOPT_MAIL_RCPT, nil)
    return outcome(result)
  }

  private func outcome(_ result: CURLcode) -> SendOutcome {
    guard result != CURLE_OK else { return .sent }
    let code = unsafe ccurl_response_code(curl)
    let words = unsafe String(cString: curl_easy_strerror(result))
    // The server's own words may hold the address; its code does not.
    let reason = code >= 400 ? "\(words) (SMTP \(code))" : words
    // A refused user or connection is no matter of this one mail.
    let isAboutMail =
      result == CURLE_SEND_ERROR || result == CURLE_WEIRD_SERVER_REPLY || result == CURLE_RECV_ERROR
    guard isAboutMail, (400...599).contains(code), !Self.concernsAll.contains(code) else {
      return .unavailable(reason: reason, retryAfter: nil)
    }
    // 4 says not now, 5 says never (RFC 5321, 4.2.1).
    return code < 500 ? .later(reason: reason, retryAfter: nil) : .refused(reason: reason)
  }

  /// Codes that say something of us or of the server and not of the mail: it closes, it does not know a command,
  /// it wants TLS or another login.
  private static let concernsAll: Set<Int> = [421, 454, 500, 502, 503, 530, 534, 535, 538]
}

/// The bytes of one mail, as the library asks for them.
private final class MailBody {
  private var rest: ArraySlice<UInt8>
  init(_ bytes: [UInt8]) { rest = bytes[...] }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, rest.count)
    unsafe buffer.copyBytes(from: rest.prefix(count))
    rest = rest.dropFirst(count)
    return count
  }
}

/// libcurl itself.
enum Library {
  /// True when the library has been set up; done once, by the first user.
  static let isReady = ccurl_begin() == CURLE_OK
}
