import DetectionCore
import Foundation
import Testing

@testable import GatewayRuntime

/// The whole gateway in simulated time, each run from one seed.
///
/// `NOMORI_SEED=n` runs that seed alone; `NOMORI_SEEDS=n` runs so many random ones beside the fixed ones.
@Suite struct BoxTests {
  @Test func `what is promised holds in simulated days`() throws {
    let total = try live(at: .day, fixed: 15, random: 5)
    #expect(Self.isAlone || (total.starts > 20 && total.transitions > 1_000))
  }

  @Test func `what is promised holds while something is always wrong`() throws {
    let total = try live(at: .rush, fixed: 45, random: 5)
    // The faults do reach what they are meant for.
    #expect(Self.isAlone || (total.repeats > 0 && total.gaps > 0 && total.starts > 100))
    #expect(Self.isAlone || (total.transitions > 1_000 && total.answers > 100))
  }

  @Test func `the same seed gives the same run`() throws {
    let site = try BoxSite(pace: .rush)
    let first = try Box(site: site, seed: 7).run()
    let second = try Box(site: site, seed: 7).run()
    #expect(first.events > 0 && first == second)
  }

  @Test func `a run is shrunk to the fault that matters, and to its shortest`() throws {
    let faults = [
      BoxFault(kind: .brokerSlow, start: 100, length: 60, number: 0),
      BoxFault(kind: .kill, start: 400, length: 40, number: 0),
      BoxFault(kind: .diskFull, start: 500, length: 300, number: 0),
      BoxFault(kind: .deviceSilent, start: 900, length: 50, number: 1),
    ]
    let box = Box(site: try BoxSite(pace: .rush), seed: 3, faults: faults)
    let shrinker = try BoxShrinker(box) { $0.starts > 1 ? "started again" : nil }
    let smallest = try #require(shrinker).box.faults
    #expect(smallest == [BoxFault(kind: .kill, start: 400, length: 1, number: 0)])
  }

  /// Its descriptors would be missed at last: what serves Modbus may have none above 1,023.
  @Test func `a gateway that is gone leaves nothing behind`() throws {
    weak var queue: FactQueue?
    do {
      let gateway = try BoxGateway(in: BoxWorld(site: BoxSite(pace: .rush), seed: 5))
      queue = gateway.queue
      #expect(queue != nil)
    }
    #expect(queue == nil)
  }

  private static let environment = ProcessInfo.processInfo.environment
  private static var isAlone: Bool { environment["NOMORI_SEED"] != nil }

  private func live(at pace: BoxPace, fixed: UInt64, random: Int) throws -> Box.Result {
    let site = try BoxSite(pace: pace)
    var total = Box.Result()
    let seeds = Self.seeds(fixed: fixed, random: random)
    for seed in seeds {
      let box = Box(site: site, seed: seed)
      let result = try box.run()
      total.add(result)
      guard let violation = result.violation else { continue }
      let report = Self.isAlone ? try BoxShrinker(box)?.report : nil
      Issue.record("seed \(seed): \(violation)\n\(report ?? "NOMORI_SEED=\(seed) shrinks it")")
    }
    print("\(seeds.count) runs, seeds \(seeds.suffix(random)): \(total)")
    return total
  }

  private static func seeds(fixed: UInt64, random: Int) -> [UInt64] {
    if let seed = environment["NOMORI_SEED"].flatMap(UInt64.init) { return [seed] }
    let count = environment["NOMORI_SEEDS"].flatMap(Int.init) ?? random
    return Array(0..<fixed) + (0..<count).map { _ in UInt64.random(in: 0 ... .max) }
  }
}
