internal import CCurl
public import DetectionCore

/// What a web server said to a request.
public enum WebAnswer: Hashable, Sendable {
  /// Its code, and after how long it wants to be asked again, where it says so.
  case answered(code: Int, retryAfter: TimeSpan?)
  /// Nothing: why.
  case failed(reason: String)

  /// What it means for what was handed over, by RFC 9110: 2xx has it; 408, 425, 429 and 5xx may have it later, all
  /// others never.
  public var outcome: SendOutcome {
    switch self {
    case .failed(let reason): .unavailable(reason: reason, retryAfter: nil)
    case .answered(200...299, _): .sent
    case .answered(let code, let retryAfter) where code == 429 || code == 503:
      .unavailable(reason: "HTTP \(code)", retryAfter: retryAfter)
    case .answered(let code, let retryAfter) where [408, 425].contains(code) || code >= 500:
      .later(reason: "HTTP \(code)", retryAfter: retryAfter)
    case .answered(let code, _): .refused(reason: "HTTP \(code)")
    }
  }
}

/// Hands JSON to a web server, over libcurl.
///
/// Driven by the thread that calls it. Certificates and names are verified, redirections are not followed, and no
/// attempt takes longer than half a minute.
@safe
public final class WebSender {
  private static let connectSeconds = 10
  private static let wholeSeconds = 30

  /// Safety: made in `init`, never leaves this file, given back in `deinit`.
  private let handle: OpaquePointer

  /// Makes a sender to one address; opens no connection. Nil where the library does not start, or the address is none.
  ///
  /// - Parameters:
  ///   - url: the address.
  ///   - authorityFile: the authorities to trust; nil: the system's.
  public init?(url: String, authorityFile: String? = nil) {
    guard Library.isReady, let handle = unsafe curl_easy_init() else { return nil }
    unsafe self.handle = OpaquePointer(handle)
    var texts = [(CURLOPT_URL, url), (CURLOPT_PROTOCOLS_STR, "http,https")]
    if let authorityFile { texts.append((CURLOPT_CAINFO, authorityFile)) }
    let numbers: [(CURLoption, Int)] = [
      (CURLOPT_POST, 1), (CURLOPT_NOSIGNAL, 1), (CURLOPT_CONNECTTIMEOUT, Self.connectSeconds),
      (CURLOPT_TIMEOUT, Self.wholeSeconds),
    ]
    guard texts.allSatisfy({ unsafe ccurl_set_text(curl, $0, $1) == CURLE_OK }),
      numbers.allSatisfy({ unsafe ccurl_set_number(curl, $0, $1) == CURLE_OK })
    else { return nil }
  }

  deinit { unsafe curl_easy_cleanup(curl) }

  private var curl: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(handle) }

  /// Hands `json` over and waits for the server's word.
  ///
  /// - Parameter headers: further ones, each a line.
  public func send(_ json: [UInt8], headers: [String] = []) -> WebAnswer {
    var list = unsafe curl_slist_append(nil, "Content-Type: application/json")
    for header in headers { unsafe list = curl_slist_append(list, header) }
    defer { unsafe curl_slist_free_all(list) }
    let result = unsafe json.withUnsafeBytes { bytes in
      _ = unsafe ccurl_set_list(curl, CURLOPT_HTTPHEADER, list)
      _ = unsafe ccurl_set_number(curl, CURLOPT_POSTFIELDSIZE, bytes.count)
      _ = unsafe ccurl_set_pointer(
        curl, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      // What the server says beside its code is for nobody.
      _ = unsafe ccurl_set_writer(curl) { _, size, count, _ in size * count }
      return unsafe curl_easy_perform(curl)
    }
    guard result == CURLE_OK else {
      return .failed(reason: unsafe String(cString: curl_easy_strerror(result)))
    }
    let seconds = unsafe ccurl_retry_after(curl)
    return .answered(
      code: unsafe ccurl_response_code(curl),
      retryAfter: seconds > 0 ? TimeSpan.seconds(min(seconds, Self.longestRetryAfter)) : nil)
  }

  /// A server that wants to be left alone for longer is asked after an hour all the same.
  private static let longestRetryAfter: Int64 = 3_600
}
