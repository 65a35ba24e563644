internal import CCurl

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

  /// Makes a sender to one address; opens no connection. Nil where the library does not start.
  public init?(url: String) {
    guard Library.isReady, let handle = unsafe curl_easy_init() else { return nil }
    unsafe self.handle = OpaquePointer(handle)
    let numbers: [(CURLoption, Int)] = [
      (CURLOPT_POST, 1), (CURLOPT_NOSIGNAL, 1), (CURLOPT_CONNECTTIMEOUT, Self.connectSeconds),
      (CURLOPT_TIMEOUT, Self.wholeSeconds),
    ]
    guard unsafe ccurl_set_text(curl, CURLOPT_URL, url) == CURLE_OK,
      unsafe ccurl_set_text(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK,
      numbers.allSatisfy({ unsafe ccurl_set_number(curl, $0, $1) == CURLE_OK })
    else { return nil }
  }

  deinit { unsafe curl_easy_cleanup(curl) }

  private var curl: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(handle) }

  /// Hands `json` over and waits for the server's word; nil where the server has it, else why not.
  public func send(_ json: [UInt8]) -> String? {
    let headers = unsafe curl_slist_append(nil, "Content-Type: application/json")
    defer { unsafe curl_slist_free_all(headers) }
    let result = unsafe json.withUnsafeBytes { bytes in
      _ = unsafe ccurl_set_list(curl, CURLOPT_HTTPHEADER, headers)
      _ = unsafe ccurl_set_number(curl, CURLOPT_POSTFIELDSIZE, bytes.count)
      _ = unsafe ccurl_set_pointer(
        curl, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      // What the server says beside its code is for nobody.
      _ = unsafe ccurl_set_writer(curl) { _, size, count, _ in size * count }
      return unsafe curl_easy_perform(curl)
    }
    guard result == CURLE_OK else { return unsafe String(cString: curl_easy_strerror(result)) }
    let code = unsafe ccurl_response_code(curl)
    return (200...299).contains(code) ? nil : "HTTP \(code)"
  }
}
