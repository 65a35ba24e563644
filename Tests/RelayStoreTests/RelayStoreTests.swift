import Alerting
import Delivery
import DetectionCore
import Foundation
import LinuxHost
import RelayStore
import Testing

@Suite("What the relay keeps")
struct RelayStoreTests {
  private static let event = """
    {"id": "s-5f0c9a1e-1-1", "site": "s", "mode": "actual", "kind": "raised",
     "alarm": {"id": "x", "name": {"en": "X", "ja": "X"}}, "marks": {"flood": false, "silenced": false},
     "stage": {"level": 1, "name": {"en": "S", "ja": "S"}}, "history": [],
     "time": "2026-11-30T12:00:00.000Z", "synchronized": true, "text": {"en": "T", "ja": "T"}}
    """

  private func decision() throws -> (event: ReceivedEvent, decision: AlertingDecision) {
    let event = try JSONDecoder().decode(ReceivedEvent.self, from: Data(Self.event.utf8))
    let mail = try #require(MailAddress("a@example.jp"))
    let plan = AlertingPlan(
      id: "t", name: LocalizedText(english: "T", japanese: "T"),
      recipients: [Recipient(id: "a", language: .english, channel: .mail(mail))],
      routes: [Route(id: "r", recipients: ["a"])])
    var dispatcher = Dispatcher(plan: plan, incidents: [], lines: [], sites: [])
    return (event, dispatcher.receive(event, at: Instant(nanoseconds: 5)))
  }

  private func withStore(_ body: (String) throws -> Void) throws {
    let folder = try makeTemporaryFolder(prefix: "relay-store")
    defer { removeFolder(folder) }
    try body(folder + "/relay.sqlite")
  }

  @Test("An event, what it caused and who is to be told come back as they were stored")
  func roundTrip() throws {
    let (event, decision) = try decision()
    try withStore { path in
      do {
        let store = try RelayStore(path: path)
        #expect(try !store.knows(event.id))
        try store.commit(events: [event.id], decision, at: 5)
        // The same again changes nothing.
        try store.commit(events: [event.id], decision, at: 6)
      }
      let store = try RelayStore(path: path)
      #expect(try store.knows(event.id))
      #expect(try store.openIncidents() == decision.incidents)
      #expect(Set(try store.lines()) == Set(decision.lines))
      let queue = store.queue(of: ["a", "b"])
      let pending = try queue.pending(at: 5, limit: 9)
      #expect(pending.map(\.notification) == decision.notifications)
      #expect(try queue.pending(at: 4, limit: 9).isEmpty)
      #expect(try store.queue(of: ["b"]).pending(at: 5, limit: 9).isEmpty)
      #expect(try store.queue(of: ["b"]).nextDue() == nil)
    }
  }

  @Test("What was sent is not sent again, and what was not is due when it is said to be")
  func settling() throws {
    let (event, decision) = try decision()
    try withStore { path in
      let store = try RelayStore(path: path)
      try store.commit(events: [event.id], decision, at: 5)
      let id = try #require(decision.notifications.first?.id)
      let queue = store.queue(of: ["a"])
      try queue.settle(id, .pending, due: 50, at: 6)
      #expect(try queue.nextDue() == 50)
      #expect(try queue.pending(at: 49, limit: 9).isEmpty)
      #expect(try queue.pending(at: 50, limit: 9).map(\.attempts) == [1])
      try queue.settle(id, .sent, due: 0, at: 51)
      #expect(try queue.nextDue() == nil)
      // An event that comes again does not undo that.
      try store.commit(events: [event.id], decision, at: 52)
      #expect(try queue.nextDue() == nil)
      #expect(try store.notifications(of: event.id).map(\.state) == [.sent])
    }
  }

  @Test(
    "What any channel told before a kill is not told after it, although the database did not know")
  func noted() throws {
    let (event, decision) = try decision()
    var others = decision
    others.notifications[0].id += "-2"
    others.notifications[0].recipient = "b"
    try withStore { path in
      do {
        let store = try RelayStore(path: path)
        try store.commit(events: [event.id], decision, at: 5)
        try store.commit(events: [], others, at: 5)
        let queues = [store.queue(of: ["a"]), store.queue(of: ["b"])]
        // A channel that has settled its own has no say in the other's note.
        queues[0].noteSent("settled long ago, and longer than what follows")
        queues[1].noteSent(others.notifications[0].id)
        try queues[0].settle("settled long ago", .sent, due: 0, at: 5)
        queues[0].noteSent(decision.notifications[0].id)
        #expect(try queues.allSatisfy { try $0.nextDue() != nil })
      }
      #expect(try RelayStore(path: path).queue(of: ["a", "b"]).nextDue() == nil)
      // The notes are of no further use, and do no harm to others.
      others.notifications[0].id += "-3"
      do { try RelayStore(path: path).commit(events: [], others, at: 6) }
      #expect(try RelayStore(path: path).queue(of: ["b"]).pending(at: 9, limit: 9).count == 1)
    }
  }

  @Test("What waits for recipients that are gone is given up, and only that")
  func strangers() throws {
    let (event, decision) = try decision()
    try withStore { path in
      let store = try RelayStore(path: path)
      try store.commit(events: [event.id], decision, at: 5)
      #expect(try store.giveUp(except: ["b", "a"], at: 6) == 0)
      #expect(try store.giveUp(except: ["b"], at: 6) == 1)
      #expect(try store.queue(of: ["a"]).nextDue() == nil)
      #expect(try store.notifications(of: event.id).map(\.state) == [.givenUp])
    }
  }

  @Test("Alerts wait in the order in which they came, each once, until they are passed on")
  func alerts() throws {
    try withStore { path in
      let alerts = try ["s-1-2", "s-1-1"].map { id in
        let document =
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          + "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>\(id)</identifier></alert>\n"
        return try #require(ReceivedCAP(Array(document.utf8), of: "s"))
      }
      let store = try RelayStore(path: path)
      try store.commit(events: [], AlertingDecision(), alerts: [alerts[0]], at: 5)
      try store.commit(events: [], AlertingDecision(), alerts: alerts, at: 6)
      #expect(try store.alerts(limit: 9).map(\.id) == ["s-1-2", "s-1-1"])
      #expect(try store.alerts(limit: 1).map(\.document) == [alerts[0].document])
      try store.settle(alert: "s-1-2")
      #expect(try store.alerts(limit: 9).map(\.id) == ["s-1-1"])
    }
  }

  @Test("A file of the first version goes on: who was told, and who is yet to be")
  func firstVersion() throws {
    try withStore { path in
      let sample = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Samples/relay-1.sqlite")
      try FileManager.default.copyItem(atPath: sample.path(), toPath: path)
      let store = try RelayStore(path: path)
      let incident = try #require(try store.openIncidents().first)
      #expect(incident.told.map(\.recipient) == ["a"])
      #expect(try store.lines().map(\.recipient) == ["a"])
      let pending = try store.queue(of: ["a"]).pending(at: .max, limit: 9)
      #expect(pending.map(\.notification.recipient) == ["a"])
    }
  }

  @Test("Its file is for its owner alone, one relay writes it, and others may look")
  func access() throws {
    try withStore { path in
      let store = try RelayStore(path: path)
      #expect(throws: RelayStoreError.self) { try RelayStore(path: path) }
      #expect(try RelayStore(reading: path).incidents(limit: 9).isEmpty)
      #expect(try store.lines().isEmpty)
      for suffix in ["", "-wal", ".lock", ".sent"] {
        #expect(throws: Never.self) { try readPrivateFile(path + suffix) }
      }
    }
  }

  @Test("What is too old to matter is forgotten, and what waits is not")
  func pruning() throws {
    let (event, decision) = try decision()
    try withStore { path in
      let store = try RelayStore(path: path)
      try store.commit(events: [event.id], decision, at: 5)
      try store.prune(at: 500 * 86_400_000_000_000)
      #expect(try !store.knows(event.id))
      #expect(try store.openIncidents().count == 1)
      #expect(try store.queue(of: ["a"]).nextDue() != nil)
    }
  }
}
