import DetectionCore
import DeviceProfiles
import FieldSimulation
import Testing

@Suite struct FaultCourseTests {
  /// Keller series 30: P1 and its answer, checksums as printed by the maker.
  static let request: [UInt8] = [0x01, 0x03, 0x00, 0x02, 0x00, 0x02, 0x65, 0xCB]
  static let answer: [UInt8] = [0x01, 0x03, 0x04, 0x3F, 0x75, 0xF0, 0x7B, 0xE3, 0xDE]

  static func spoiled(
    _ fault: FramedFault, _ bytes: [UInt8] = answer, framing: WireFraming = .rtu
  ) -> [UInt8] {
    var course = FaultScript(episodes: [FaultEpisode(fault)], seed: 7)
      .course(ofDevice: "probe", onBus: "field")
    return course.next(at: .zero).spoil(bytes, to: request, framing: framing)
  }

  @Test func eachFaultSpoilsWhatItSays() throws {
    #expect(Self.spoiled(.noAnswer) == [])
    #expect(Self.spoiled(.badChecksum) == Self.answer.dropLast() + [0xDE ^ 0x5A])
    #expect(Self.spoiled(.halfFrame) == Array(Self.answer.prefix(4)))
    #expect(Self.spoiled(.echo) == Self.request + Self.answer)
    #expect(Self.spoiled(.late(.seconds(1))) == Self.answer)
    let before = Self.spoiled(.noiseBefore)
    #expect((1...8).contains(before.count - Self.answer.count))
    #expect(before.suffix(Self.answer.count) == Self.answer[...])
    let after = Self.spoiled(.noiseAfter)
    #expect((1...8).contains(after.count - Self.answer.count))
    #expect(after.starts(with: Self.answer))
    let foreign = try RTUFrame(bytes: Self.spoiled(.wrongUnit))
    #expect(foreign.unit == 2)
    #expect(foreign.pdu == Array(Self.answer[1..<7]))
    let absurd = try RTUFrame(bytes: Self.spoiled(.absurd))
    #expect(absurd.pdu.prefix(2) == [0x03, 0x04])
    #expect(absurd.pdu.suffix(4) != Self.answer[3..<7])
  }

  @Test func overTCPTheTransactionNumberStandsForTheChecksum() {
    let answer: [UInt8] = [0, 9, 0, 0, 0, 5, 1, 3, 2, 0x12, 0x34]
    #expect(
      Self.spoiled(.badChecksum, answer, framing: .tcp)
        == [0, 9 ^ 0x5A] + answer.dropFirst(2))
    #expect(
      Self.spoiled(.wrongUnit, answer, framing: .tcp) == [0, 9, 0, 0, 0, 5, 2] + answer[7...])
  }

  @Test func anExceptionTakesThePlaceOfTheAnswer() throws {
    var course = FaultScript(episodes: [FaultEpisode(.exception(6))])
      .course(ofDevice: "probe", onBus: "field")
    let refusal = try #require(course.next(at: .zero).refusal(of: Self.request, framing: .rtu))
    #expect(try RTUFrame(bytes: refusal) == RTUFrame(unit: 1, pdu: [0x83, 6]))
  }

  @Test func onlyTheTargetIsHitAndOnlyInItsTime() {
    let script = FaultScript(episodes: [
      FaultEpisode(.noAnswer, of: "probe", from: .seconds(10), until: .seconds(20))
    ])
    var probe = script.course(ofDevice: "probe", onBus: "field")
    var lamp = script.course(ofDevice: "lamp", onBus: "field")
    #expect(
      [9, 10, 19, 20].map { probe.next(at: .seconds($0)).isSilent } == [
        false, true, true, false,
      ])
    #expect(!lamp.next(at: .seconds(10)).isSilent)
  }

  @Test func aFrozenDeviceMeasuresAsOfTheBeginningOfItsEpisode() {
    var course = FaultScript(episodes: [
      FaultEpisode(.frozen, from: .seconds(10), until: .seconds(20))
    ]).course(ofDevice: "probe", onBus: "field")
    #expect(
      [9, 15, 19, 20].map { course.next(at: .seconds($0)).measuredAt } == [
        .seconds(9), .seconds(10), .seconds(10), .seconds(20),
      ])
  }

  @Test func delaysAddUp() {
    var course = FaultScript(episodes: [
      FaultEpisode(.late(.milliseconds(300)), of: "field"),
      FaultEpisode(.late(.milliseconds(500)), of: "probe"),
    ]).course(ofDevice: "probe", onBus: "field")
    #expect(course.next(at: .zero).delay == .milliseconds(800))
  }

  @Test func aShareHitsThatShareAndTheSameAnswersEachTime() {
    func hits(seed: UInt64, device: String, episodes: [FaultEpisode]) -> [Bool] {
      var course = FaultScript(episodes: episodes, seed: seed)
        .course(ofDevice: device, onBus: "field")
      return (0..<4_000).map { _ in course.next(at: .zero).isSilent }
    }
    let quarter = FaultEpisode(.noAnswer, share: 0.25)
    let first = hits(seed: 3, device: "probe", episodes: [quarter])
    #expect(abs(first.count { $0 } - 1_000) < 120)
    #expect(first == hits(seed: 3, device: "probe", episodes: [quarter]))
    #expect(first != hits(seed: 4, device: "probe", episodes: [quarter]))
    #expect(first != hits(seed: 3, device: "lamp", episodes: [quarter]))
    // What else goes wrong does not change which answers are hit.
    let echo = FaultEpisode(.echo, share: 0.5)
    #expect(first == hits(seed: 3, device: "probe", episodes: [quarter, echo]))
  }
}
