import DetectionCore
import Foundation
import Testing

/// The whole gateway in simulated days, each from one seed.
@Suite struct BoxTests {
  @Test func `what is promised holds in every simulated day`() throws {
    let site = try BoxSite()
    let count = UInt64(ProcessInfo.processInfo.environment["NOMORI_SEEDS"] ?? "") ?? 50
    let first = UInt64(ProcessInfo.processInfo.environment["NOMORI_SEED"] ?? "") ?? 0
    var total = Box.Result()
    let start = Date()
    var failed = 0
    for seed in first..<first + count {
      let result = try Box(site: site, seed: seed).run()
      total.events += result.events
      total.starts += result.starts
      total.repeats += result.repeats
      total.gaps += result.gaps
      total.steps += result.steps
      if let violation = result.violation {
        failed += 1
        if failed <= 20 { print("seed \(seed): \(violation)") }
      }
      #expect(result.violation == nil, "seed \(seed)")
    }
    print("\(count) days in \(Date().timeIntervalSince(start)) s, \(failed) failed: \(total)")
  }
}
