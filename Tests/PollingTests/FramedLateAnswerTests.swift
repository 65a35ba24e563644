import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// Answers of line sensors that come when nobody waits for them any more.
@Suite struct FramedLateAnswerTests {
  /// What stands in the answers: long enough that a piece of one is another number.
  static let values = [12.345, 67.891, 24.683, 13.579]

  /// Sensors with two messages each, or one with four; answers name their sensor and message, or
  /// do not.
  static func plan(named: Bool, timeoutMs: UInt32 = 100) throws -> BusPlan {
    let count = named ? 2 : 1
    return BusPlan(
      id: "line", link: FramedScheduleTests.serial,
      devices: try (0..<count).map { device in
        let numbers = (0..<4 / count).map { 4 / count * device + $0 }
        let line = FramedProtocol(
          framing: .text(TextFraming(end: 0x0A)),
          messages: try numbers.map { number in
            FramedMessage(
              request: [.bytes(Array("\(number)?".utf8))],
              content: .pattern(
                try FramePattern(named ? "\(number)={v\(number)}" : "{v\(number)}")))
          },
          quantities: numbers.enumerated().map { index, number in
            FramedQuantity(id: "v\(number)", message: index, field: 0, unit: "m")
          })
        return DevicePlan(
          id: "d\(device)", line: line,
          timing: DeviceTiming(responseTimeoutMs: timeoutMs, guardMs: 5),
          points: zip(numbers, line.quantities).map { number, quantity in
            PolledPoint(
              point: PointIndex(rawValue: UInt16(number)), quantity: quantity,
              period: .milliseconds(1000))
          })
      })
  }

  /// Runs for some seconds; the answer to each request begins after `delay` milliseconds and takes one
  /// for each byte. A sensor answers one request after the other.
  static func run(
    _ plan: BusPlan, named: Bool, untilMs: Int64 = 4000, delay: (_ request: Int) -> Int64?
  ) throws -> ScriptedLine {
    var line = try ScriptedLine(plan)
    line.isSlow = true
    var requests = 0
    var freeMs: [Int64] = [0, 0]
    line.run(untilMs: untilMs) { request, nowMs in
      defer { requests += 1 }
      let number = Int(request.prefix(1)) ?? 0
      let sensor = named ? number / 2 : 0
      guard let delay = delay(requests) else { return nil }
      let text = (named ? "\(number)=" : "") + "\(values[number])\n"
      let start = max(nowMs + max(1, delay), freeMs[sensor])
      freeMs[sensor] = start + Int64(text.utf8.count)
      // Two sensors at once would be noise.
      if named, (start - 20..<start + 20).contains(freeMs[1 - sensor]) { return nil }
      return (start - nowMs, Array(text.utf8))
    }
    return line
  }

  static func wrong(_ readings: [Reading]) -> [Reading] {
    readings.filter {
      $0.flag == .notEvaluated && $0.value != values[Int($0.point.rawValue)]
    }
  }

  /// One answer is late by whatever it may be, all others are on time: it never becomes another
  /// point's value, nor does a piece of it, unless that is marked as suspect.
  @Test(arguments: [1, 4, 6], [100, 500] as [UInt32])
  func oneLateAnswerIsNeverAnothers(which: Int, timeoutMs: UInt32) throws {
    let plan = try Self.plan(named: false, timeoutMs: timeoutMs)
    var suspect = 0
    for delay in stride(from: Int64(1), to: 2300, by: 11) {
      let line = try Self.run(plan, named: false) { $0 == which ? delay : 10 }
      let wrong = Self.wrong(line.readings)
      #expect(wrong.isEmpty, "\(delay) ms: \(wrong.map { "\($0.point) \($0.value)" })")
      suspect += line.readings.filter { $0.flag == .suspect }.count
      let good = line.readings.filter { $0.flag == .notEvaluated }.count
      #expect(good >= (delay < 900 ? 4 : 0), "\(delay) ms")
    }
    #expect(suspect > 0)
  }

  /// What names its sensor and message needs no other proof.
  @Test func anAnswerThatNamesItsSensorIsNeverSuspect() throws {
    let plan = try Self.plan(named: true)
    for delay in stride(from: Int64(1), to: 1500, by: 23) {
      let line = try Self.run(plan, named: true) { $0 == 1 ? delay : 10 }
      #expect(Self.wrong(line.readings).isEmpty, "\(delay) ms")
      #expect(!line.readings.contains { $0.flag == .suspect }, "\(delay) ms")
      #expect(line.readings.filter { $0.flag == .notEvaluated }.count >= 7, "\(delay) ms")
    }
  }

  /// A sensor that needs up to twice as long as its profile says is missing, and never wrong.
  @Test(arguments: [100, 500] as [UInt32])
  func aSensorThatIsAlwaysLateIsMissing(timeoutMs: UInt32) throws {
    let plan = try Self.plan(named: false, timeoutMs: timeoutMs)
    for delay in stride(from: Int64(1), to: Int64(2 * timeoutMs) - 10, by: 3) {
      let line = try Self.run(plan, named: false, untilMs: 6000) { _ in delay }
      #expect(Self.wrong(line.readings).isEmpty, "\(delay) ms")
      if delay < 90 { #expect(line.readings.allSatisfy { $0.flag == .notEvaluated }) }
    }
  }

  /// With 500 ms a sensor is waited for much shorter than its answers may take.
  @Test(arguments: 1...10, [100, 500] as [UInt32])
  func noiseAndLossMakeNoValue(seed: UInt64, timeoutMs: UInt32) throws {
    var random = SplitMix64(seed: seed)
    let plan = try Self.plan(named: false, timeoutMs: timeoutMs)
    let line = try Self.run(plan, named: false, untilMs: 30_000) { _ in
      switch Int.random(in: 0..<20, using: &random) {
      case 0: nil
      case 1: Int64.random(in: 1...Int64(2 * timeoutMs - 10), using: &random)
      default: Int64.random(in: 5...15, using: &random)
      }
    }
    #expect(Self.wrong(line.readings).isEmpty, "seed \(seed)")
    #expect(
      line.readings.filter { $0.flag == .notEvaluated }.count > (timeoutMs == 100 ? 60 : 20),
      "seed \(seed)")
  }

  @Test func messagesOfOneFormAreFound() throws {
    func forms(_ patterns: [String]) throws -> [Int] {
      let line = FramedProtocol(
        framing: .text(TextFraming(end: 0x0A)),
        messages: try patterns.enumerated().map { index, pattern in
          FramedMessage(
            request: [.bytes([UInt8(index)])],
            content: .pattern(
              try FramePattern(pattern).resolved(address: Array("0".utf8))))
        },
        quantities: patterns.indices.map {
          FramedQuantity(id: "q\($0)", message: $0, field: 0, unit: "1")
        })
      return line.forms
    }
    #expect(try forms(["{address}R1,{a}", "{address}R2,{b}"]) == [0, 1])
    #expect(try forms(["{a}", "{b}"]) == [1, 1])
    #expect(try forms(["{a} mm", "{b} Cel", "{c} mm"]) == [2, 1, 2])
    #expect(try forms(["{a:4}", "{b:5}", "T{c}"]) == [2, 2, 2])
    #expect(try forms(["A{a:3}", "B{b:4}"]) == [0, 1])
    #expect(try forms(["{a:4}", "{b:5}"]) == [0, 1])
    #expect(try forms(["x{a}", "?y{b}", "*z"]) == [2, 2, 2])
    #expect(try forms(["a*b{a}c", "a{b}d", "*q*e"]) == [0, 1, 2])
    #expect(try forms(["a*b{a}c", "*q*c"]) == [1, 1])
  }

  @Test func aLineThatNeverFallsSilentIsOpenedAgain() throws {
    var line = try ScriptedLine(try Self.plan(named: false))
    line.coming = (0..<1000).map { (Int64($0) * 10, Array("noise".utf8)) }
    line.run(untilMs: 10_000)
    #expect(line.schedule.counters.lastFault != nil)
    #expect(line.schedule.counters.portFaults >= 1)
    #expect(line.openings >= 2)
    #expect(!line.readings.contains { $0.flag == .notEvaluated })
  }
}
