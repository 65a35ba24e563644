import Delivery
import Foundation
import OutboxStore
import TestSupport
import Testing

@Suite("The outbox")
struct OutboxTests {
  @Test("What was stored is there after reopening, in its order and as it was")
  func reopening() throws {
    let folder = try TemporaryFolder()
    let facts = (1...50).map { Self.fact($0) }
    do {
      let outbox = try Outbox(path: folder.file, destinations: ["a"])
      try outbox.put(Array(facts[..<20]), from: 1)
      try outbox.put(Array(facts[20...]), from: 21)
    }
    let outbox = try Outbox(path: folder.file, destinations: ["a"])

    #expect(outbox.damagedFile == nil)
    #expect(outbox.backlog == [50])
    #expect(outbox.lastPosition == OutboxPosition(rawValue: 50))
    #expect(try outbox.pending(for: 0, after: .start, limit: 100).map(\.fact) == facts)
  }

  @Test("Reading goes on after a position, and stops at the limit")
  func pages() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a"])
    try outbox.put((1...10).map { Self.fact($0) }, from: 1)

    let first = try outbox.pending(for: 0, after: .start, limit: 4)
    let second = try outbox.pending(
      for: 0, after: try #require(first.last).position, limit: 100)

    #expect(first.map(\.fact.id) == (1...4).map { "site-1-\($0)" })
    #expect(second.map(\.fact.id) == (5...10).map { "site-1-\($0)" })
    #expect(zip(first, first.dropFirst()).allSatisfy { $0.position < $1.position })
  }

  @Test("A fact stays until every destination has it")
  func twoDestinations() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a", "b"])
    try outbox.put([Self.fact(1), Self.fact(2)], from: 1, for: [0, 1])

    try outbox.settle([1, 2], of: 0)
    #expect(try outbox.pending(for: 0, after: .start, limit: 9).isEmpty)
    #expect(try outbox.pending(for: 1, after: .start, limit: 9).count == 2)
    #expect(try outbox.factCount() == 2)

    try outbox.settle([1], of: 1)
    #expect(try outbox.pending(for: 1, after: .start, limit: 9).map(\.fact.id) == ["site-1-2"])
    #expect(try outbox.factCount() == 1)
  }

  @Test("Positions are known also when the store has been emptied")
  func positionsGrow() throws {
    let folder = try TemporaryFolder()
    for number in 1...3 {
      let outbox = try Outbox(path: folder.file, destinations: ["a"])
      #expect(outbox.lastPosition.rawValue == Int64(number - 1))
      try outbox.put([Self.fact(number)], from: Int64(number))
      try outbox.settle([Int64(number)], of: 0)
      #expect(try outbox.factCount() == 0)
    }
  }

  @Test("A batch that comes again, as after an error behind the commit, is stored once")
  func sameBatchTwice() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a", "b"])
    for _ in 0..<2 { try outbox.put([Self.fact(1), Self.fact(2)], from: 1, for: [0, 1]) }
    #expect(try outbox.pending(for: 0, after: .start, limit: 9).count == 2)
    #expect(try outbox.pending(for: 1, after: .start, limit: 9).count == 2)
  }

  @Test(
    "A destination that is gone holds nothing back and is named; a new one gets what comes from now on"
  )
  func changedDestinations() throws {
    let folder = try TemporaryFolder()
    do {
      let outbox = try Outbox(path: folder.file, destinations: ["a", "gone"])
      try outbox.put([Self.fact(1), Self.fact(2)], from: 1, for: [0, 1])
      try outbox.settle([1], of: 0)
    }
    let outbox = try Outbox(path: folder.file, destinations: ["a", "new"])
    #expect(outbox.forgotten.map(\.destination) == ["gone"] && outbox.forgotten[0].count == 2)
    #expect(try outbox.factCount() == 1)
    #expect(outbox.backlog == [1, 0])
    try outbox.put([Self.fact(3)], from: 3, for: [0, 1])
    #expect(try outbox.pending(for: 1, after: .start, limit: 9).map(\.fact.id) == ["site-1-3"])
    #expect(try outbox.pending(for: 0, after: .start, limit: 9).count == 2)
  }

  @Test(
    "A full share drops the oldest of what matters least, alarms last, and says what is missing")
  func quota() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a", "b"], maximumBytes: 256 << 10)
    var dropped = 0
    // The first is of no alarm; of the two destinations one takes everything at once.
    for number in 1...300 {
      let precedence: FactPrecedence = number % 2 == 1 && number < 100 ? .system : .alarm
      let fact = Self.fact(number, bytes: 1_000, precedence: precedence)
      dropped += try outbox.put([fact], from: Int64(number), for: [0, 1]).dropped.count
      try outbox.settle([Int64(number)], of: 1)
    }
    let left = try outbox.pending(for: 0, after: .start, limit: 1_000).map(\.fact)
    #expect(dropped > 150 && left.count == 300 - dropped)
    #expect(left.allSatisfy { $0.precedence == .alarm }, "all others went first")
    #expect(left.map(\.id) == (301 - left.count...300).map { "site-1-\($0)" }, "the newest stay")
    let gap = try #require(outbox.gaps(of: 0).first)
    #expect(gap.reason == .quota && gap.counts == [0, 50, dropped - 50])
    #expect(gap.first == Self.fact(1).time && gap.last == Self.fact(300 - left.count).time)
    #expect(try outbox.gaps(of: 1).isEmpty, "nobody else lost anything")

    // Told once, and what was lost since remains to be told.
    let told = Fact(
      id: "site-1-1-gap", site: "site", mode: .test, precedence: .alarm, time: Self.fact(301).time,
      content: .gap(gap))
    try outbox.put([told], from: 301, for: [0])
    #expect(try outbox.gaps(of: 0).allSatisfy { $0.counts.reduce(0, +) < 5 })
  }

  @Test("What a destination refused is kept aside, and is offered again at the next start")
  func setAside() throws {
    let folder = try TemporaryFolder()
    do {
      let outbox = try Outbox(path: folder.file, destinations: ["a"])
      try outbox.put([Self.fact(1), Self.fact(2)], from: 1)
      var batch = OutboxBatch()
      batch.settlements = [
        Settlement(
          destination: 0, position: OutboxPosition(rawValue: 1),
          outcome: .setAside(fact: "site-1-1", reason: "too large"))
      ]
      _ = try outbox.commit(batch)
      #expect(try outbox.pending(for: 0, after: .start, limit: 9).map(\.fact.id) == ["site-1-2"])
      #expect(try outbox.setAsideCount(of: 0) == 1)
      #expect(try outbox.offerSetAside() == [2], "also while the gateway runs")
      #expect(try outbox.setAsideCount(of: 0) == 0)
      #expect(try outbox.offerSetAside() == nil)
      #expect(try outbox.pending(for: 0, after: .start, limit: 9).count == 2)
      #expect(try outbox.commit(batch).backlog == [1])
    }
    let outbox = try Outbox(path: folder.file, destinations: ["a"])
    #expect(outbox.backlog == [2])
    #expect(try outbox.pending(for: 0, after: .start, limit: 9).count == 2)
  }

  @Test("What is offered again is dropped as early as it would have been before")
  func setAsideKeepsItsPrecedence() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a"], maximumBytes: 256 << 10)
    try outbox.put([Self.fact(1), Self.fact(2, precedence: .system)], from: 1)
    var batch = OutboxBatch()
    batch.settlements = (1...2).map {
      Settlement(
        destination: 0, position: OutboxPosition(rawValue: $0),
        outcome: .setAside(fact: "site-1-\($0)", reason: "too large"))
    }
    _ = try outbox.commit(batch)
    #expect(try outbox.offerSetAside() == [2])
    var dropped: [OutboxReceipt.Drop] = []
    for number in 3...300 where dropped.isEmpty {
      dropped = try outbox.put([Self.fact(number, bytes: 1_000)], from: Int64(number)).dropped
    }
    #expect(dropped.first?.position == OutboxPosition(rawValue: 2))
  }

  @Test("What is refused before it was stored is kept aside as well")
  func setAsideFromMemory() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a", "b"])
    var queue = WriteBehindQueue(last: .start, backlog: [0, 0])
    let count = WriteBehindQueue.batchLimit + 1
    for number in 1...count { queue.append(Self.fact(number), for: 0) }
    queue.stall()
    _ = queue.announce()
    let refused = [1, count]
    for number in 1...count {
      queue.settle(
        Settlement(
          destination: 0, position: OutboxPosition(rawValue: Int64(number)),
          outcome: refused.contains(number)
            ? .setAside(fact: "site-1-\(number)", reason: "too large") : .delivered))
    }
    #expect(queue.backlog(of: 0) == 0)
    while !queue.batch.isEmpty {
      let batch = queue.batch
      queue.committed(batch, try outbox.commit(batch))
    }
    #expect(try outbox.setAsideCount(of: 0) == 2)
    #expect(try outbox.offerSetAside() == [2, 0])
    let offered = try outbox.pending(for: 0, after: .start, limit: 9).map(\.fact.id)
    #expect(offered == refused.map { "site-1-\($0)" })
  }

  @Test("Starts are counted, and no two stores share an epoch, so that no id comes twice")
  func sessions() throws {
    let folder = try TemporaryFolder()
    func start() throws -> SessionIdentity {
      try Outbox(path: folder.file, destinations: ["a"]).beginSession()
    }
    let first = try start()
    let second = try start()
    #expect(first.number == 1 && second.number == 2 && first.epoch == second.epoch)
    #expect(first.epoch.count == 8)
    try folder.removeDatabase()
    let third = try start()
    #expect(third.number == 3 && third.epoch != second.epoch)
    try "nonsense".write(toFile: folder.file + ".session", atomically: true, encoding: .utf8)
    #expect(try start().number == 4)
    try FileManager.default.removeItem(atPath: folder.file + ".session")
    #expect(try start() == SessionIdentity(epoch: third.epoch, number: 5))
  }

  @Test("A lost outbox is told as a gap of unknown size")
  func lostOutbox() throws {
    let folder = try TemporaryFolder()
    do {
      let outbox = try Outbox(path: folder.file, destinations: ["a"])
      _ = try outbox.beginSession()
      #expect(try outbox.gaps(of: 0).isEmpty, "a new box lost nothing")
    }
    try folder.removeDatabase()
    let gap = try #require(Outbox(path: folder.file, destinations: ["a"]).gaps(of: 0).first)
    #expect(gap == GapFact(reason: .outboxLost))
  }

  @Test("A store of version 2 is read: its events go out as they were written, and its states stay")
  func upgrade() throws {
    let folder = try TemporaryFolder()
    let sample = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Samples/outbox-2.sqlite")
    try FileManager.default.copyItem(at: sample, to: URL(filePath: folder.file))
    let outbox = try Outbox(path: folder.file, destinations: ["demo"])
    let entries = try outbox.pending(for: 0, after: .start, limit: 100)
    #expect(entries.count == 4 && outbox.damagedFile == nil)
    let session = try outbox.beginSession()
    #expect(session.number == 2)
    for (index, entry) in entries.enumerated() {
      guard case .rendered(let message) = entry.fact.content else {
        Issue.record("an old event is a message")
        continue
      }
      #expect(entry.fact.id == "river-nagi-1-\(index + 1)")
      #expect(message.topic == "river-nagi/event" && message.label.schema == "nomori/event/2")
      let payload = try JSONSerialization.jsonObject(with: Data(message.payload))
      #expect((payload as? [String: Any])?["id"] as? String == entry.fact.id)
    }
    #expect(try outbox.states().contains { $0.kind == "rule" && $0.id == "river.observation" })
    #expect(outbox.lastPosition >= OutboxPosition(rawValue: 4))
  }

  @Test("A store of version 4 is read: its facts are what they were, and may leave or be dropped")
  func upgradeOfFacts() throws {
    let folder = try TemporaryFolder()
    let sample = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Samples/outbox-4.sqlite")
    try FileManager.default.copyItem(at: sample, to: URL(filePath: folder.file))
    let outbox = try Outbox(path: folder.file, destinations: ["local"])
    let entries = try outbox.pending(for: 0, after: .start, limit: 100)
    #expect(entries.count == 6 && outbox.damagedFile == nil)
    let events = entries.compactMap { entry in
      if case .event(let event) = entry.fact.content { event } else { nil }
    }
    let kinds = events.map(\.kind)
    #expect(kinds == ["raised", "cleared", "raised", "cleared", "raised", "chatterStarted"])
    let last = try #require(events.last)
    let ages = last.history.elements.map(\.ageNs)
    #expect(ages.count == 12 && ages.last == 0)
    let tests = last.tests.elements
    #expect(tests.count == 10)
    #expect(tests[2].test == "grossRange")
    #expect(tests[2].flag == 1)
    #expect(last.alarm?.stage.named.id == "wet")
    #expect(last.point?.name.japanese == "水分")
    try outbox.settle(entries.map(\.position.rawValue), of: 0)
    #expect(try outbox.factCount() == 0)
  }

  static func fact(
    _ number: Int, bytes: Int = 40, precedence: FactPrecedence = .alarm
  ) -> Fact {
    let filler = String(repeating: "水", count: bytes / 3)
    let message = MQTTMessage(
      topic: "site/event", payload: Array("{\"n\":\(number)}\u{0}".utf8),
      contentType: filler, label: PayloadLabel(schema: "s", site: "site", mode: .exercise))
    return Fact(
      id: "site-1-\(number)", site: "site", mode: .exercise, precedence: precedence,
      time: FactTime(
        boot: "b", monotonicNs: Int64(number), wallNs: Int64(number), synchronized: true),
      content: .rendered(message))
  }
}

extension Outbox {
  /// Stores `facts` at the positions from `position` on.
  @discardableResult
  func put(
    _ facts: [Fact], from position: Int64, for destinations: [Int] = [0]
  ) throws(FactStoreError) -> OutboxReceipt {
    var batch = OutboxBatch()
    for (index, fact) in facts.enumerated() {
      let entry = OutboxEntry(
        position: OutboxPosition(rawValue: position + Int64(index)), fact: fact)
      batch.items.append(OutboxBatch.Item(entry: entry, destinations: destinations))
    }
    return try commit(batch)
  }

  /// Notes that a destination has the facts at `positions`.
  func settle(_ positions: [Int64], of destination: Int) throws(FactStoreError) {
    var batch = OutboxBatch()
    batch.settlements = positions.map {
      Settlement(destination: destination, position: OutboxPosition(rawValue: $0))
    }
    _ = try commit(batch)
  }
}
