public import Alerting
public import Delivery

/// A relay's file, checked: where it listens, who is told of what, and how.
public struct RelaySetup: Sendable {
  /// The brokers that the boxes publish to.
  public var brokers: [DestinationPlan]
  /// Where mail is handed over; nil where nobody gets mail.
  public var mail: MailServer?
  /// Where people acknowledge; nil where the relay serves no page.
  public var acknowledgement: AcknowledgementSettings?
  /// Who is told of what.
  public var plan: AlertingPlan
  /// The file that keeps what was heard and told.
  public var store: String
  /// Where the CAP alerts that boxes publish are put; nil for nowhere.
  public var capFolder: String?
}

/// Where people acknowledge by the link of a mail.
public struct AcknowledgementSettings: Hashable, Sendable {
  /// What links begin with: where the office's web server passes requests on to the relay; without a last slash.
  public var url: String
  /// The port of the loopback that the relay listens at.
  public var port: UInt16
  /// A file (mode 0600) of at least 32 random bytes.
  public var keyFile: String
}

extension SiteConfiguration {
  /// Reads and checks a relay's file.
  ///
  /// - Returns: the relay, and what somebody should look at although the file can be used.
  /// - Throws: everything that is wrong, at once.
  public static func load(
    relay: SourceText
  ) throws(ConfigurationError) -> (relay: RelaySetup, warnings: [Diagnostic]) {
    let log = DiagnosticLog()
    guard let root = YAMLDocument.read(relay, into: log) else { throw log.error }
    var reader = RelayReader(log: log)
    guard let setup = reader.read(Section(root)), !log.hasErrors else { throw log.error }
    return (setup, log.error.diagnostics)
  }
}
