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
      people: [Person(id: "a", language: .english, mail: mail)],
      routes: [Route(id: "r", people: ["a"])])
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
      let pending = try store.pending(at: 5, limit: 9)
      #expect(pending.map(\.notification) == decision.notifications)
      #expect(try store.pending(at: 4, limit: 9).isEmpty)
    }
  }

  @Test("What was sent is not sent again, and what was not is due when it is said to be")
  func settling() throws {
    let (event, decision) = try decision()
    try withStore { path in
      let store = try RelayStore(path: path)
      try store.commit(events: [event.id], decision, at: 5)
      let id = try #require(decision.notifications.first?.id)
      try store.settle(id, .pending, due: 50, at: 6)
      #expect(try store.nextDue() == 50)
      #expect(try store.pending(at: 49, limit: 9).isEmpty)
      #expect(try store.pending(at: 50, limit: 9).map(\.attempts) == [1])
      try store.settle(id, .sent, due: 0, at: 51)
      #expect(try store.nextDue() == nil)
      // An event that comes again does not undo that.
      try store.commit(events: [event.id], decision, at: 52)
      #expect(try store.nextDue() == nil)
      #expect(try store.notifications(of: event.id).map(\.state) == [.sent])
    }
  }

  @Test("What was told before a kill is not told after it, although the database did not know")
  func noted() throws {
    let (event, decision) = try decision()
    let id = try #require(decision.notifications.first?.id)
    try withStore { path in
      do {
        let store = try RelayStore(path: path)
        try store.commit(events: [event.id], decision, at: 5)
        store.noteSent(id)
        #expect(try store.nextDue() != nil)
      }
      #expect(try RelayStore(path: path).nextDue() == nil)
      // The note is of no further use, and does no harm to others.
      var other = decision
      other.notifications[0].id += "-2"
      do { try RelayStore(path: path).commit(events: [], other, at: 6) }
      #expect(try RelayStore(path: path).pending(at: 9, limit: 9).count == 1)
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
      #expect(try store.nextDue() != nil)
    }
  }
}
