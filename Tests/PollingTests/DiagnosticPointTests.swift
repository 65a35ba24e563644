import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

@Suite struct DiagnosticPointTests {
  @Test func classesAreAtMostAQuarterWideAndCoverAll() {
    for exponent in 0..<26 {
      for step in 0..<7 {
        let microseconds = (Int64(1) << Int64(exponent)) * Int64(8 + step) / 8
        var histogram = ResponseHistogram()
        let span = TimeSpan(nanoseconds: microseconds * 1000)
        histogram.count(span)
        let end = histogram.percentile(0.5)
        if microseconds < 256 {
          #expect(end == TimeSpan(nanoseconds: 320_000))
        } else if microseconds < 16_777_216 {
          #expect((end ?? .zero) > span)
          #expect((end ?? .zero).nanoseconds <= span.nanoseconds / 4 * 5)
        }
      }
    }
    var histogram = ResponseHistogram()
    #expect(histogram.isEmpty)
    #expect(histogram.percentile(0.5) == nil)
    histogram.count(TimeSpan(nanoseconds: -5))
    histogram.count(TimeSpan(nanoseconds: .max))
    #expect(histogram.percentile(0) == TimeSpan(nanoseconds: 320_000))
    #expect(histogram.percentile(1) == TimeSpan(nanoseconds: 16_777_216_000))
  }

  @Test func percentilesComeFromRecentAnswers() {
    var random = SplitMix64(seed: 3)
    var histogram = ResponseHistogram()
    func percentile(of times: [Int64]) -> Double {
      let sorted = times.sorted()
      return Double(sorted[(sorted.count * 95 + 99) / 100 - 1]) / 1e9
    }
    for scale: Int64 in [1_000_000, 100_000_000] {
      var times: [Int64] = []
      for _ in 0..<20_000 {
        let time = Int64.random(in: 1...scale, using: &random) + 300_000
        times.append(time)
        histogram.count(TimeSpan(nanoseconds: time))
      }
      let exact = percentile(of: times)
      let told = histogram.percentile(0.95)?.seconds ?? 0
      #expect(told >= exact * 0.97)
      #expect(told <= exact * 1.25)
    }
  }

  static func plan(_ measures: [(device: Int?, measure: DiagnosticMeasure)]) -> BusPlan {
    var plan = Sample.bus([
      Sample.device(unit: 1, addresses: [0]), Sample.device(unit: 2, addresses: [0], firstPoint: 1),
    ])
    plan.links = measures.enumerated().map { index, link in
      DiagnosticPoint(
        point: PointIndex(rawValue: UInt16(10 + index)), device: link.device,
        measure: link.measure, unitFactor: link.measure == .responseTime ? 1000 : 1,
        period: .seconds(10))
    }
    return plan
  }

  /// Two devices a second at 9600 baud, each 8 + 7 bytes and 20 ms: 35.625 ms a request.
  @Test func linksAreTold() throws {
    var bus = try ScriptedBus(
      Self.plan([
        (0, .responseTime), (1, .responseTime), (0, .failures), (1, .failures), (0, .load),
        (nil, .load), (nil, .failures),
      ]))
    bus.run(untilMs: 60_000) { transaction, nowMs in
      transaction.unit == 2 && nowMs >= 30_000
        ? .noAnswer(transaction) : LostDeviceTests.answer(transaction)
    }
    let told = (10...16).map { point in
      bus.readings.filter { Int($0.point.rawValue) == point }
    }
    #expect(told.allSatisfy { $0.count == 5 })
    for readings in told {
      #expect(readings.enumerated().allSatisfy { $1.time.nanoseconds == ($0 + 1) * 10_000_000_000 })
    }
    // 24 ms with the silence behind the answer and whole milliseconds.
    #expect(told[0].allSatisfy { (24...30).contains($0.value) && $0.flag == .notEvaluated })
    #expect(told[1].map(\.flag) == [.notEvaluated] * 3 + [.missing] * 2)
    #expect(told[2].allSatisfy { $0.value == 0 })
    #expect(told[3].map(\.value) == [0, 0, 0, 100, 100])
    #expect(told[4].allSatisfy { (3.5...4.5).contains($0.value) })
    #expect(told[5].prefix(3).allSatisfy { (7...9).contains($0.value) })
    #expect((told[6].last?.value ?? 0) > 0)
  }

  @Test func aBusWithoutAPortSaysSo() throws {
    var bus = try ScriptedBus(
      Self.plan([
        (nil, .failures), (nil, .responseTime), (nil, .load), (0, .missed), (nil, .openings),
      ]))
    bus.run(
      untilMs: 25_000,
      port: { task, _ in task == .open ? .failed(.portUnavailable(.notFound)) : .done },
      answer: { transaction, _ in .echo(transaction.request) })
    let told = (10...14).map { point in
      bus.readings.filter { Int($0.point.rawValue) == point }.map(\.value)
    }
    #expect(told[0] == [100, 100])
    #expect(told[1].allSatisfy { $0.isNaN })
    #expect(told[2] == [0, 0])
    #expect(told[3] == [0, 0])
    #expect(told[4] == [0, 0])
  }

  @Test func whatWasLeftOutAndOpenedIsCounted() throws {
    var bus = try ScriptedBus(Self.plan([(0, .missed), (nil, .missed), (nil, .openings)]))
    bus.run(untilMs: 25_000) { transaction, nowMs in
      if nowMs > 14_000, nowMs < 15_000 { return .failed(.portLost(5)) }
      return .echo(transaction.request, tookMs: nowMs < 1000 ? 3500 : 10)
    }
    let told = (10...12).map { point in
      bus.readings.filter { Int($0.point.rawValue) == point }.map(\.value)
    }
    #expect(told[0][0] >= 2)
    #expect(told[1][0] > told[0][0])
    #expect(told[0][1] == 0)
    #expect(told[2] == [1, 1])
  }

  /// On its own grid, whatever happens in between, and never two at once.
  @Test func linksKeepTheirGrid() {
    let start = Instant(nanoseconds: 5)
    var link = DiagnosticState(
      DiagnosticPoint(
        point: PointIndex(rawValue: 0), device: nil, measure: .load, period: .seconds(10)),
      start: start)
    _ = link.take(BusCounters(), openings: 0, isLost: false, at: start + .seconds(35))
    #expect(link.next == start + .seconds(40))
    _ = link.take(BusCounters(), openings: 0, isLost: false, at: Instant(nanoseconds: .max))
    #expect(link.next > start)
  }
}
