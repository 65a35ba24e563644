@testable import Delivery
import DetectionCore
import Testing

/// A session reads from the store what is older, and from memory what is newer.
@Suite struct BacklogReadingTests {
  @Test
  func `what was decided since the start while nobody was connected is read with the connection`()
    throws
  {
    // All facts of earlier starts have been delivered.
    var queue = WriteBehindQueue(last: OutboxPosition(rawValue: 7), backlog: [0])
    let event = DecidedEvent(RiverSite.event(.stageRaised, sequence: 1, stage: 1))
    let fact = RiverSite.source().fact(event)
    queue.append(fact)
    queue.committed(queue.batch, OutboxReceipt(backlog: [1]))
    _ = queue.announce()
    var reader = BacklogReader()
    let first = reader.ask()
    #expect(first == .start)
    #expect(queue.page(for: 0, after: .start, limit: 10) == nil, "the store is to be asked")
    let stored = OutboxEntry(position: OutboxPosition(rawValue: 8), fact: fact)
    // What memory has as well is left to memory.
    let older = reader.take(queue.page(stored: [stored], for: 0, limit: 10))
    #expect(older.isEmpty)
    let asked = reader.ask()
    let position = try #require(asked)
    let page = try #require(queue.page(for: 0, after: position, limit: 10))
    let newer = reader.take(page)
    #expect(newer.map(\.position) == [stored.position])
  }
}
