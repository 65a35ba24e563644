internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import MosquittoClient

/// `nomori watch`: shows the alerts of running sites.
struct WatchCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Show the alerts of running sites as they are published.",
    discussion: """
      nomori watch --host broker --tls --bell
      nomori watch --site river-nagi --at-least 2 --operator sato
      nomori watch --since 2h --format json

      On a terminal it shows the alarms that stand, worst first, and the events below; with \
      --operator its keys acknowledge and shelve. Elsewhere, and with --lines, it writes a line an \
      event. A broker keeps only where each alarm stands, so that earlier events come from the box's \
      recording: nomori replay.
      """)

  @OptionGroup var broker: BrokerOptions

  @Option(help: "Only this site; by default all.")
  var site = "+"

  @Option(help: "Only this alarm.")
  var alarm: String?

  @Option(help: "Only events of this point, and alarms that one of them has named.")
  var point: String?

  @Option(help: "Only events of this kind, such as raised; may be given several times.")
  var kind: [String] = []

  @Option(help: ArgumentHelp("Only this stage and above: 1 is the first.", valueName: "stage"))
  var atLeast = 0

  @Option(help: "Only this incident: its id, or the end of it that lines show behind #.")
  var incident: String?

  @Option(
    help: ArgumentHelp(
      "Begin with each alarm that has turned since then (30min, 2h, 1d, or a time in UTC); in lines.",
      valueName: "time"),
    transform: { text in
      guard let moment = WatchedMoment(text) else {
        throw ValidationError("expected 30min, 2h, 1d, or a time such as 2026-11-30T08:00:00Z")
      }
      return moment
    })
  var since: WatchedMoment?

  @Flag(help: "Sound the terminal's bell: once for a new alarm, twice for one that becomes worse.")
  var bell = false

  @Option(
    name: .customLong("operator"),
    help: "Who acknowledges and shelves with the keys; the site file lists who may.")
  var operatorName: String?

  @Flag(help: "Write lines on a terminal too.")
  var lines = false

  @Option(help: "Give up when no broker was there for so many seconds; by default never.")
  var wait: Double?

  @Option(help: "Stop after this many seconds.")
  var duration: Double?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    let kinds = DetectionEvent.Kind.allCases.map(\.name)
    if let unknown = kind.first(where: { !kinds.contains($0) }) {
      throw ValidationError("--kind \(unknown): expected one of \(kinds.joined(separator: ", "))")
    }
    for (option, seconds) in [("--wait", wait), ("--duration", duration)] {
      guard seconds.map({ (0...31_536_000).contains($0) }) ?? true else {
        throw ValidationError("\(option): expected seconds, at most a year")
      }
    }
    guard atLeast >= 0 else { throw ValidationError("--at-least: expected 0 or above") }
  }

  mutating func run() throws {
    let stopped = try WakeSignal()
    try onInterrupt { _ in stopped.raise() }
    let plan = broker.plan(id: "watch")
    let clock = HostClock()
    let topics = plan.topics(of: site)
    var filters = [topics.event, topics.gap, topics.alarm("#"), topics.status]
    if operatorName != nil { filters.append(topics.answer) }
    var watched = try connection(plan: plan, filters, stopped, at: clock.now)
    var view = try makeView(plan: plan, topics: topics, now: clock.wallTime)
    let end = duration.map { clock.now + .milliseconds(Int64($0 * 1000)) }
    let patience = wait.map { TimeSpan.milliseconds(Int64($0 * 1000)) }
    var failure: BrokerError?
    // Waiting lowers the signal, so each wait's answer counts.
    while !stopped.wait(timeout: .zero), end.map({ clock.now < $0 }) ?? true, failure == nil {
      for incident in watched.poll(milliseconds: view.pollMilliseconds, at: clock.now) {
        take(incident, watched.failures, &view, at: clock.now, clock.wallTime)
      }
      failure = reasonToEnd(watched, patience, at: clock.now)
      guard let orders = view.turn(at: clock.now, clock.wallTime) else { break }
      for order in orders {
        guard let message = try? order.message(by: plan) else { continue }
        do throws(BrokerError) {
          try watched.publish(message)
        } catch {
          view.say(error.text(in: language))
        }
      }
    }
    watched.close()
    view.close()
    if let failure { throw broker.failure(failure, language) }
  }

  private func connection(
    plan: DestinationPlan, _ filters: [String], _ stopped: WakeSignal, at now: Instant
  ) throws -> WatchedBroker {
    do throws(BrokerError) {
      return WatchedBroker(
        try MQTTSession(
          plan: plan,
          clientID: "nomori-watch-\(ProcessInfo.processInfo.processIdentifier)",
          will: nil, keepsSession: false, wakeDescriptor: stopped.descriptor),
        filters: filters, at: now)
    } catch {
      throw broker.failure(error, language)
    }
  }

  private func take(
    _ incident: WatchedBroker.Incident, _ failures: Int, _ view: inout any WatchView,
    at now: Instant, _ wall: WallTime
  ) {
    switch incident {
    case .connected: view.connected(to: broker.address, at: now)
    case .message(let message): view.take(message, at: now, wall)
    case .failed(let error):
      let pause = Int(WatchedBroker.pause.seconds)
      let retry = language.pick(
        "trying again every \(pause) s, \(failures) so far", "\(pause) 秒ごとに再試行（\(failures) 回目）")
      let words = error.text(in: language) + language.pick("; ", "。") + retry
      view.failed(error, "\(broker.address): \(words)", at: now)
    case .refused(let filter, let reason):
      view.say(
        TerminalText.harmless(
          language.pick(
            "the broker refuses \(filter): \(reason)", "ブローカーが \(filter) の購読を拒否しました：\(reason)")))
    }
  }

  /// Why it makes no sense to go on: a login that was never taken, or nobody there for as long as was asked.
  private func reasonToEnd(
    _ watched: borrowing WatchedBroker, _ patience: TimeSpan?, at now: Instant
  ) -> BrokerError? {
    if case .notAuthorized = watched.failure, !watched.wasConnected { return watched.failure }
    guard let patience, let since = watched.absentSince, now - since >= patience else { return nil }
    return watched.failure ?? .unreachable(reason: "no answer to the connect in time")
  }

  /// A page on a terminal that can show one, else lines.
  private func makeView(
    plan: DestinationPlan, topics: Topics, now: WallTime
  ) throws -> any WatchView {
    let environment = ProcessInfo.processInfo.environment
    let isTerminal = terminalSize() != nil && environment["TERM"] != "dumb"
    let isPlain = !isTerminal || environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    let style = TerminalStyle(isColoured: !isPlain)
    let searched = TerminalText.harmless(topics.topic("#"))
    guard isTerminal, !lines, since == nil, format == .text, hasKeyboard else {
      return WatchStream(
        filter: filter, format: format, language: language, style: style,
        since: since?.time(from: now), searched: searched, rings: bell)
    }
    return try WatchScreen(
      filter: filter, address: broker.address, searched: searched, style: style,
      controls: WatchControls(operatorName: operatorName, language: language), rings: bell)
  }

  /// What of the sites is shown.
  var filter: WatchFilter {
    WatchFilter(
      alarm: alarm, point: point, kinds: kind, level: atLeast,
      incident: incident.map { $0.hasPrefix("#") ? String($0.dropFirst()) : $0 })
  }
}
