internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import Glibc
internal import GatewayRuntime
internal import LinuxHost
internal import Logging
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

  @Flag(help: "Print each event as it is published, one JSON object a line.")
  var events = false

  mutating func run() throws {
    restrictNewFiles()
    spareMemory()
    let stopped = try WakeSignal()
    try onInterrupt { _ in stopped.raise() }
    let loaded = try loadSite(site, language: language)
    let language = language
    // Whoever reads them, or has stopped reading, holds up no event.
    let (output, errors) = (try LineOutput(STDOUT_FILENO), try LineOutput(STDERR_FILENO))
    let (log, eventLog) = (Logger(to: errors), Logger(to: output))
    let (isQuiet, printsJSON) = (view, events)
    let gateway = try reporting {
      try Gateway(site: loaded, clock: HostClock(), keepsTraces: view) { _, fact in
        guard !isQuiet else { return }
        if printsJSON {
          output.say(fact.line(site: loaded.description))
        } else {
          eventLog.say(fact.level, fact.sentence(in: language))
        }
      }
    }
    announce(gateway, log)
    let report = answering(gateway, site: loaded, log)
    let screen = view ? LiveScreen(gateway: gateway, language: language, output: output) : nil
    var problems = ProblemLog(language: language, log: log)
    let machineClock = HostClock()
    var service = NotifySocket().map {
      ServiceReport(to: $0, language: language, log: log, at: machineClock.now)
    }
    repeat {
      service?.tell(of: gateway, at: machineClock.now)
      if let screen { screen.draw(gateway.status) } else { problems.report(gateway.problems) }
    } while !stopped.wait(timeout: .seconds(1))
    service?.tellStopping()
    screen?.close()
    report?.stop()
    let last = gateway.stop()
    log.say(.notice, Summary(status: last, language: language).text)
    output.close()
    errors.close()
  }

  /// Says that the gateway runs, and what it does not know.
  private func announce(_ gateway: Gateway, _ log: Logger) {
    log.say(
      .notice,
      language.pick(
        "nomori \(nomoriVersion): \(gateway.site.id) runs, session \(gateway.session)",
        "nomori \(nomoriVersion): \(gateway.site.id) を開始しました（セッション \(gateway.session)）"))
    if !gateway.isOutageKnown {
      log.say(
        .warning,
        language.pick(
          "how long the box was off is not known: windows and delays go on as if it had not been, outputs that were on go off",
          "停止していた時間が分かりません。集計や遅延は停止がなかったものとして続け、入っていた出力は切ります"))
    }
    if !HostClock.canTellSynchronization {
      log.say(
        .warning,
        language.pick(
          "whether the clock is synchronised cannot be seen here, so commands are refused; /usr/share/doc/nomori/install.md says what to do",
          "時計が同期しているか確認できないため、指令を受け付けません。対処は /usr/share/doc/nomori/install.md にあります"))
    }
  }

  /// Lets `nomori doctor --live` ask; a gateway that cannot be asked runs all the same.
  private func answering(
    _ gateway: Gateway, site: Site, _ log: Logger
  ) -> StatusThread? {
    do throws(HostError) {
      return try StatusThread(of: gateway, site: site)
    } catch {
      log.say(
        .warning,
        language.pick(
          "nomori doctor --live cannot ask this gateway: \(error)",
          "nomori doctor --live では確認できません: \(error)"))
      return nil
    }
  }
}
