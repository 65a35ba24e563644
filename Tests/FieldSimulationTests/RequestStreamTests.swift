import DetectionCore
import DeviceProfiles
import FieldSimulation
import Testing

@Suite struct RequestStreamTests {
  static let line: @Sendable (Int) -> TimeSpan = { .milliseconds(Int64($0)) }
  static let read = FaultCourseTests.request
  static let write = RTUFrame(unit: 2, pdu: [16, 0, 1, 0, 1, 2, 0, 7]).bytes
  static let unknown = RTUFrame(unit: 2, pdu: [0x11]).bytes

  static func instant(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func aRequestIsHeardWhenItsLastBitIsThrough() {
    var stream = RequestStream(framing: .rtu, interFrameDelay: .milliseconds(4))
    #expect(stream.receive(Self.read.prefix(3), at: Self.instant(100), time: Self.line) == [])
    let heard = stream.receive(Self.read.dropFirst(3), at: Self.instant(101), time: Self.line)
    #expect(heard.map(\.frame) == [Self.read])
    #expect(heard.first?.start == Self.instant(100))
    #expect(heard.first?.end == Self.instant(108))
    #expect(stream.deadline == nil)
    let both = stream.receive(Self.read + Self.write, at: Self.instant(200), time: Self.line)
    #expect(both.map(\.frame) == [Self.read, Self.write])
  }

  @Test func whatCannotBeMeasuredEndsWithSilence() {
    var stream = RequestStream(framing: .rtu, interFrameDelay: .milliseconds(4))
    #expect(stream.receive(Self.unknown, at: Self.instant(0), time: Self.line) == [])
    #expect(stream.deadline == Self.instant(8))
    #expect(stream.flush(at: Self.instant(7)) == nil)
    #expect(stream.flush(at: Self.instant(8))?.frame == Self.unknown)
    var damaged = Self.read
    damaged[3] ^= 1
    #expect(stream.receive(damaged, at: Self.instant(20), time: Self.line) == [])
    #expect(stream.flush(at: Self.instant(40)) == nil)
    let heard = stream.receive(Self.read, at: Self.instant(50), time: Self.line)
    #expect(heard.map(\.frame) == [Self.read])
  }

  @Test func aTCPRequestSaysItsLength() {
    var stream = RequestStream(framing: .tcp, interFrameDelay: .zero)
    let frame: [UInt8] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2]
    #expect(stream.receive(frame.prefix(11), at: Self.instant(0)) { _ in .zero } == [])
    let requests = stream.receive(frame.suffix(1) + frame, at: Self.instant(1)) { _ in .zero }
    #expect(requests.map(\.frame) == [frame, frame])
  }

  @Test(arguments: 0..<16) func anyBytesLeaveItListening(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for framing in [WireFraming.rtu, .tcp] {
      var stream = RequestStream(framing: framing, interFrameDelay: .milliseconds(4))
      for moment in 0..<200 {
        let count = Int.random(in: 1...400, using: &random)
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        for request in stream.receive(bytes, at: Self.instant(Int64(moment)), time: Self.line) {
          #expect(request.frame.count <= 266, "seed \(seed)")
        }
      }
      guard framing == .rtu, let deadline = stream.deadline else { continue }
      _ = stream.flush(at: deadline)
      let heard = stream.receive(Self.read, at: deadline, time: Self.line)
      #expect(heard.map(\.frame) == [Self.read], "seed \(seed)")
    }
  }
}

@Suite struct TimedAnswerTests {
  @Test func bytesArriveWhenTheirLastBitDoes() {
    let start = Instant(nanoseconds: 5_000_000)
    var answer = TimedAnswer([1, 2, 3, 4], start: start) { .milliseconds(Int64($0)) }
    #expect(answer.end == Instant(nanoseconds: 9_000_000))
    #expect(answer.arrived(by: start) == [])
    #expect(answer.next(after: start, lump: .zero) == Instant(nanoseconds: 6_000_000))
    #expect(answer.arrived(by: Instant(nanoseconds: 7_500_000)) == [1, 2])
    #expect(
      answer.next(after: Instant(nanoseconds: 7_500_000), lump: .milliseconds(10)) == answer.end)
    #expect(!answer.isOver)
    #expect(answer.arrived(by: answer.end) == [3, 4])
    #expect(answer.isOver)
  }
}
