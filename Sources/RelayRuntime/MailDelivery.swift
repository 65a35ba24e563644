internal import Alerting
internal import MessageSender

/// Hands notifications to the mail server.
struct MailDelivery: NotificationSender {
  let writer: MailWriter
  let sender: MailSender

  func send(_ notification: Notification) -> SendOutcome? {
    writer.mail(of: notification).map { sender.send($0) }
  }
}
