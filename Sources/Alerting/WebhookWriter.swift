internal import Delivery

/// Makes the body of the request that hands a notification to a service of the web: JSON in the service's own form.
public struct WebhookWriter: Sendable {
  private let plan: AlertingPlan
  private let link: AcknowledgementLinks

  /// Makes bodies.
  public init(plan: AlertingPlan, link: @escaping AcknowledgementLinks = { _, _, _ in nil }) {
    self.plan = plan
    self.link = link
  }

  /// The body; nil where the file no longer has the recipient, or has no service for it.
  ///
  /// - Parameters:
  ///   - notification: what is told; the same one leads to the same body.
  ///   - key: what else names the notification, where a service takes no name of ours.
  public func body(of notification: Notification, key: String) -> [UInt8]? {
    guard let recipient = plan.recipient(notification.recipient), let webhook = recipient.webhook
    else { return nil }
    let most =
      switch webhook.template {
      case .slack: SlackMessage.mostItems
      case .teams: TeamsMessage.mostItems
      case .line, .ntfy, .json: AlertingLimits.digestEntries
      }
    guard
      let page = NotificationPage(notification, to: recipient, of: plan, most: most, link: link)
    else { return nil }
    return switch webhook.template {
    case .line: LINEMessage(page: page, to: webhook.target ?? "").json
    case .slack: SlackMessage(page: page).json
    case .teams: TeamsMessage(page: page).json
    case .ntfy: NtfyMessage(page: page, topic: webhook.target ?? "", sequence: key).json
    case .json: NotificationPayload(page: page, notification: notification, relay: plan.id).json
    }
  }
}
