internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import Recording
internal import SiteConfiguration

/// `nomori replay`: recorded inputs through the core again.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Run a recording, or a table of values, through the rules again.",
    discussion: """
      The events are printed as JSON lines, exactly as the gateway published them. With --verify \
      they are compared with the recorded ones instead; a difference ends with exit code 65. \
      How a table was understood stands on standard error before its events; one that can be read in \
      more than one way, or is damaged, ends with exit code 65.
      """)

  @Argument(help: "Parts of recordings, of one session or several.")
  var recordings: [String] = []

  @Flag(help: "Compare with the recorded events instead of printing.")
  var verify = false

  @Flag(help: "Print what was sent and heard on the buses instead: registers, and frames as bytes.")
  var wire = false

  @Option(help: "Decide by this site's rules instead of the recorded ones.")
  var rules: String?

  @OptionGroup(title: "Tables")
  var series: SeriesOptions

  @Option(help: "How recurring tables are read, from a file (YAML) in place of options.")
  var map: String?

  @Flag(help: "Print the episodes of each rule as a table (CSV) instead of events.")
  var episodes = false

  @Option(help: "Write the flags of every value, test by test, to this new file (CSV).")
  var flags: String?

  @Option(help: "The language of messages.")
  var language = Language.preferred

  func validate() throws {
    guard recordings.isEmpty != series.series.isEmpty else {
      throw ValidationError("give either a recording or --series FILE with --rules SITE")
    }
    guard series.series.isEmpty || rules != nil else {
      throw ValidationError("--series needs --rules SITE: the site whose rules decide")
    }
    guard !(verify && (rules != nil || !series.series.isEmpty)) else {
      throw ValidationError("--verify compares with the recorded events; leave --rules out")
    }
    let tableOptions = [("--map", map != nil), ("--episodes", episodes), ("--flags", flags != nil)]
    if series.series.isEmpty, let stray = tableOptions.first(where: \.1)?.0 {
      throw ValidationError("\(stray) is for tables; name one with --series FILE")
    }
    let others =
      (series.point.isEmpty ? [] : ["--point"]) + (series.column == nil ? [] : ["--column"])
      + (series.unit == nil ? [] : ["--unit"]) + series.form.given
    if map != nil, let other = others.first {
      throw ValidationError("\(other): the file of --map says this")
    }
    guard !(wire && (verify || rules != nil || !series.series.isEmpty)) else {
      throw ValidationError("--wire prints what was recorded, and nothing is decided")
    }
  }

  mutating func run() throws {
    let site = try rules.map { try loadSite($0, language: language) }
    if wire {
      try printWire()
    } else if !series.series.isEmpty, let site {
      try TableRun(
        site: site, series: series, map: map, printsEpisodes: episodes, flags: flags,
        language: language
      ).run()
    } else {
      try replayRecording(otherSite: site)
    }
  }

  private func replayRecording(otherSite: Site?) throws {
    var isDifferent = false
    for replay in try reporting({ try Replay.sessions(recordings, otherSite: otherSite) }) {
      let result = try reporting { try replay.run() }
      for damage in result.damages { complain(language.pick(damage)) }
      if verify {
        if !tellWhether(result) { isDifferent = true }
      } else {
        for gap in result.gaps { complain(text(of: gap)) }
        var lines = EventLines(of: replay.site, session: replay.session)
        for event in result.events { say(lines.line(of: event)) }
      }
    }
    if isDifferent { throw ExitCode.dataError }
  }

  /// Says whether the events of a session are the recorded ones; false when they are not.
  private func tellWhether(_ result: Replay.Result) -> Bool {
    if let index = result.firstDifference {
      complain(
        language.pick(
          "different from event \(index + 1) on: \(result.recordedEventCount) recorded, "
            + "\(result.events.count) decided now",
          "イベント \(index + 1) から相違: 記録 \(result.recordedEventCount) 件、"
            + "再判定 \(result.events.count) 件"))
      return false
    }
    let digest = String(result.digest, radix: 16)
    let count = result.recordedEventCount
    for gap in result.gaps { say(text(of: gap)) }
    say(
      result.gaps.isEmpty
        ? language.pick(
          "identical: \(count) events from \(result.inputCount) inputs, digest \(digest)",
          "一致: 入力 \(result.inputCount) 件からイベント \(count) 件、ダイジェスト \(digest)")
        : language.pick(
          "identical outside: \(count) events from \(result.inputCount) inputs, digest \(digest)",
          "欠落の外では一致: 入力 \(result.inputCount) 件からイベント \(count) 件、"
            + "ダイジェスト \(digest)"))
    return true
  }

  private func text(of gap: Replay.Gap) -> String {
    let start = gap.start.map { CivilTime($0).timestamp }
    let end = gap.end.map { CivilTime($0).timestamp }
    let undecided =
      gap.undecidedCount == 0
      ? ("", "")
      : (
        ", and \(gap.undecidedCount) after them not decided",
        "、その後の \(gap.undecidedCount) 件は判定できません"
      )
    return language.pick(
      "\(gap.missingCount) inputs missing between \(start ?? "the beginning") and "
        + "\(end ?? "the end")" + undecided.0,
      "\(start ?? "記録の始め") から \(end ?? "記録の終わり") までの入力 \(gap.missingCount) 件が欠落"
        + undecided.1)
  }

  /// One JSON object a line.
  private func printWire() throws {
    let damages = try reporting {
      try Replay.sessions(recordings).flatMap { try $0.readWire { say(WireLine.text($0)) } }
    }
    for damage in damages { complain(language.pick(damage)) }
  }
}
