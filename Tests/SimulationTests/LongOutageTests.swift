import Delivery
import FieldSimulation
import Testing

/// A destination is gone for seven days, in which seventy fronts pass over fifty points.
@Suite struct LongOutageTests {
  private static let fronts = 70

  /// Lives through the seven days.
  private func outage(maximumBytes: Int) throws -> LongOutage {
    let outage = try LongOutage(maximumBytes: maximumBytes)
    outage.broker.condition.isGone = true
    for _ in 0..<Self.fronts {
      try outage.pass(7 * 86_400 / Double(Self.fronts))
      outage.passFront()
    }
    try outage.pass(60)
    outage.broker.condition.isGone = false
    return outage
  }

  /// Waits for `condition` in steps of 10 ms, and says for how many seconds; nil after an hour.
  private func wait(
    _ outage: LongOutage, until condition: () -> Bool
  ) throws -> Double? {
    let start = outage.time
    while !condition() {
      guard outage.time - start < 3_600 else { return nil }
      try outage.pass(0.01)
    }
    return outage.time - start
  }

  @Test func `after seven days everything arrives in order, and a new alarm does not wait for it`()
    throws
  {
    let outage = try outage(maximumBytes: 64 << 20)
    #expect(outage.backlog == outage.decided.count)
    let bytes = try outage.bytes
    let reconnect = try wait(outage) { outage.broker.received.count > 200 }
    _ = try #require(reconnect)
    let before = outage.broker.received.count
    let id = outage.raiseAlarm(ofRule: 7)
    let state = try #require(try wait(outage) { outage.retained(ofRule: 7) == id })
    #expect(state < 1)
    let rest = outage.backlog
    let event = try #require(try wait(outage) { outage.backlog == 0 })
    let rate = Double(outage.broker.received.count - before) / (state + event)
    print(
      "seven days: \(outage.decided.count) events, \(bytes >> 20) MB; with \(rest) to be",
      "sent a new alarm is known after \(state) s, its event after \(event) s;",
      "\(Int(rate)) events/s")
    #expect(rest > 1_000, "the alarm came while there was much to send")
    #expect(outage.arrived == outage.decided.map(\.id))
    #expect(outage.told == (0, 0))
  }

  @Test func `where seven days are too much for the outbox, the newest alarms are kept`() throws {
    let limit = 4 << 20
    let outage = try outage(maximumBytes: limit)
    let bytes = try outage.bytes
    #expect(bytes <= limit)
    let kept = outage.backlog
    _ = try #require(try wait(outage) { outage.backlog == 0 })
    try outage.pass(10)
    let alarms = outage.decided.filter { $0.precedence == .alarm }.map(\.id)
    let arrived = outage.arrived
    #expect(!arrived.isEmpty && arrived == Array(alarms.suffix(arrived.count)))
    #expect(arrived.count < alarms.count)
    // What is dropped while it is on its way is told, although it arrives.
    let missing = alarms.count - arrived.count
    #expect(outage.told.alarms >= missing && outage.told.alarms <= missing + 20)
    #expect(outage.told.all - outage.told.alarms == outage.decided.count - alarms.count)
    print("a small outbox keeps \(kept) of \(outage.decided.count) events")
  }
}
