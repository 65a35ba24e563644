internal import ArgumentParser
internal import Delivery
internal import GatewayStatus

/// How the broker is reached, as options.
struct BrokerOptions: ParsableArguments {
  @Option(help: "Host of the broker.")
  var host = "127.0.0.1"

  @Option(help: "Port of the broker.")
  var port: UInt16 = 1883

  @Option(help: "The first levels of the topics.")
  var root = "nomori/v1"

  @Option(
    help: ArgumentHelp(
      "How the destination writes ids in topics: dot, slash or dash.", valueName: "separator"),
    transform: { word in
      guard let separator = IDSeparator(rawValue: word) else {
        throw ValidationError("expected dot, slash or dash")
      }
      return separator
    })
  var idSeparator = IDSeparator.dot

  @Flag(help: "Connect with TLS, verifying the broker's name.")
  var tls = false

  @Option(help: "File with the authorities to trust; by default the system's.")
  var caFile: String?

  @Option(help: "User name at the broker.")
  var username: String?

  @Option(help: "File (mode 0600) with the password.")
  var passwordFile: String?

  /// The broker as a destination called `id`.
  func plan(id: String) -> DestinationPlan {
    DestinationPlan(
      id: id, host: host, port: port,
      security: tls
        ? .tls(authorityFile: caFile, certificateFile: nil, keyFile: nil)
        : DestinationPlan.Security.none,
      username: username, passwordFile: passwordFile, topicRoot: root,
      idSeparator: idSeparator)
  }

  /// Where the broker is, for people.
  var address: String {
    TerminalText.harmless(host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
  }

  /// Says why the broker cannot be used; gives the exit code for that.
  func failure(_ error: BrokerError, _ language: Language) -> ExitCode {
    complain("\(address): " + error.text(in: language))
    return ExitCode(for: error)
  }
}

extension BrokerError {
  /// A sentence about it; reasons stay as the system or the broker gave them.
  func text(in language: Language) -> String {
    TerminalText.harmless(GatewayProblem(self).text(in: language))
  }
}
