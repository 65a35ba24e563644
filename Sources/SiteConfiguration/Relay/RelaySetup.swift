public import Alerting
public import Delivery

/// A relay's file, checked: where it listens, who is told of what, and how.
public struct RelaySetup: Sendable {
  /// The brokers that the boxes publish to.
  public var brokers: [DestinationPlan]
  /// Where mail is handed over.
  public var mail: MailServer
  /// Who is told of what.
  public var plan: AlertingPlan
  /// The file that keeps what was heard and told.
  public var store: String
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
