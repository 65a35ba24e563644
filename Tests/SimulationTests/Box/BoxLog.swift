import Delivery
import DetectionCore
import FieldSimulation

/// What was decided and what arrived, held against what the gateway promises.
final class BoxLog {
  /// The first promise that was broken; nil while all are kept.
  private(set) var firstViolation: String?
  /// The highest number of a start that a fact had.
  private(set) var highestSession: UInt32 = 0
  /// How many facts were decided.
  var decidedCount: Int { decided.count }
  /// What became of things, for tests that see whether a simulation meets anything.
  private(set) var told = 0

  private var decided: Set<String> = []
  /// The sessions that began without their outbox, and so with all alarms normal.
  private var ignorant: Set<UInt32> = []
  private var checked: [Int]
  private var lastOfRule: [[String: Event]]
  private var contents: [[String: [String]]]
  private var gaps: [[(reason: String, count: Int)]]

  /// An event that arrived.
  struct Event {
    var id: String
    var key: (session: UInt32, sequence: UInt64)
    var rule: String
    var from: String
    var to: String
    var isDurable: Bool
  }

  init(destinations: Int) {
    let none = (0..<destinations).map { _ in 0 }
    checked = none
    lastOfRule = none.map { _ in [:] }
    contents = none.map { _ in [:] }
    gaps = none.map { _ in [] }
  }

  func violation(_ text: String) { if firstViolation == nil { firstViolation = text } }

  /// A session began; it knows how alarms stood where it could read its outbox.
  func began(_ session: SessionIdentity, knowsStates: Bool) {
    if session.number <= highestSession { violation("session \(session.number) comes twice") }
    highestSession = max(highestSession, session.number)
    if !knowsStates { ignorant.insert(session.number) }
  }

  /// The event writer made a fact.
  func decided(_ id: String) {
    if !decided.insert(id).inserted { violation("\(id) was made twice") }
  }

  // MARK: What arrives

  /// Looks at what `broker` has received since the last time. `mayReorder` where older facts were passed over.
  func check(_ broker: SimulatedBroker, _ destination: Int, mayReorder: Bool) {
    while checked[destination] < broker.received.count {
      let message = broker.received[checked[destination]]
      checked[destination] += 1
      let words = String(decoding: message.payload, as: UTF8.self)
        .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      arrived(words, destination, mayReorder: mayReorder)
    }
  }

  private func arrived(_ words: [String], _ destination: Int, mayReorder: Bool) {
    let id = words[1]
    let content = words.first == "event" ? Array(words.dropLast()) : words
    if let known = contents[destination][id], known != content {
      return violation("\(id) said \(known), and then \(content)")
    }
    if contents[destination].updateValue(content, forKey: id) != nil { return }
    if words[0] == "gap" {
      gaps[destination].append((words[2], Int(words[3]) ?? 0))
      told += 1
      return
    }
    if words[0] == "observations" { return }
    if !decided.contains(id) { violation("\(id) was never decided") }
    guard !words[2].isEmpty, let event = Event(words) else { return }
    if let last = lastOfRule[destination][event.rule], last.key > event.key, !mayReorder {
      violation("\(destination): \(event.id) arrives after \(last.id)")
    }
    lastOfRule[destination][event.rule] = event
  }

  // MARK: The end

  /// What must hold when everything has arrived.
  func finish(_ world: BoxWorld, stages: [(rule: String, stage: UInt8)]) {
    for (destination, broker) in world.brokers.enumerated() {
      let missing = world.store.lost(to: destination)
      let setAside = world.store.setAside(by: destination)
      for id in world.store.committed where contents[destination][id] == nil {
        guard !missing.contains(id), !setAside.contains(id), !isForOther(id, than: destination)
        else { continue }
        violation("\(destination): \(id) was stored and never arrived")
      }
      let toldCount = gaps[destination].map(\.count).reduce(0, +)
      let lost = missing.filter { contents[destination][$0] == nil }.count
      if toldCount < lost {
        violation("\(destination): \(lost) facts are missing, \(toldCount) were told")
      }
      checkChains(destination, mayBreak: toldCount + setAside.count)
      for (rule, stage) in stages { check(rule, stage, broker, destination, setAside) }
    }
  }

  /// Gaps are told to one destination, which they are not told of twice; observations are given to the first.
  private func isForOther(_ id: String, than destination: Int) -> Bool {
    id.hasSuffix("-gap") || id.hasSuffix("-observations") && destination > 0
  }

  private func check(
    _ rule: String, _ stage: UInt8, _ broker: SimulatedBroker, _ destination: Int,
    _ setAside: [String]
  ) {
    let topic = "nomori/v1/alarm/\(rule)"
    guard let message = broker.retained[topic] else {
      return violation("\(destination): nothing is retained of \(rule)")
    }
    let words = String(decoding: message.payload, as: UTF8.self)
      .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    if words[2] != "\(stage)" {
      violation("\(destination): \(rule) is at \(stage), retained is \(words[2])")
    }
    let newest = events(destination, rule).last
    // What only memory had is forgotten in a power cut, although it has arrived.
    if let newest, newest.key.session != highestSession, !isStored(newest.id) { return }
    if let newest, newest.id != words[3], !setAside.contains(words[3]) {
      violation("\(destination): the last of \(rule) is \(newest.id), retained is \(words[3])")
    }
    if let newest, newest.to != words[2], !setAside.contains(words[3]) {
      violation("\(destination): \(newest.id) led to \(newest.to), retained is \(words[2])")
    }
  }

  /// The events of one alarm that arrived, in the order in which they were decided.
  private func events(_ destination: Int, _ rule: String) -> [Event] {
    contents[destination].values.compactMap(Event.init).filter { $0.rule == rule }
      .sorted { $0.key < $1.key }
  }

  /// Each transition begins where the one before it led to.
  private func checkChains(_ destination: Int, mayBreak allowance: Int) {
    var breaks = 0
    for rule in Set(lastOfRule[destination].keys).sorted() {
      var last: Event?
      for event in events(destination, rule) {
        let before = last?.to ?? "0"
        defer { last = event }
        guard event.from != before else { continue }
        // What only memory had is decided again after a power cut, and everything by a start without its outbox.
        if let last, last.key.session != event.key.session,
          !isStored(last.id) || ignorant.contains(event.key.session)
        {
          continue
        }
        breaks += 1
        if breaks > allowance {
          violation(
            "\(destination): \(rule) was at \(before) by \(last?.id ?? "nothing"), "
              + "and \(event.id) leads from \(event.from) to \(event.to)")
        }
      }
    }
  }

  private var stored: Set<String> = []
  private func isStored(_ id: String) -> Bool { stored.contains(id) }
  /// What the store has ever taken.
  func note(committed: [String]) { stored.formUnion(committed) }
}

extension BoxLog.Event {
  /// The event that a payload of `PlainFormat` tells; nil where it tells another thing.
  init?(_ words: [String]) {
    guard words[0] == "event", !words[2].isEmpty,
      words[5] == "raised" || words[5] == "cleared",
      let id = EventIdentifier(words[1], of: "river-nagi")
    else { return nil }
    self.init(
      id: words[1], key: (id.session.number, id.sequence), rule: words[2], from: words[3],
      to: words[4], isDurable: words.last == "stored")
  }
}
