/// One mail as it is handed to the mail server; the same notification makes the same mail.
public struct OutgoingMail: Hashable, Sendable {
  /// Who sends it, in words.
  public var senderName: String
  /// The address that it comes from.
  public var sender: MailAddress
  /// The address that it goes to.
  public var recipient: MailAddress
  /// The message's id, without angle brackets.
  public var id: String
  /// The id of the message that its thread begins with; nil where it begins one or belongs to none.
  public var thread: String?
  /// When it was decided, in nanoseconds since 1970.
  public var made: Int64
  /// The subject.
  public var subject: String
  /// The text for programs that show no HTML.
  public var plain: String
  /// The text.
  public var html: String

  /// Makes a mail.
  public init(
    senderName: String, sender: MailAddress, recipient: MailAddress, id: String, thread: String?,
    made: Int64, subject: String, plain: String, html: String
  ) {
    self.senderName = senderName
    self.sender = sender
    self.recipient = recipient
    self.id = id
    self.thread = thread
    self.made = made
    self.subject = subject
    self.plain = plain
    self.html = html
  }
}

/// Where mail is handed over, and as whom.
public struct MailServer: Sendable {
  /// How the connection is secured; the server's name and certificate are always verified.
  public enum Security: String, Sendable, CaseIterable {
    /// It begins in plain text, and nothing is said before TLS is agreed on.
    case startTLS
    /// TLS from the first byte.
    case tls
    /// Plain text; for a server on this machine only.
    case none
  }

  /// Host name or address.
  public var host: String
  /// TCP port.
  public var port: UInt16
  /// How the connection is secured.
  public var security: Security
  /// The authorities to trust; nil: the system's.
  public var authorityFile: String?
  /// User name; nil: none is given.
  public var username: String?
  /// A file (mode 0600) with the password.
  public var passwordFile: String?
  /// The address that mails come from.
  public var sender: MailAddress

  /// Makes a server.
  public init(
    host: String, port: UInt16, security: Security, authorityFile: String? = nil,
    username: String? = nil, passwordFile: String? = nil, sender: MailAddress
  ) {
    self.host = host
    self.port = port
    self.security = security
    self.authorityFile = authorityFile
    self.username = username
    self.passwordFile = passwordFile
    self.sender = sender
  }
}
