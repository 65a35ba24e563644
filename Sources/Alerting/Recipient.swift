public import Delivery
public import DetectionCore

/// Somebody or something that can be told something: a person by mail, a group of a chat, a loudspeaker.
public struct Recipient: Hashable, Sendable {
  /// The way that leads there.
  public enum Channel: Hashable, Sendable {
    /// A mail to a person.
    case mail(MailAddress)
    /// A request to a service of the web.
    case webhook(Webhook)
    /// A command to what speaks aloud.
    case announcement(Announcement)
  }

  /// The id in the file; the only name in logs and message ids.
  public var id: String
  /// What others are told where the recipient has acknowledged something.
  public var name: String
  /// The language of messages.
  public var language: MessageLanguage
  /// The way that leads there.
  public var channel: Channel

  /// Makes a recipient, by default called by the id.
  public init(
    id: String, name: String? = nil, language: MessageLanguage, channel: Channel
  ) {
    self.id = id
    self.name = name ?? id
    self.language = language
    self.channel = channel
  }

  /// Where mail is sent; nil where the recipient gets none.
  public var mail: MailAddress? {
    if case .mail(let address) = channel { address } else { nil }
  }
  /// The service that is asked; nil where there is none.
  public var webhook: Webhook? {
    if case .webhook(let webhook) = channel { webhook } else { nil }
  }
  /// What is commanded; nil where there is nothing.
  public var announcement: Announcement? {
    if case .announcement(let announcement) = channel { announcement } else { nil }
  }
}

/// A service of the web that passes messages on. Its address may be all that keeps others from writing there, so its
/// description does not tell it.
public struct Webhook: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  /// The form in which a message is handed over.
  public enum Template: String, Sendable, CaseIterable {
    /// A push message of the LINE Messaging API.
    case line
    /// A Slack incoming webhook.
    case slack
    /// An Adaptive Card to a workflow of Microsoft Teams.
    case teams
    /// A message to a topic of ntfy.
    case ntfy
    /// Our own payload, signed as Standard Webhooks has it.
    case json
  }

  /// Where requests go: `https`, or `http` on this machine.
  public var url: String
  /// The form.
  public var template: Template
  /// The authorities to trust; nil: the system's.
  public var authorityFile: String?
  /// A file (mode 0600) with the service's token, or with what payloads are signed with; nil for none.
  public var secretFile: String?
  /// The user, group or room at LINE, or the topic at ntfy; nil elsewhere.
  public var target: String?

  /// Makes a webhook.
  public init(
    url: String, template: Template, authorityFile: String? = nil, secretFile: String? = nil,
    target: String? = nil
  ) {
    self.url = url
    self.template = template
    self.authorityFile = authorityFile
    self.secretFile = secretFile
    self.target = target
  }

  /// Not the address.
  public var description: String { "a webhook" }
  /// Shows nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// What speaks aloud, such as a horn's controller or the gateway of a town's loudspeakers.
public struct Announcement: Hashable, Sendable {
  /// The id of the broker that it listens at.
  public var broker: String
  /// The topic that it listens to.
  public var topic: String
  /// How long after its cause a command may begin to be carried out.
  public var validity: TimeSpan

  /// Makes one.
  public init(broker: String, topic: String, validity: TimeSpan) {
    self.broker = broker
    self.topic = topic
    self.validity = validity
  }
}
