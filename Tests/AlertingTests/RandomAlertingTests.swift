import Delivery
import DetectionCore
import Testing

@testable import Alerting

/// Random boxes, routes, restarts and times: what must hold whatever comes.
@Suite("What the dispatcher promises, whatever comes")
struct RandomAlertingTests {
  static let seeds: [UInt64] =
    Array(1...24) + (0..<6).map { _ in UInt64.random(in: 0...UInt64.max) }

  @Test("Nobody twice, nobody not at all, and a restart changes nothing", arguments: seeds)
  func promises(_ seed: UInt64) throws {
    var run = try AlertingRun(seed: seed)
    for _ in 0..<300 { run.step() }
    run.end()
    #expect(run.offences == [], "seed \(seed)")
    #expect(run.toldCount > 0, "seed \(seed): nobody was told anything")
  }
}

/// One random history, told to a dispatcher that lives on and to one that is started anew again and again.
struct AlertingRun: ~Copyable {
  private(set) var offences: [String] = []
  private(set) var toldCount = 0
  private var dice: SplitMix64
  private let plan: AlertingPlan
  private var steady: Dispatcher
  private var restarted: Dispatcher
  /// What a store would hold.
  private var stored = AlertingDecision()
  private var now = at(0)
  private var boxes: [Box]
  /// The stage of each alarm, and who was told of its trouble.
  private var levels: [String: Int] = [:]
  private var audience: [String: Set<String>] = [:]
  private var acknowledged: Set<String> = []
  private var ids: Set<String> = []
  private var sent: [LineKey: [Instant]] = [:]

  init(seed: UInt64) throws {
    dice = SplitMix64(seed: seed)
    plan = try Self.randomPlan(&dice)
    steady = Dispatcher(plan: plan, incidents: [], lines: [], sites: [])
    restarted = Dispatcher(plan: plan, incidents: [], lines: [], sites: [])
    boxes = ["river-a", "river-b", "orchard"].map { Box($0) }
  }

  private static func randomPlan(_ dice: inout SplitMix64) throws -> AlertingPlan {
    var routes: [Route] = []
    for index in 0..<Int.random(in: 1...3, using: &dice) {
      let people = ["a", "b", "c"].filter { _ in Bool.random(using: &dice) }
      var route = Route(id: "r\(index)", recipients: people.isEmpty ? ["a"] : people)
      if Bool.random(using: &dice) { route.sites = ["river-*"] }
      if Bool.random(using: &dice) { route.fromStage = 2 }
      if Bool.random(using: &dice) {
        route.period = ActivePeriod(fromMinute: 12 * 60 + 30, toMinute: 13 * 60)
      }
      if Bool.random(using: &dice) { route.digest = .seconds(600) }
      route.mostPerHour = Int.random(in: 1...6, using: &dice)
      if Bool.random(using: &dice) {
        route.escalation = [Route.EscalationStep(after: .seconds(300), recipients: ["d"])]
      }
      routes.append(route)
    }
    return try AlertingTests.plan(routes)
  }

  mutating func step() {
    let to = now + .seconds(Int64.random(in: 1...300, using: &dice))
    // As the relay does: no deadline is slept through.
    while let next = steady.nextDeadline, next <= to {
      if next > now { now = next }
      note(steady.advance(to: now), restarted.advance(to: now))
      if let following = steady.nextDeadline, following <= now {
        return offences.append("a deadline that has passed: no rest")
      }
    }
    now = to
    let index = Int.random(in: 0..<boxes.count, using: &dice)
    let alarm = ["x", "y"].randomElement(using: &dice) ?? "x"
    let key = "\(boxes[index].site)/\(alarm)"
    let before = levels[key] ?? 0
    let level = Int.random(in: 0...3, using: &dice)
    let kind =
      level > before ? "raised" : level < before ? "cleared" : before > 0 ? "acknowledged" : ""
    guard !kind.isEmpty else { return }
    levels[key] = level
    let event = boxes[index].event(kind, alarm: alarm, level: level, by: "sato")
    note(steady.receive(event, at: now), restarted.receive(event, at: now))
    if Int.random(in: 0..<4, using: &dice) == 0 { restart() }
  }

  /// All troubles end, and all that waits is sent.
  mutating func end() {
    for index in boxes.indices {
      for alarm in ["x", "y"] where (levels["\(boxes[index].site)/\(alarm)"] ?? 0) > 0 {
        let event = boxes[index].event("cleared", alarm: alarm, level: 0)
        note(steady.receive(event, at: now), restarted.receive(event, at: now))
      }
    }
    while let next = steady.nextDeadline {
      now = max(now, next)
      note(steady.advance(to: now), restarted.advance(to: now))
    }
    for (incident, people) in audience.sorted(by: { $0.key < $1.key }) where !people.isEmpty {
      offences.append("\(incident): \(people.sorted()) were not told the end")
    }
  }

  /// Goes on from what a store would hold.
  private mutating func restart() {
    var incidents: [String: Incident] = [:]
    for incident in stored.incidents { incidents[incident.id] = incident }
    var lines: [LineKey: Line] = [:]
    for line in stored.lines { lines[line.key] = line }
    restarted = Dispatcher(
      plan: plan, incidents: Array(incidents.values), lines: Array(lines.values), sites: [])
  }

  private mutating func note(_ decision: AlertingDecision, _ other: AlertingDecision) {
    if decision.notifications != other.notifications {
      offences.append("a restart told \(other.told) where it would have been \(decision.told)")
    }
    stored.append(other)
    for incident in decision.incidents where incident.acknowledgement != nil {
      acknowledged.insert(incident.id)
    }
    for incident in decision.incidents where incident.acknowledgement == nil {
      acknowledged.remove(incident.id)
    }
    for notification in decision.notifications { check(notification) }
  }

  private mutating func check(_ notification: Notification) {
    toldCount += 1
    if !ids.insert(notification.id).inserted { offences.append("\(notification.id) twice") }
    guard let route = plan.routes.first(where: { $0.id == notification.route }) else { return }
    let callable = Set(route.recipients + route.escalation.flatMap(\.recipients))
    if !callable.contains(notification.recipient) {
      offences.append("\(notification.recipient) is not on \(route.id)")
    }
    for entry in notification.entries {
      switch entry.reason {
      case .over:
        if audience[entry.incident]?.remove(notification.recipient) == nil {
          offences.append(
            "\(notification.recipient) was told the end of what they were not told of")
        }
      case .escalated where acknowledged.contains(entry.incident):
        offences.append("\(entry.incident) was escalated although it is known")
      default: audience[entry.incident, default: []].insert(notification.recipient)
      }
    }
    // Those who are called in are called at once, whatever they were sent before.
    guard !notification.entries.contains(where: { $0.reason == .escalated }) else { return }
    let key = LineKey(route: notification.route, recipient: notification.recipient)
    let hour = sent[key, default: []].filter { now - $0 < .seconds(3600) } + [now]
    sent[key] = hour
    if hour.count > route.mostPerHour {
      offences.append("\(hour.count) mails within an hour, more than \(route.mostPerHour)")
    }
  }
}
