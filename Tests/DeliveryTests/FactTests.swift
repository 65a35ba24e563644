import Delivery
import Foundation
import Testing

@Suite("Facts as they are kept")
struct FactTests {
  @Test("The readings before an event are read as earlier versions wrote them, and as one list")
  func pastReadings() throws {
    let list = "[60000000000,2.5,1,0,null,9]"
    let earlier = [
      #"[{"ageNs":60000000000,"value":2.5,"flag":1},{"ageNs":0,"flag":9}]"#,
      "[[60000000000,2.5,1],[0,null,9]]",
    ]
    let read = try Self.decode(FlatList<EventFact.PastReading>.self, list)
    #expect(read.elements.map(\.ageNs) == [60_000_000_000, 0])
    #expect(read.elements.map(\.value) == [2.5, nil])
    #expect(read.elements.map(\.flag) == [1, 9])
    for text in earlier {
      #expect(try Self.decode(FlatList<EventFact.PastReading>.self, text) == read)
    }
    #expect(String(decoding: try JSONEncoder().encode(read), as: UTF8.self) == list)
  }

  @Test("The flags of the tests are read as earlier versions wrote them, and as one list")
  func testFlags() throws {
    let list = #"["gap",1,"spike",3]"#
    let earlier = #"[{"test":"gap","flag":1},{"flag":3,"test":"spike"}]"#
    let read = try Self.decode(FlatList<TestFlag>.self, list)
    #expect(read.elements.map(\.test) == ["gap", "spike"] && read.elements.map(\.flag) == [1, 3])
    #expect(try Self.decode(FlatList<TestFlag>.self, earlier) == read)
    #expect(String(decoding: try JSONEncoder().encode(read), as: UTF8.self) == list)
  }

  @Test("A list that ends within an element is refused", arguments: ["[0,1.5]", "[0,1.5,1,0]"])
  func halfAnElement(list: String) {
    #expect(throws: DecodingError.self) {
      try Self.decode(FlatList<EventFact.PastReading>.self, list)
    }
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

@Suite("The queue before the store")
struct WriteBehindQueueTests {
  @Test(
    "A lost store is told all states again, each as it was last and in the order of the changes")
  func statesOfALostStore() {
    func state(_ id: String, _ value: UInt8?) -> StoredState {
      StoredState(kind: "rule", id: id, value: value.map { [$0] } ?? [])
    }
    var queue = WriteBehindQueue(
      last: .start, backlog: [0], states: [state("a", 1), state("b", 1), state("c", 1)])
    queue.keep(state("d", 1))
    queue.keep(state("a", 2))
    queue.keep(state("b", nil))
    let batch = queue.batch
    queue.committed(batch, OutboxReceipt(backlog: [0]))
    #expect(queue.batch.isEmpty)
    #expect(queue.storeLost() == [false])
    #expect(queue.batch.states == [state("c", 1), state("d", 1), state("a", 2)])
  }

  /// A queue of two destinations in whose store are three facts.
  private func queueWithThreeStored() -> WriteBehindQueue {
    var queue = WriteBehindQueue(last: .start, backlog: [0, 0])
    for number in 1...3 { queue.append(Self.fact(number)) }
    queue.committed(queue.batch, OutboxReceipt(backlog: [3, 3]))
    _ = queue.announce()
    return queue
  }

  private static func fact(_ number: Int, precedence: FactPrecedence = .alarm) -> Fact {
    Fact(
      id: "\(number)", site: "s", mode: .test, precedence: precedence,
      time: FactTime(boot: "", monotonicNs: 0, wallNs: 0, synchronized: true),
      content: .removal(RemovalFact(isAlarm: true, id: "a")))
  }

  private static func settlement(_ position: Int64, of destination: Int) -> Settlement {
    Settlement(destination: destination, position: OutboxPosition(rawValue: position))
  }

  @Test(
    "While a disk refuses, what only memory had and all have leaves no trace; what is stored does")
  func settlementsAreBounded() {
    var queue = queueWithThreeStored()
    queue.stall()
    for position in Int64(4)...10_000 {
      queue.append(Self.fact(Int(position), precedence: position == 4 ? .observation : .alarm))
      _ = queue.announce()
      // The first is lacking for ever: it is not dropped for one that all have.
      for destination in 0..<2 where position > 4 {
        queue.settle(Self.settlement(position, of: destination))
      }
    }
    let count = queue.settlementCount
    #expect(count == 0)
    for position in Int64(1)...3 { queue.settle(Self.settlement(position, of: 1)) }
    let settlements = queue.batch.settlements
    #expect(settlements == (1...3).map { Self.settlement($0, of: 1) })
    #expect(queue.dropped == [0, 0])
    #expect(queue.backlog(of: 0) == 4 && queue.backlog(of: 1) == 1)
  }

  @Test("What is refused before it was stored is not counted among what leaves the store")
  func refusedBeforeItIsStored() {
    var queue = queueWithThreeStored()
    queue.append(Self.fact(4))
    queue.stall()
    _ = queue.announce()
    var settlement = Self.settlement(4, of: 0)
    settlement.outcome = .setAside(fact: "4", reason: "too large")
    queue.settle(settlement)
    #expect(queue.backlog(of: 0) == 3 && queue.backlog(of: 1) == 4)
  }

  @Test("What leaves memory while it is being stored leaves the store afterwards")
  func settledWhileStored() {
    var queue = queueWithThreeStored()
    queue.append(Self.fact(4))
    let batch = queue.batch
    queue.stall()
    _ = queue.announce()
    queue.settle(Self.settlement(4, of: 0))
    queue.committed(batch, OutboxReceipt(backlog: [4, 4]))
    #expect(queue.batch.settlements == [Self.settlement(4, of: 0)])
    #expect(queue.backlog(of: 0) == 3 && queue.backlog(of: 1) == 4)
  }
}
