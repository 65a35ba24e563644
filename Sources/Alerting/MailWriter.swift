internal import Delivery

/// Makes a mail of a notification, in its person's language: the site's own words, and what relates them.
public struct MailWriter: Sendable {
  let plan: AlertingPlan
  let sender: MailAddress
  let link: @Sendable (_ incident: String, _ event: String, _ person: String) -> String?

  /// Makes mails that come from `sender`.
  ///
  /// - Parameter link: where a person acknowledges an incident, having seen an event; nil where that is not possible.
  public init(
    plan: AlertingPlan, sender: MailAddress,
    link: @escaping @Sendable (_ incident: String, _ event: String, _ person: String) -> String? = {
      _, _, _ in nil
    }
  ) {
    self.plan = plan
    self.sender = sender
    self.link = link
  }

  /// The mail; nil where the file no longer has the person.
  public func mail(of notification: Notification) -> OutgoingMail? {
    guard let person = plan.person(notification.person) else { return nil }
    let language = person.language
    let items = notification.entries.prefix(AlertingLimits.digestEntries).map {
      MailItem(
        entry: $0, made: notification.made, zone: plan.zone, language: language,
        link: $0.asksForAcknowledgement ? link($0.incident, $0.event.id, person.id) : nil)
    }
    guard let first = items.first else { return nil }
    let isDigest = notification.entries.count > 1
    let page = MailPage(
      items: items, left: notification.entries.count - items.count,
      sender: plan.name.text(in: language), language: language)
    let domain = sender.text.drop { $0 != "@" }
    let id = notification.id + domain
    let thread = first.entry.incident + "." + person.id + domain
    // Mail programs gather what refers to the same message, also where that was never sent.
    return OutgoingMail(
      senderName: plan.name.text(in: language), sender: sender, recipient: person.mail, id: id,
      thread: isDigest ? nil : thread, made: notification.made,
      subject: isDigest ? page.digestSubject : first.subject, plain: page.plain, html: page.html)
  }
}

extension String {
  /// The text on one line, with no character that a header or a terminal could take for more, and not longer than
  /// any site's own words.
  func tidied(to count: Int = AlertingLimits.textCharacters) -> String {
    var line = ""
    for scalar in unicodeScalars.prefix(count) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: line += " "
      default: line.unicodeScalars.append(scalar)
      }
    }
    return unicodeScalars.count > count ? line + "…" : line
  }

  /// The text as it stands in HTML.
  var escaped: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
