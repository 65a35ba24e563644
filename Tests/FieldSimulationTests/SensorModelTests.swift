import DetectionCore
import DeviceProfiles
import FieldSimulation
import Polling
import Tables
import Testing

/// Line sensors: what they say, what spoils it, and what they hear.
@Suite struct SensorModelTests {
  /// A wind sensor of NMEA's kind: `$7W,120,05.0,A*hh`.
  static func plan() throws -> DevicePlan {
    let pattern = try FramePattern("7W,{angle},{speed},{status}")
    let open = Gate(
      companion: "state", field: MessageField(2, format: .text), accepted: [Array("A".utf8)[...]])
    let line = FramedProtocol(
      framing: .text(.nmea), messages: [FramedMessage(content: .pattern(pattern))],
      quantities: [
        FramedQuantity(id: "angle", message: 0, field: 0, unit: "deg"),
        FramedQuantity(id: "speed", message: 0, field: 1, unit: "m/s", gates: [open]),
      ])
    return DevicePlan(
      id: "mast", line: line, timing: DeviceTiming(), points: [],
      examples: ["7W,120,05.0,A", "7W,,00.0,V"].map {
        FramedExample(message: 0, content: Array($0.utf8))
      })
  }

  static func text(_ bytes: [UInt8]?) -> String? {
    bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func itSaysWhatItsSourcesShowAndTheRestAsItsMaker() throws {
    let ramp = try #require(Formula("ramp(10, 10 s)"))
    var model = try SensorModel(
      Self.plan(),
      quantities: [
        // A point in km/h.
        SimulatedQuantity(
          id: "speed", source: .formula(ramp),
          derivation: try #require(AffineMapping(gain: 3.6)))
      ])
    #expect(Self.text(model.content(of: 0, at: .seconds(9))) == "7W,120,02.5,A")
    try model.drive(SimulatedQuantity(id: "speed", source: .formula(ramp, since: .seconds(4))))
    #expect(Self.text(model.content(of: 0, at: .seconds(9))) == "7W,120,05.0,A")
    try model.drive(SimulatedQuantity(id: "speed", source: .missing))
    #expect(Self.text(model.content(of: 0, at: .seconds(9))) == "7W,120,00.0,V")
    let gap = try #require(Series(start: nil, offsets: [0, 1_000_000_000], values: [7, .nan]))
    try model.drive(SimulatedQuantity(id: "speed", source: .series(gap)))
    #expect(Self.text(model.content(of: 0, at: .zero)) == "7W,120,07.0,A")
    #expect(Self.text(model.content(of: 0, at: .seconds(1))) == "7W,120,00.0,V")
    try model.drive(SimulatedQuantity(id: "speed", source: nil))
    #expect(Self.text(model.content(of: 0, at: .seconds(9))) == "7W,120,05.0,A")
  }

  @Test func whatItDoesNotHaveIsRefused() throws {
    var model = try SensorModel(Self.plan(), quantities: [])
    #expect(throws: DeviceModelError.self) {
      try model.drive(SimulatedQuantity(id: "gust", source: .constant(1)))
    }
    let twice = SimulatedQuantity(id: "speed", source: .constant(1))
    #expect(throws: DeviceModelError.self) {
      try SensorModel(Self.plan(), quantities: [twice, twice])
    }
    var mute = try Self.plan()
    mute.framed?.examples = []
    #expect(throws: DeviceModelError.noExample(device: "mast")) {
      try SensorModel(mute, quantities: [])
    }
  }

  private static func spoiled(_ fault: FramedFault) throws -> String {
    let plan = try Self.plan()
    var course = FaultScript(episodes: [FaultEpisode(fault)], seed: 7)
      .course(ofDevice: "mast", onBus: "line")
    let frame = course.next(at: .zero).spoil(
      Array("7W,120,05.0,A".utf8), to: Array("?".utf8), of: try #require(plan.framed).line)
    return String(decoding: frame, as: UTF8.self)
  }

  @Test(arguments: [
    (FramedFault.frozen, "$7W,120,05.0,A*25\r\n"), (.noAnswer, ""),
    (.badChecksum, "$7W,120,05.0,A*20\r\n"), (.halfFrame, "$7W,120,0"),
    (.echo, "?$7W,120,05.0,A*25\r\n"), (.exception(2), "$7W,120,05.0,A*25\r\n"),
  ])
  func aFaultSpoilsWhatItSays(fault: FramedFault, expected: String) throws {
    #expect(try Self.spoiled(fault) == expected)
  }

  @Test func anAbsurdMessageIsAGoodFrameWithOtherNumbers() throws {
    let absurd = try Self.spoiled(.absurd)
    #expect(absurd != "$7W,120,05.0,A*25\r\n")
    var framer = FrameReader(framing: .text(.nmea))
    #expect(absurd.utf8.map { framer.take($0) }.last == .frame)
    let pattern = try FramePattern("7W,{a:3},{s:4},A")
    var fields = [0..<0, 0..<0]
    #expect(pattern.matches(framer.content, fields: &fields))
  }

  @Test func sensorsHearWhatTheyAreAskedWithWhereverItStands() {
    var stream = RequestStream(texts: [Array("R1\n".utf8), Array("0R1\n".utf8), []])
    let heard = stream.receive(
      Array("x0R1\nR1".utf8), at: RequestStreamTests.instant(100), time: RequestStreamTests.line)
    #expect(heard.map(\.frame) == [Array("0R1\n".utf8)])
    #expect(heard.first?.start == RequestStreamTests.instant(101))
    #expect(heard.first?.end == RequestStreamTests.instant(105))
    let rest = stream.receive(
      [0x0A], at: RequestStreamTests.instant(200), time: RequestStreamTests.line)
    #expect(rest.map(\.frame) == [Array("R1\n".utf8)])
    #expect(stream.deadline == nil)
  }

  @Test(arguments: [
    ("gauge", "bad-checksum", "what can go wrong with gauge: one of no-answer, noise-before"),
    ("gauge", "exception 6", "what can go wrong with gauge: one of no-answer, noise-before"),
    ("sonar", "wrong-unit", "what can go wrong with sonar: one of no-answer, bad-checksum"),
    ("mast", "echo", "what can go wrong with mast: one of no-answer, bad-checksum"),
    ("*", "exception 6", "what can go wrong with the site's sensors: one of no-answer"),
    ("mast", "port-gone", "* or one of sonar"),
  ])
  func aFaultWithoutMeaningIsRefused(target: String, fault: String, expected: String) throws {
    let targets = FaultTargets(
      buses: ["sonar"], devices: [],
      sensors: [
        FaultTargets.Sensor(id: "gauge", bus: "sonar", hasChecksum: false, isAsked: true),
        FaultTargets.Sensor(id: "mast", bus: "sonar", hasChecksum: true, isAsked: false),
      ])
    func script(_ target: String, _ fault: String) throws(CSVError) {
      _ = try FaultScript(
        Array("from,until,target,fault,share\n,,\(target),\(fault),\n".utf8), file: "f",
        targets: targets)
    }
    let error = #expect(throws: CSVError.self) { try script(target, fault) }
    #expect(error?.expected.hasPrefix(expected) == true, "\(error?.expected ?? "")")
    for good in ["bad-checksum", "echo", "frozen", "late 1 s", "port-gone"] {
      try script("sonar", good)
    }
  }
}
