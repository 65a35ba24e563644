internal import Alerting
internal import ArgumentParser
internal import Delivery
internal import Foundation
internal import Glibc
internal import LinuxHost
internal import RelayRuntime
internal import SiteConfiguration

/// `nomori relay`: tells people what boxes say.
struct RelayCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay",
    abstract: "Tell people what the boxes of a town say: by mail, chat, siren and CAP.")

  @Option(help: ArgumentHelp("The relay's file (mode 0600).", valueName: "file"))
  var config: String

  @Option(
    help: ArgumentHelp(
      "Also hand all incidents over to a Prometheus Alertmanager.", valueName: "url"))
  var toAlertmanager: String?

  @Flag(help: "Say what is wrong in the file, and start nothing.")
  var check = false

  @Flag(help: "Show the last incidents: who was told, who has acknowledged, who has not.")
  var list = false

  @OptionGroup var output: OutputOptions

  mutating func run() throws {
    restrictNewFiles()
    let setup = try load()
    if check { return say(summary(of: setup)) }
    if list {
      return try reporting {
        try IncidentList(store: setup.store, format: format, language: language).show()
      }
    }
    spareMemory()
    let stopped = try WakeSignal()
    try onInterrupt { _ in stopped.raise() }
    let errors = try LineOutput(STDERR_FILENO)
    let chosen = language
    let relay = try reporting {
      try Relay(setup, alertmanager: toAlertmanager) { text in errors.say(chosen.pick(text)) }
    }
    errors.say(language.pick("relay \(setup.plan.id) runs", "中継 \(setup.plan.id) を開始しました"))
    while !stopped.wait(timeout: nil) {}
    relay.stop()
    errors.close()
  }

  /// Reads the file, saying all that is wrong with it.
  private func load() throws -> RelaySetup {
    do {
      let bytes = try readPrivateFile(config)
      let text = SourceText(name: config, text: String(decoding: bytes, as: UTF8.self))
      let (setup, warnings) = try SiteConfiguration.load(relay: text)
      for warning in warnings { complain(warning.rendered(in: language.ofMessages)) }
      return setup
    } catch let error as ConfigurationError {
      for diagnostic in error.diagnostics {
        complain(diagnostic.rendered(in: language.ofMessages))
      }
      throw ExitCode.configuration
    } catch let error as PrivateFileError {
      complain("nomori: " + error.text(in: language))
      if case .readableByOthers = error { throw ExitCode.configuration }
      throw ExitCode.noInput
    }
  }

  private func summary(of setup: RelaySetup) -> String {
    let (brokers, recipients, routes) = (
      setup.brokers.count, setup.plan.recipients.count, setup.plan.routes.count
    )
    return language.pick(
      "\(config): good — \(setup.plan.id), brokers \(brokers), recipients \(recipients), routes \(routes)",
      "\(config): 問題なし — \(setup.plan.id)、ブローカー \(brokers)、宛先 \(recipients)、経路 \(routes)")
  }
}

extension PrivateFileError {
  /// It in one of the languages.
  func text(in language: Language) -> String {
    switch self {
    case .readableByOthers(let path):
      language.pick(
        description, "\(path)：所有者以外が読めます。chmod 600 で制限してください")
    case .refused(let error): "\(error)"
    }
  }
}
