import DeviceProfiles
import SiteConfiguration
import Testing

/// Mistakes in the profile of a sensor that does not speak Modbus.
@Suite struct FramedProfileTests {
  static let good = """
    maker: Maker
    model: Model
    summary: A sensor.
    provenance: {confidence: B, sources: [its manual]}
    protocol: line
    serial: {baud: 9600, parity: none, stopBits: 1}
    framing: {start: "$", end: LF, checksumAfter: "*"}
    messages:
      - request: "{address}R\\n"
        pattern: "{address}R,{speed},{unit},{status}"
      - pattern: "D,{direction}"
    quantities:
      speed:
        title: Speed
        unit: m/s
        unitFrom: {field: unit, codes: {M: 1, K: 5/18}}
        gates: [{field: status, equals: [A, D]}]
      direction:
        title: Direction
        unit: deg
        sentinels: [{text: "999", means: missing}]
    cases:
      - name: a wind
        heard: "$0R,18,K,D*48\\r\\n$D,120*5B\\r\\n"
        expect: {speed: 5, direction: 120}
    """

  private static func read(_ text: String) -> (profile: DeviceProfile?, messages: [String]) {
    let log = DiagnosticLog()
    let profile = ProfileDocument.read(
      SourceText(name: "p.yaml", text: text), id: "maker/model", into: log)
    return (profile, log.diagnostics.map { $0.rendered() })
  }

  @Test func aGoodProfileIsRead() throws {
    let (profile, messages) = Self.read(Self.good)
    #expect(messages == [])
    let line = try #require(profile?.line)
    #expect(line.needsAddress && !line.isFreeRunning)
    #expect(line.messages.map(\.fieldCount) == [3, 1])
    #expect(line.quantities.map(\.message) == [0, 1])
    #expect(profile?.quantities.isEmpty == true)
  }

  @Test(
    arguments: [
      ("end: LF", "end: CRLF", ["framing.end: CRLF — expected CR, LF, STX, ETX, a character"]),
      (
        "framing: {start: \"$\", end: LF, checksumAfter: \"*\"}", "framing: 5",
        ["framing: 5 — expected nmea, ve-direct, {end: …}"]
      ),
      ("\"D,{direction}\"", "\"D,{direction}{x}\"", ["expected a literal text between two parts"]),
      ("\"D,{direction}\"", "\"D,{direction\"", ["expected fields as {name} or {name:4}"]),
      ("\"D,{direction}\"", "\"D,{speed},{direction}\"", ["speed — expected each name of a field"]),
      ("- pattern: \"D", "- fields: \"D", ["messages[1].pattern: missing", "unknown key"]),
      ("{field: unit,", "{field: units,", ["units — expected a field of the same message: speed"]),
      ("{field: status,", "{field: direction,", ["direction — expected a field of the same"]),
      ("  direction:\n", "  bearing:\n", ["bearing — expected a field of a message: speed, unit"]),
      ("unit: m/s", "unit: m/x", ["quantities.speed.unit: m/x"]),
      ("{text: \"999\", means: missing}", "{means: missing}", ["either text or bytes"]),
      ("{speed: 5, ", "{speed: 6, ", ["expect.speed: 6 — expected 5.0"]),
      ("{speed: 5, ", "{sped: 5, ", ["sped — expected the id of a quantity of this profile"]),
      ("*48\\r\\n$D", "*49\\r\\n$D", ["expect.speed: 5 — expected a whole message"]),
      ("    heard: ", "    heardBytes: ", ["expected bytes in hexadecimal", "either heard or"]),
      ("protocol: line", "protocol: lime", ["lime", "addressing", "unit", "framing", "messages"]),
    ] as [(String, String, [String])])
  func aMistakeIsNamed(part: String, replacement: String, expected: [String]) throws {
    let text = try #require(Self.good.with(part, replacement))
    let (profile, messages) = Self.read(text)
    #expect(profile == nil)
    for part in expected {
      #expect(messages.contains { $0.contains(part) }, "\(part) not in \(messages)")
    }
  }

  @Test func settingsAreRead() throws {
    let setup = """
      setup:
        - {send: "{address}C\\n", wait: 100 ms}
        - {sendBytes: 01 02, stored: true}
      messages:
      """
    let text = try #require(Self.good.with("messages:", setup))
    let (profile, messages) = Self.read(text)
    #expect(messages == [])
    let line = try #require(profile?.line)
    #expect(line.resolved(address: "7").setup.map(\.bytes) == [[0x37, 0x43, 0x0A], [1, 2]])
    #expect(line.setup.map(\.waitMs) == [100, 0])
    #expect(line.setup.map(\.isStored) == [false, true])
    for (part, replacement, expected) in [
      ("100 ms", "1 min", "setup[0].wait: 1 min — expected a duration from 0 s to 10 s"),
      ("01 02", "1", "setup[1].sendBytes: 1 — expected bytes in hexadecimal"),
      ("stored: true", "stored: perhaps", "setup[1].stored: perhaps — expected true or false"),
      ("sendBytes: 01 02, ", "", "setup[1]: a mapping — expected send or sendBytes"),
      ("wait: ", "pause: ", "setup[0].pause: unknown key"),
    ] {
      let wrong = try #require(text.with(part, replacement))
      let messages = Self.read(wrong).messages
      #expect(messages.contains { $0.contains(expected) }, "\(messages)")
    }
  }

  @Test func binaryFramesMustHoldWhatTheyAreSaidToHold() throws {
    let binary = """
      maker: Maker
      model: Model
      summary: A sensor.
      provenance: {confidence: B, sources: [its manual]}
      protocol: line
      framing: {start: 55 AA, length: 6, checksum: {kind: xor8, from: 2, at: 5}}
      messages:
        - requestBytes: 55 AA 01
          fields: {level: {at: 2, type: int16-low-first}}
      quantities:
        level: {title: Level, unit: mm, scale: 1/10, sentinels: [{bytes: FF 7F, means: overflow}]}
      cases:
        - {name: low, heardBytes: 55 AA F6 FF 00 09, expect: {level: -1.0}}
        - {name: too much, heardBytes: 55 AA FF 7F 00 80, expect: {level: overflow}}
      """
    #expect(Self.read(binary).messages == [])
    for (part, replacement, expected) in [
      ("at: 5", "at: 6", "expected a checksum within the frame"),
      ("at: 2, type", "at: 5, type", "int16-low-first at 5 — expected bytes within the frame"),
      ("start: 55 AA", "start: 55 AA 01 02 03 04", "expected fewer bytes than the frame has"),
      ("00 09", "00 08", "expected a whole message with this quantity"),
      ("length: 6", "length: 600", "expected a whole number from 2 to 512"),
    ] {
      let text = try #require(binary.with(part, replacement))
      let messages = Self.read(text).messages
      #expect(messages.contains { $0.contains(expected) }, "\(expected) not in \(messages)")
    }
  }
}
