import LinuxHost
import Testing

@testable import GatewayRuntime

@Suite struct RingTests {
  @Test func keepsOrderAndCountBetweenTwoThreads() throws {
    let ring = Ring<UInt64>(capacity: 64)
    let total: UInt64 = 1_000_000
    let producer = try HostThread(name: "producer") { _ in
      var next: UInt64 = 0
      while next < total {
        if ring.push(next) { next += 1 }
      }
    }
    var expected: UInt64 = 0
    var strays = 0
    while expected < total {
      guard let element = ring.pop() else { continue }
      if element != expected { strays += 1 }
      expected += 1
    }
    producer.join()
    #expect(strays == 0)
    #expect(ring.pop() == nil)
    #expect(ring.count == 0)
  }

  @Test(arguments: [1, 3, 4, 1_000])
  func refusesWhenFullAndTakesAgainWhenNot(capacity: Int) {
    let ring = Ring<Int>(capacity: capacity)
    var pushed = 0
    while ring.push(pushed) { pushed += 1 }
    #expect(pushed >= capacity && pushed < 2 * capacity)
    #expect(ring.count == pushed)
    #expect(!ring.push(-1))
    #expect(ring.pop() == 0)
    #expect(ring.push(pushed))
    #expect((1...pushed).allSatisfy { ring.pop() == $0 })
    #expect(ring.pop() == nil)
  }
}
