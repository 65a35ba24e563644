internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Serves the pages behind the links of mails, on the loopback alone: the office's web server stands before it.
///
/// GET shows a page with a button, and changes nothing, as programs that look through mails fetch links; POST
/// acknowledges. A link whose signature is wrong is no page at all.
public final class AcknowledgementServer: Sendable {
  private let task: Task<Void, Never>

  /// Starts to serve.
  ///
  /// - Parameters:
  ///   - port: the port of the loopback.
  ///   - key: what links are signed with.
  ///   - answer: makes the page of a link, in HTML; where it is told to, it acknowledges before. Nil: there is none.
  ///   - failed: told why the server could not be started, or ended by itself.
  public init(
    port: UInt16, key: SigningKey,
    answer: @escaping @Sendable (_ link: AcknowledgementLink, _ acknowledges: Bool) -> String?,
    failed: @escaping @Sendable (String) -> Void
  ) {
    let router = Router()
    for method in [HTTPRequest.Method.get, .post] {
      router.on("/acknowledge/:incident/:event/:person/:signature", method: method) { _, context in
        let page = Self.link(context.parameters.get, key: key).flatMap { link in
          answer(link, method == .post)
        }
        return page.map(Self.response) ?? Response(status: .notFound)
      }
    }
    // What goes wrong with a request is the asker's.
    let logger = Logger(label: "acknowledgement") { _ in SwiftLogNoOpLogHandler() }
    let application = Application(
      router: router,
      configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: Int(port))),
      logger: logger)
    task = Task {
      do {
        try await application.run()
      } catch {
        failed("\(error)")
      }
    }
  }

  /// Ends it.
  public func stop() { task.cancel() }

  private static func link(
    _ part: (String) -> String?, key: SigningKey
  ) -> AcknowledgementLink? {
    guard let incident = part("incident"), let event = part("event"), let person = part("person"),
      let signature = part("signature")
    else { return nil }
    return AcknowledgementLink(
      incident: incident, event: event, person: person, signature: signature, key: key)
  }

  /// A page that nobody keeps, and that tells its address to nobody.
  private static func response(_ page: String) -> Response {
    var headers: HTTPFields = [
      .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
      .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    ]
    if let referrer = HTTPField.Name("Referrer-Policy") { headers[referrer] = "no-referrer" }
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
  }
}
