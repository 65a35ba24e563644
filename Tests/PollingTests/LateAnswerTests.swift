import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// Answers that come when nobody waits for them any more.
@Suite struct LateAnswerTests {
  /// A line on which each answer comes some time after its request, whoever waits for it then.
  struct SlowLine {
    struct Frame {
      let at: Int64
      let request: BusRequest
      let unit: UInt8
    }
    var frames: [Frame] = []

    /// What the gateway takes for the answer: the first frame that begins while it waits.
    mutating func answer(
      _ transaction: Transaction, _ nowMs: Int64, delay: Int64
    ) -> ScriptedBus.Answer {
      frames.append(
        Frame(at: nowMs + delay, request: transaction.request, unit: transaction.unit))
      frames.sort { $0.at < $1.at }
      let wait = (transaction.timeout.nanoseconds - 1) / 1_000_000 + 1
      guard
        let first = frames.firstIndex(where: { $0.at > nowMs && $0.at <= nowMs + wait })
      else { return .noAnswer(transaction) }
      let frame = frames.remove(at: first)
      frames.removeAll { $0.at <= frame.at }
      let took = frame.at - nowMs
      guard frame.unit == transaction.unit else { return .failed(.wrongUnit, tookMs: took) }
      guard case .read(let span) = frame.request, case .read(let asked) = transaction.request,
        span.table == asked.table, span.count == asked.count
      else { return .failed(.unexpectedAnswer, tookMs: took) }
      return .echo(frame.request, tookMs: took)
    }
  }

  /// Four blocks of one register, so that all answers look alike.
  static func plan() throws -> BusPlan {
    let profile = try #require(Sample.device(unit: 2, addresses: [20, 30]).modbus?.profile)
    return Sample.bus([
      Sample.device(unit: 1, addresses: [0, 10], periodMs: 1000),
      DevicePlan(
        id: "d2", unit: 2,
        profile: profile,
        points: Sample.device(unit: 2, addresses: [20], periodMs: 700, firstPoint: 2).points
          + Sample.device(unit: 2, addresses: [30], periodMs: 1100, firstPoint: 3).points,
        outputs: []),
    ])
  }
  static let expected: [Double] = [0, 10, 20, 30]

  /// The profile allows 200 ms: whatever comes within them never gets to another point.
  @Test(arguments: 1...20) func noAnswerIsTakenForAnothers(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    var line = SlowLine()
    var bus = try ScriptedBus(try Self.plan())
    bus.drainsTakeTime = true
    bus.run(untilMs: 300_000) { transaction, nowMs in
      let isLate = Int.random(in: 0..<5, using: &random) == 0
      let delay = Int64.random(in: isLate ? 50...200 : 5...15, using: &random)
      return line.answer(transaction, nowMs, delay: delay)
    }
    let wrong = bus.readings.filter {
      $0.flag == .notEvaluated && $0.value != Self.expected[Int($0.point.rawValue)]
    }
    #expect(wrong.isEmpty, "seed \(seed): \(wrong.prefix(3))")
    #expect(bus.schedule.counters.timeouts > 0)
    #expect(bus.readings.filter { $0.flag == .notEvaluated }.count > 1000)
  }

  private func at(_ ms: Int64) -> Instant { Instant(nanoseconds: ms * 1_000_000) }
  private let block = AskedRequest.registers(
    .read(
      RegisterSpan(table: .holdingRegister, address: 0, count: 2)))
  private let likeIt = AskedRequest.registers(
    .read(
      RegisterSpan(table: .holdingRegister, address: 10, count: 2)))
  private let longer = AskedRequest.registers(
    .read(
      RegisterSpan(table: .holdingRegister, address: 10, count: 3)))
  private let inputs = AskedRequest.registers(
    .read(RegisterSpan(table: .inputRegister, address: 0, count: 2)))
  private let write = AskedRequest.registers(.writeRegister(address: 0, value: 1))

  /// An answer to the same request is the right one, whichever it is; but then one more may come.
  @Test func theSameRequestMayBeRepeatedAtOnce() {
    var owed = StaleResponseGuard()
    owed.failed(block, latest: at(200), at: at(100))
    #expect(owed.hold(block, at: at(132)) == nil)
    let isSuspect = owed.answered(block, sentAt: at(132), latest: at(332))
    #expect(!isSuspect)
    #expect(owed.hold(likeIt, at: at(150)) == at(332))
    #expect(owed.hold(likeIt, at: at(332)) == nil)
    let isNextSuspect = owed.answered(likeIt, sentAt: at(332), latest: at(532))
    #expect(!isNextSuspect)
    #expect(owed.hold(block, at: at(350)) == nil)
  }

  @Test func anotherRequestWaitsAndItsAnswerIsSuspect() {
    var owed = StaleResponseGuard()
    owed.failed(block, latest: at(200), at: at(100))
    #expect(owed.hold(likeIt, at: at(132)) == at(200))
    let isSuspect = owed.answered(likeIt, sentAt: at(200), latest: at(400))
    #expect(isSuspect)
    let isNextSuspect = owed.answered(likeIt, sentAt: at(500), latest: at(700))
    #expect(!isNextSuspect)
  }

  @Test func answersOfAnotherFormProveThemselves() {
    for request in [longer, inputs, write] {
      var owed = StaleResponseGuard()
      owed.failed(block, latest: at(200), at: at(100))
      #expect(owed.hold(request, at: at(132)) == nil)
      let isSuspect = owed.answered(request, sentAt: at(132), latest: at(332))
      #expect(!isSuspect)
    }
    var owed = StaleResponseGuard()
    owed.failed(write, latest: at(200), at: at(100))
    #expect(owed.hold(block, at: at(132)) == nil)
    let isSuspect = owed.answered(block, sentAt: at(132), latest: at(332))
    #expect(!isSuspect)
  }

  @Test func afterSeveralTimeoutsNoReadProvesItself() {
    var owed = StaleResponseGuard()
    owed.failed(block, latest: at(200), at: at(100))
    owed.failed(likeIt, latest: at(300), at: at(210))
    #expect(owed.hold(block, at: at(220)) == at(300))
    let isSuspect = owed.answered(block, sentAt: at(300), latest: at(500))
    #expect(isSuspect)
  }

  @Test func nobodyAnswersAfterTenSeconds() {
    var owed = StaleResponseGuard()
    owed.failed(block, latest: at(200), at: at(100))
    let isSuspect = owed.answered(likeIt, sentAt: at(10_200), latest: at(10_400))
    #expect(!isSuspect)
  }
}
