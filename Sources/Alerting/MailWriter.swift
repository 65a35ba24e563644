internal import Delivery

/// Makes a mail of a notification, in its reader's language: the site's own words, and what relates them.
public struct MailWriter: Sendable {
  private let plan: AlertingPlan
  private let sender: MailAddress
  private let link: AcknowledgementLinks

  /// Makes mails that come from `sender`.
  public init(
    plan: AlertingPlan, sender: MailAddress,
    link: @escaping AcknowledgementLinks = { _, _, _ in nil }
  ) {
    self.plan = plan
    self.sender = sender
    self.link = link
  }

  /// The mail; nil where the file no longer has the person.
  public func mail(of notification: Notification) -> OutgoingMail? {
    guard let person = plan.recipient(notification.recipient), let address = person.mail,
      let page = NotificationPage(notification, to: person, of: plan, link: link)
    else { return nil }
    let domain = sender.text.drop { $0 != "@" }
    let thread = page.items[0].entry.incident + "." + person.id + domain
    // Mail programs gather what refers to the same message, also where that was never sent.
    return OutgoingMail(
      senderName: page.sender, sender: sender, recipient: address, id: notification.id + domain,
      thread: page.isDigest ? nil : thread, made: notification.made, subject: page.subject,
      plain: page.plain, html: page.html)
  }
}
