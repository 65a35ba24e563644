internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import GatewayRuntime
internal import LinuxHost
internal import SiteConfiguration

/// `nomori run`: the gateway itself.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the gateway of a site until it is told to stop.")

  @Argument(help: "The site file.")
  var site: String

  @Option(help: "The language of messages.")
  var language = Language.preferred

  @Flag(help: "Show the live view on this terminal.")
  var view = false

  mutating func run() throws {
    spareMemory()
    let stopped = try WakeSignal()
    try onInterrupt { _ in stopped.raise() }
    let loaded = try loadSite(site, language: language)
    let language = language
    let isQuiet = view
    let gateway = try reporting {
      try Gateway(site: loaded, clock: HostClock(), keepsTraces: view) { _, message in
        if !isQuiet { say(String(decoding: message.message.payload, as: UTF8.self)) }
      }
    }
    complain(
      language.pick(
        "nomori \(nomoriVersion): \(gateway.site.id) runs, session \(gateway.session)",
        "nomori \(nomoriVersion): \(gateway.site.id) を開始しました（セッション \(gateway.session)）"))
    let report = answering(gateway, site: loaded)
    let screen = view ? LiveScreen(gateway: gateway, language: language) : nil
    var problems = ProblemLog(language: language)
    repeat {
      if let screen { screen.draw(gateway.status) } else { problems.report(gateway.problems) }
    } while !stopped.wait(timeout: .seconds(1))
    screen?.close()
    report?.stop()
    let last = gateway.stop()
    complain(Summary(status: last, language: language).text)
  }

  /// Lets `nomori doctor --live` ask; a gateway that cannot be asked runs all the same.
  private func answering(_ gateway: Gateway, site: Site) -> StatusThread? {
    do throws(HostError) {
      return try StatusThread(of: gateway, site: site)
    } catch {
      complain(
        language.pick(
          "nomori doctor --live cannot ask this gateway: \(error)",
          "nomori doctor --live では確認できません: \(error)"))
      return nil
    }
  }
}
