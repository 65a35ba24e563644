import Delivery
import DetectionCore
import FieldSimulation
import GatewayStatus
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

/// A store that could not be read has to be found well again although there is nothing to store.
@Suite struct StoreProbeTests {
  private let store = SimulatedStore(destinations: 1)
  private let queue: FactQueue
  private let thread: StoreThread

  init() throws {
    let site = try River.site()
    let source = FactSource(
      site: site.description, session: SessionIdentity(epoch: "00c0ffee", number: 2), boot: "b")
    // An earlier start has left a fact.
    var batch = OutboxBatch()
    let last = OutboxPosition(rawValue: 1)
    let fact = source.fact(
      GapFact(reason: .damaged), number: 1, at: Instant(nanoseconds: 0),
      WallTime(nanosecondsSince1970: 0, synchronized: true))
    batch.items = [
      OutboxBatch.Item(entry: OutboxEntry(position: last, fact: fact), destinations: [0])
    ]
    queue = try FactQueue(last: last, backlog: try store.commit(batch).backlog)
    thread = StoreThread(
      opening: OutboxOpening(settings: site.outbox, destinations: []), queue: queue,
      source: source, board: SharedStatus(site: site), clock: HostClock(), stop: StopFlag())
  }

  private func work() throws {
    var gapNumber: UInt64 = 0
    let task = try #require(thread.nextTask(isQuiet: true), "it is tried")
    try thread.carryOut(task, with: store, gapNumber: &gapNumber)
  }

  private func read() -> OutboxPage? {
    let question = FactQueue.Question(destination: 0, .events(after: .start), limit: 9)
    guard case .events(let page)? = queue.answer(to: question) else { return nil }
    return page
  }

  @Test func `a store that could not be read is tried until it can be`() throws {
    #expect(thread.nextTask(isQuiet: true) == nil, "nothing is to be done")
    store.condition = .unreadable
    queue.unreachable()
    for _ in 0..<3 { #expect(throws: FactStoreError.self) { try work() } }
    #expect(queue.isUnreadable)

    store.condition = .good
    try work()
    #expect(!queue.isUnreadable)
    #expect(read() == nil, "the store is asked")
  }
}
