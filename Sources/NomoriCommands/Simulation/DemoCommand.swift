internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import FieldSimulation
internal import Foundation
internal import GatewayRuntime
internal import GatewayStatus
internal import Glibc
internal import LinuxHost
internal import Logging
internal import SimulatedSite
internal import SiteConfiguration

/// `nomori demo`: a simulated site, a private broker and the gateway, all in one terminal.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Show it all running: a simulated site, a private broker, the gateway.",
    discussion: """
      Without options a flood of three days passes by in about two minutes. A site that has a \
      scenario beside it, road.csv beside road.yaml, plays that instead. Nothing but the loopback \
      and a temporary folder is touched.
      """)

  @Option(help: "The site file to simulate, or an example: estuary, pond, river, road, wildlife.")
  var site = "river"

  @OptionGroup(title: "Recorded series instead of the flood or scenario")
  var series: SeriesOptions

  @Flag(help: "Print events as JSON lines instead of the live view.")
  var headless = false

  @Option(help: "Stop after this many seconds.")
  var duration: Double?

  @Option(help: "Field seconds per second; by default such that all passes by in two minutes.")
  var speed: Double?

  @Option(help: "Seed of the built-in flood's noise and of faults.")
  var seed: UInt64 = 1

  @Option(help: "What goes wrong on the buses, and when: a table as for nomori simulate.")
  var faults: String?

  @Option(help: "Port of the private broker on 127.0.0.1; by default any free one.")
  var port: UInt16?

  @Option(help: "Kill the broker AT seconds after the start for FOR seconds: AT:FOR.")
  var outage: String?

  @Option(help: "Folder for the recording and the outbox; by default a new temporary one.")
  var folder: String?

  @Option(help: "The language of messages.")
  var language = Language.preferred

  func validate() throws {
    guard speed.map(DemoPlay.speeds.contains) ?? true else {
      throw ValidationError("--speed: expected a number from 0.001 to 1000000")
    }
    guard duration.map({ $0 > 0 && $0 <= 31_536_000 }) ?? true else {
      throw ValidationError("--duration: expected seconds above 0, at most a year")
    }
    if outage != nil, outagePlan == nil {
      throw ValidationError("--outage: expected AT:FOR in seconds, such as 30:20")
    }
  }

  mutating func run() throws {
    let stopped = try WakeSignal()
    try onInterrupt { _ in stopped.raise() }
    let loaded = try loadSite(site, language: language)
    let play = try DemoPlay(of: loaded, named: site, series: series, seed: seed)
    let speed = speed ?? play.speed
    complain(play.announcement(speed: speed, language: language))
    try reporting {
      let folder = try folder ?? makeTemporaryFolder(prefix: "nomori-demo")
      try makeFolder("\(folder)/broker")
      let clock = HostClock(speed: speed, wallStart: play.start)
      let field = try SimulatedField(
        site: loaded, sources: play.sources,
        faults: try faultScript(faults, of: loaded, seed: seed),
        clock: clock)
      let broker = try DemoBroker(folder: "\(folder)/broker", port: port, outage: outagePlan)
      var site = field.site
      site.recording.folder = "\(folder)/recordings"
      site.outbox.path = "\(folder)/outbox.sqlite"
      site.destinations = broker.destinations(insteadOf: loaded.destinations)
      let (isHeadless, description) = (headless, site.description)
      let (output, errors) = (try LineOutput(STDOUT_FILENO), try LineOutput(STDERR_FILENO))
      let gateway = try Gateway(site: site, clock: clock, keepsTraces: !headless) { _, fact in
        if isHeadless { output.say(fact.line(site: description)) }
      }
      complain(
        language.pick(
          "broker 127.0.0.1:\(broker.port) — in another terminal: nomori watch --operator demo --port \(broker.port)",
          "ブローカー 127.0.0.1:\(broker.port) — 別の端末で: nomori watch --operator demo --port \(broker.port)"
        ))
      complain(
        language.pick("or give a command: ", "指令の例: ")
          + "nomori order acknowledge --site \(site.description.id) --operator demo"
          + " --port \(broker.port)")
      show(gateway, broker: broker, until: stopped, output, errors)
      // The last events are to reach the broker, so it must be there.
      broker.ensureRunning()
      let last = gateway.stop()
      output.close()
      errors.close()
      field.end()
      broker.stop()
      complain(Summary(status: last, language: language).text)
      if let path = last.recording.path {
        complain(
          language.pick("replay it: ", "再生: ") + "nomori replay --verify "
            + parts(upTo: path, in: site.recording.folder).joined(separator: " "))
      }
    }
  }

  private func show(
    _ gateway: Gateway, broker: DemoBroker, until stopped: WakeSignal, _ output: LineOutput,
    _ errors: LineOutput
  ) {
    let screen =
      headless || terminalSize() == nil
      ? nil : LiveScreen(gateway: gateway, language: language, output: output)
    let clock = HostClock()
    let start = clock.now
    var problems = ProblemLog(language: language, log: Logger(to: errors))
    var isOver = false
    while !isOver {
      let elapsed = (clock.now - start).seconds
      broker.step(at: elapsed)
      if let screen { screen.draw(gateway.status) } else { problems.report(gateway.problems) }
      let rest = duration.map { $0 - elapsed } ?? .infinity
      isOver = rest <= 0 || stopped.wait(timeout: .milliseconds(Int64(min(rest, 0.25) * 1000) + 1))
    }
    screen?.close()
  }

  /// All parts of the session whose last part is `path`: a replay needs them from the first on.
  private func parts(upTo path: String, in folder: String) -> [String] {
    guard let end = path.lastIndex(of: "-") else { return [path] }
    return folderNames(folder).map { "\(folder)/\($0)" }.filter { $0.hasPrefix(path[...end]) }
  }

  private var outagePlan: DemoBroker.Outage? {
    let parts = (outage ?? "").split(separator: ":").map { Double($0) }
    guard parts.count == 2, let at = parts[0], let length = parts[1], at >= 0, length >= 0 else {
      return nil
    }
    return DemoBroker.Outage(at: at, length: length)
  }
}
