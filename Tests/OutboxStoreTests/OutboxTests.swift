import Delivery
import Foundation
import OutboxStore
import TestSupport
import Testing

@Suite("The outbox")
struct OutboxTests {
  @Test("What was stored is there after reopening, in its order and byte for byte")
  func reopening() throws {
    let folder = try TemporaryFolder()
    let events = (1...50).map { Self.event($0) }
    do {
      let outbox = try Outbox(path: folder.file, destinations: ["a"])
      try outbox.append(Array(events[..<20]))
      try outbox.append(Array(events[20...]))
    }
    let outbox = try Outbox(path: folder.file, destinations: ["a"])

    #expect(outbox.damagedFile == nil)
    #expect(try outbox.depth(of: "a") == 50)
    #expect(try outbox.pending(for: "a", after: .start, limit: 100).map(\.event) == events)
  }

  @Test("Reading goes on after a position, and stops at the limit")
  func pages() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a"])
    try outbox.append((1...10).map { Self.event($0) })

    let first = try outbox.pending(for: "a", after: .start, limit: 4)
    let second = try outbox.pending(
      for: "a", after: try #require(first.last).position, limit: 100)

    #expect(first.map(\.event.id) == (1...4).map { "site-1-\($0)" })
    #expect(second.map(\.event.id) == (5...10).map { "site-1-\($0)" })
    #expect(zip(first, first.dropFirst()).allSatisfy { $0.position < $1.position })
  }

  @Test("An event stays until every destination has it")
  func twoDestinations() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a", "b"])
    try outbox.append([Self.event(1), Self.event(2)])
    let positions = try outbox.pending(for: "a", after: .start, limit: 9).map(\.position)

    try outbox.acknowledge(positions, by: "a")
    #expect(try outbox.depth(of: "a") == 0)
    #expect(try outbox.pending(for: "b", after: .start, limit: 9).count == 2)
    #expect(try outbox.eventCount() == 2)

    try outbox.acknowledge([positions[0]], by: "b")
    #expect(try outbox.pending(for: "b", after: .start, limit: 9).map(\.event.id) == ["site-1-2"])
    #expect(try outbox.eventCount() == 1)
  }

  @Test("Positions are never used again, even when the store has been empty")
  func positionsGrow() throws {
    let folder = try TemporaryFolder()
    var last = OutboxPosition.start
    for number in 1...3 {
      let outbox = try Outbox(path: folder.file, destinations: ["a"])
      try outbox.append([Self.event(number)])
      let entry = try #require(outbox.pending(for: "a", after: .start, limit: 1).first)
      #expect(entry.position > last)
      last = entry.position
      try outbox.acknowledge([entry.position], by: "a")
      #expect(try outbox.eventCount() == 0)
    }
  }

  @Test("An id is stored once")
  func sameIDTwice() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a", "b"])
    try outbox.append([Self.event(1), Self.event(1)])
    try outbox.append([Self.event(1), Self.event(2)])
    #expect(try outbox.depth(of: "a") == 2)
    #expect(try outbox.depth(of: "b") == 2)
  }

  @Test("A destination that is gone holds nothing back; a new one gets what comes from now on")
  func changedDestinations() throws {
    let folder = try TemporaryFolder()
    do {
      let outbox = try Outbox(path: folder.file, destinations: ["a", "gone"])
      try outbox.append([Self.event(1), Self.event(2)])
      let first = try #require(outbox.pending(for: "a", after: .start, limit: 1).first)
      try outbox.acknowledge([first.position], by: "a")
    }
    let outbox = try Outbox(path: folder.file, destinations: ["a", "new"])
    #expect(try outbox.eventCount() == 1)
    #expect(try outbox.depth(of: "new") == 0)
    try outbox.append([Self.event(3)])
    #expect(try outbox.pending(for: "new", after: .start, limit: 9).map(\.event.id) == ["site-1-3"])
    #expect(try outbox.depth(of: "a") == 2)
  }

  @Test("Without destinations nothing is stored")
  func noDestinations() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: [])
    try outbox.append([Self.event(1)])
    #expect(try outbox.eventCount() == 0)
  }

  @Test("A full store takes no part of a batch, keeps all it has, and has room again later")
  func full() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a"], maximumBytes: 256 << 10)
    var stored = 0
    var failure: EventStoreError?
    while failure == nil, stored < 10_000 {
      do {
        try outbox.append((1...10).map { Self.event(stored + $0, bytes: 1_000) })
        stored += 10
      } catch { failure = error }
    }

    #expect(failure == .full(path: folder.file))
    #expect(failure?.recovery == .holdOutput)
    #expect(stored > 50 && stored < 256)
    #expect(try outbox.depth(of: "a") == stored)
    let entries = try outbox.pending(for: "a", after: .start, limit: stored)
    #expect(entries.map(\.event) == (1...stored).map { Self.event($0, bytes: 1_000) })

    try outbox.acknowledge(entries.prefix(20).map(\.position), by: "a")
    try outbox.append((1...10).map { Self.event(stored + $0, bytes: 1_000) })
    #expect(try outbox.depth(of: "a") == stored - 10)
  }

  @Test("Starts are counted, also when the database or the file beside it is lost")
  func sessions() throws {
    let folder = try TemporaryFolder()
    func start() throws -> UInt32 {
      try Outbox(path: folder.file, destinations: ["a"]).nextSession()
    }
    #expect(try start() == 1)
    #expect(try start() == 2)
    try folder.removeDatabase()
    #expect(try start() == 3)
    try "nonsense".write(toFile: folder.file + ".session", atomically: true, encoding: .utf8)
    #expect(try start() == 4)
    try FileManager.default.removeItem(atPath: folder.file + ".session")
    #expect(try start() == 5)
  }

  static func event(_ number: Int, bytes: Int = 40) -> OutboxEvent {
    let filler = String(repeating: "水", count: bytes / 3)
    return OutboxEvent(
      id: "site-1-\(number)",
      message: MQTTMessage(
        topic: "site/event", payload: Array("{\"n\":\(number),\"f\":\"\(filler)\"}\u{0}".utf8),
        label: PayloadLabel(schema: "nomori/event/1", site: "site", mode: .exercise)))
  }
}
