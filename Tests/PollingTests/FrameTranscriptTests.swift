import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// What is kept of the bytes of a line.
@Suite struct FrameTranscriptTests {
  static func told(_ line: borrowing ScriptedLine) -> [String] {
    line.transcript.map { entry in
      "\(entry.ms) \(entry.kind) \(entry.device.map(String.init) ?? "-") "
        + String(decoding: entry.bytes, as: UTF8.self)
    }
  }

  @Test func requestsAndAnswersAreKept() throws {
    var line = try ScriptedLine(try FramedScheduleTests.polled(["1"]))
    line.run(untilMs: 2900) { request, ms in
      switch ms {
      case 0: (30, Array("$1L,9*00\r\n".utf8))
      case 1000: (30, Array("$1L,12".utf8))
      default: (30, FramedScheduleTests.answer(request))
      }
    }
    let told = Self.told(line)
    #expect(
      told.prefix(4) == [
        "0 request 0 1L\n", "30 damaged 0 $1L,9*00\r\n", "62 request 0 1L\n",
        "92 message 0 " + String(decoding: FramedScheduleTests.answer("1L"), as: UTF8.self),
      ])
    #expect(told.contains { $0.hasSuffix("timeout 0 $1L,12") })
  }

  @Test func ofAFreeRunningSensorOnlyWhatGaveReadings() throws {
    var line = try ScriptedLine(try FramedScheduleTests.sonar(periodMs: 1000))
    line.coming = [(0, [0x0D])]
    for index in 0..<100 {
      line.coming.append((Int64(index) * 100 + 50, Array("R1\(100 + index)\r".utf8)))
    }
    line.run(untilMs: 9990)
    let messages = Self.told(line).filter { $0.contains("message") }
    #expect(messages.count == 10)
    #expect(messages.prefix(2) == ["50 message 0 \rR1100\r", "1050 message 0 R1110\r"])
    #expect(line.schedule.counters.answers == 100)
  }

  /// A line full of noise does not fill the recording, and neither does one long frame.
  @Test func noiseIsBounded() throws {
    var line = try ScriptedLine(try FramedScheduleTests.sonar(periodMs: 1000))
    for index in 0..<6000 { line.coming.append((Int64(index) * 10, [0x52, 0x01, 0x0D])) }
    line.run(untilMs: 60_000)
    #expect(line.schedule.counters.damaged > 5000)
    #expect(line.transcript.count <= 2 * PollingLimits.strangeFrames)
    #expect(line.transcript.count >= PollingLimits.strangeFrames)
    var long = try ScriptedLine(try FramedScheduleTests.sonar(periodMs: 1000))
    long.coming = [
      (0, [0x0D]), (10, Array(repeating: 0x41, count: 5000)), (20, Array("R1234\r".utf8)),
    ]
    long.run(untilMs: 900)
    #expect(long.transcript.allSatisfy { $0.bytes.count <= PollingLimits.transcriptBytes })
  }
}
