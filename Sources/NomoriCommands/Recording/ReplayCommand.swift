internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import FieldSimulation
internal import GatewayRuntime
internal import Recording
internal import SiteConfiguration
internal import Tables

/// `nomori replay`: recorded inputs through the core again.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Run a recording, or a table of values, through the rules again.",
    discussion: """
      The events are printed as JSON lines, exactly as the gateway published them. With --verify \
      they are compared with the recorded ones instead; a difference ends with exit code 65.
      """)

  @Argument(help: "The recording's parts, in order.")
  var recordings: [String] = []

  @Flag(help: "Compare with the recorded events instead of printing.")
  var verify = false

  @Flag(help: "Print what was sent and heard on the buses instead: registers, and frames as bytes.")
  var wire = false

  @Option(help: "Decide by this site's rules instead of the recorded ones.")
  var rules: String?

  @OptionGroup(title: "Tables")
  var series: SeriesOptions

  @Option(help: "The language of messages.")
  var language = Language.preferred

  func validate() throws {
    guard recordings.isEmpty != (series.series == nil) else {
      throw ValidationError("give either a recording or --series FILE with --rules SITE")
    }
    guard series.series == nil || rules != nil else {
      throw ValidationError("--series needs --rules SITE: the site whose rules decide")
    }
    guard !(verify && (rules != nil || series.series != nil)) else {
      throw ValidationError("--verify compares with the recorded events; leave --rules out")
    }
    guard !(wire && (verify || rules != nil || series.series != nil)) else {
      throw ValidationError("--wire prints what was recorded, and nothing is decided")
    }
  }

  mutating func run() throws {
    let site = try rules.map { try loadSite($0, language: language) }
    if wire {
      try printWire()
    } else if let path = series.series, let site {
      try replayTable(path, site: site)
    } else {
      try replayRecording(otherSite: site)
    }
  }

  private func replayRecording(otherSite: Site?) throws {
    let (replay, result) = try reporting {
      let replay = try Replay(paths: recordings, otherSite: otherSite)
      return (replay, try replay.run())
    }
    for damage in result.damages { complain(damage) }
    guard verify else {
      printEvents(result.events, site: replay.site, session: replay.session)
      return
    }
    let digest = String(result.digest, radix: 16)
    guard let index = result.firstDifference else {
      say(
        language.pick(
          "identical: \(result.events.count) events from \(result.inputCount) inputs, "
            + "digest \(digest)",
          "一致: 入力 \(result.inputCount) 件からイベント \(result.events.count) 件、"
            + "ダイジェスト \(digest)"))
      return
    }
    complain(
      language.pick(
        "different from event \(index + 1) on: \(result.recordedEventCount) recorded, "
          + "\(result.events.count) decided now",
        "イベント \(index + 1) から相違: 記録 \(result.recordedEventCount) 件、"
          + "再判定 \(result.events.count) 件"))
    throw ExitCode.dataError
  }

  /// One JSON object a line.
  private func printWire() throws {
    let damages = try reporting {
      try Replay(paths: recordings).readWire { say(WireLine.text($0)) }
    }
    for damage in damages { complain(damage) }
  }

  private func replayTable(_ path: String, site: Site) throws {
    let index = try series.pointIndex(in: site)
    let events = try reporting {
      let table = try series.read(path, site: site, point: index, interpolation: .step)
      return try TableReplay(site: site, point: PointIndex(rawValue: UInt16(index)))
        .events(of: table)
    }
    printEvents(events, site: site, session: SessionIdentity(epoch: "", number: 0))
  }

  private func printEvents(_ events: [DecidedEvent], site: Site, session: SessionIdentity) {
    let source = FactSource(site: site.description, session: session, boot: "")
    for event in events { say(source.fact(event).line(site: site.description)) }
  }
}
