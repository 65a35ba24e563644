import Delivery
import Foundation
import Testing

@Suite("Facts as they are kept")
struct FactTests {
  @Test("The readings before an event are read as earlier versions wrote them, and as lists")
  func pastReadings() throws {
    let earlier = #"[{"ageNs":60000000000,"value":2.5,"flag":1},{"ageNs":0,"flag":9}]"#
    let list = "[[60000000000,2.5,1],[0,null,9]]"
    let read = try JSONDecoder().decode([EventFact.PastReading].self, from: Data(earlier.utf8))
    #expect(read.map(\.ageNs) == [60_000_000_000, 0])
    #expect(read.map(\.value) == [2.5, nil] && read.map(\.flag) == [1, 9])
    #expect(try JSONDecoder().decode([EventFact.PastReading].self, from: Data(list.utf8)) == read)
    #expect(String(decoding: try JSONEncoder().encode(read), as: UTF8.self) == list)
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
}
