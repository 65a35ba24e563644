internal import AcknowledgementServer
internal import Alerting
internal import Delivery
internal import LinuxHost
internal import SiteConfiguration

/// The links of mails, and what is done when one is followed.
struct AcknowledgementDesk: Sendable {
  private let settings: AcknowledgementSettings
  private let key: SigningKey

  /// What is wrong with the file of the key.
  struct KeyTooShort: Error, CustomStringConvertible {
    var path: String
    var description: String { "\(path): expected at least 32 random bytes (openssl rand 32)" }
  }

  init(_ settings: AcknowledgementSettings) throws {
    self.settings = settings
    guard let key = SigningKey(try readPrivateFile(settings.keyFile, maximumBytes: 4096))
    else { throw KeyTooShort(path: settings.keyFile) }
    self.key = key
  }

  /// Where a recipient acknowledges.
  func link(_ incident: String, _ event: String, _ person: String) -> String {
    settings.url
      + AcknowledgementLink(incident: incident, event: event, person: person).path(key: key)
  }

  /// Serves the pages.
  func serve(
    _ intake: EventIntake, plan: AlertingPlan, say: @escaping @Sendable (LocalizedText) -> Void
  ) -> AcknowledgementServer {
    AcknowledgementServer(port: settings.port, key: key) { link, acknowledges in
      guard let page = AcknowledgementPage(plan: plan, recipient: link.person) else { return nil }
      if acknowledges { intake.acknowledge(link.incident, seen: link.event, by: page.name) }
      return page.html(
        of: intake.incident(link.incident), seen: link.event, isDone: acknowledges)
    } failed: { reason in
      say(
        both(
          "pages for acknowledging are not served: \(reason)", "確認ページを提供できません：\(reason)"))
    }
  }
}
