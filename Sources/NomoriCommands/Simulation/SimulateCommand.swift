internal import ArgumentParser
internal import DetectionCore
internal import FieldSimulation
internal import LinuxHost
internal import Polling
internal import SimulatedSite
internal import SiteConfiguration

/// `nomori simulate`: a site's buses and devices without hardware, for whoever reads them.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulate all buses and devices of a site, for a gateway or any other reader.",
    discussion: """
      Serial lines become pseudo terminals on which each byte takes its time; Modbus TCP servers \
      listen on the loopback. Without --ports they stand where the site file says, so that \
      `nomori run SITE` finds them there.

      While it runs, lines on standard input change what points show:
        river.level = 2.3
        river.level = 2 + wave(0.5, 10 min) + noise(0.01)
        river.level = ---
      Dashes take the value away. A line of only a point's id goes back to what it showed at first.
      """)

  @Argument(help: "The site file, or an example: estuary, pond, river, road, wildlife.")
  var site: String

  @Option(help: "A folder for the serial ports, each under the id of its bus.")
  var ports: String?

  @Option(help: "What a point shows: POINT=FORMULA, such as river.level=2.3. Can be repeated.")
  var set: [String] = []

  @Flag(help: "Play the site's scenario or the built-in flood, as nomori demo does.")
  var play = false

  @OptionGroup(title: "A recorded series")
  var series: SeriesOptions

  @Option(help: "What goes wrong on the buses, and when: a table from,until,target,fault,share.")
  var faults: String?

  @Option(help: "Seed of everything accidental.")
  var seed: UInt64 = 1

  @Option(help: "Field seconds per second.")
  var speed = 1.0

  @Option(help: "Write each request and its answer, with their times, to this new file (CSV).")
  var trace: String?

  @Option(help: "Stop after this many seconds.")
  var duration: Double?

  @Option(help: "The language of messages.")
  var language = Language.preferred

  func validate() throws {
    guard DemoPlay.speeds.contains(speed) else {
      throw ValidationError("--speed: expected a number from 0.001 to 1000000")
    }
    guard duration.map({ $0 > 0 && $0 <= 31_536_000 }) ?? true else {
      throw ValidationError("--duration: expected seconds above 0, at most a year")
    }
  }

  mutating func run() throws {
    let stopped = try WakeSignal()
    try onInterrupt { _ in stopped.raise() }
    let loaded = try loadSite(site, language: language)
    let isPlaying = play || !series.series.isEmpty
    let play =
      isPlaying ? try DemoPlay(of: loaded, named: site, series: series, seed: seed) : nil
    try reporting {
      let sources = try sources(besides: play?.sources ?? [])
      let file = try trace.map { try ExchangeFile($0) }
      let field = try makeField(
        of: loaded, sources: sources, clock: HostClock(speed: speed, wallStart: play?.start),
        observer: file?.note)
      for bus in field.site.buses { say("\(bus.id) \(bus.link.name)") }
      try listen(field, sources)
      _ = stopped.wait(timeout: duration.map { .milliseconds(Int64($0 * 1000)) })
      field.end()
      try file?.close()
    }
  }

  private func makeField(
    of site: Site, sources: [(point: String, source: ValueSource)], clock: HostClock,
    observer: (@Sendable (SimulatedExchange) -> Void)?
  ) throws -> SimulatedField {
    do {
      return try SimulatedField(
        site: site, sources: sources, faults: try faultScript(faults, of: site, seed: seed),
        ports: ports.map { .folder($0) } ?? .asInSite, clock: clock, observer: observer)
    } catch let error as HostError where ports == nil {
      complain(
        "nomori: \(error)\n"
          + language.pick(
            "--ports FOLDER puts serial ports into a folder and servers on free ports",
            "--ports フォルダ でシリアルポートの置き場所を選べます(TCP は空きポート)"))
      throw ExitCode.unavailable
    }
  }

  /// What points show at first: what `--set` says, and `courses` for all others.
  private func sources(
    besides courses: [(point: String, source: ValueSource)]
  ) throws -> [(point: String, source: ValueSource)] {
    let given = try set.map { text in
      guard let assignment = Assignment(text), let source = assignment.source else {
        throw ValidationError("--set \(text): expected POINT=FORMULA, of " + Formula.expectation)
      }
      return (point: assignment.point, source: source)
    }
    return courses.filter { course in !given.contains { $0.point == course.point } } + given
  }

  /// Follows what is typed, on a thread that ends with the program.
  private func listen(
    _ field: SimulatedField, _ sources: [(point: String, source: ValueSource)]
  ) throws {
    let language = language
    _ = try HostThread(name: "keyboard") { _ in
      while let line = readLine() {
        guard !line.allSatisfy({ $0 == " " }) else { continue }
        guard let assignment = Assignment(line, at: field.time) else {
          complain(
            language.pick(
              "expected POINT = \(Formula.expectation)", "POINT = 式 の形で入力してください"))
          continue
        }
        let first = sources.last { $0.point == assignment.point }?.source
        do {
          try field.drive(assignment.point, with: assignment.source ?? first)
        } catch {
          complain("\(error)")
        }
      }
    }
  }
}

/// `POINT = FORMULA`, `POINT = ---`, or a point's id alone.
private struct Assignment {
  var point: String
  /// What the point is to show; nil where nothing is said of it.
  var source: ValueSource?

  /// Reads one; a formula counts its time from `start` of the simulation.
  init?(_ text: String, at start: TimeSpan = .zero) {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    point = sides[0].split(separator: " ").joined(separator: " ")
    guard !point.isEmpty, !point.contains(" ") else { return nil }
    guard sides.count == 2 else { return }
    if sides[1].split(separator: " ") == ["---"] {
      source = .missing
    } else if let formula = Formula(String(sides[1])) {
      source = .formula(formula, since: start)
    } else {
      return nil
    }
  }
}

/// Reads the script that `--faults` names; without one, nothing goes wrong.
func faultScript(_ path: String?, of site: Site, seed: UInt64) throws -> FaultScript {
  guard let path else { return FaultScript() }
  return try site.faultScript(readFile(path), file: path, seed: seed)
}
