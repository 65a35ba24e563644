import Delivery
import DeviceProfiles
import SiteConfiguration
import Testing

/// What is said about profiles that are wrong: each message whole, with line, path and value.
@Suite struct ProfileDiagnosticsTests {
  /// A sound profile; the tests below each break one of its lines.
  static let sound = """
    maker: Acme
    model: Level 1
    summary: A level sensor.
    provenance: {confidence: B, sources: [the manual]}
    addressing: zero-based
    serial: {baud: 9600, parity: none, stopBits: 1}
    unit: 1
    limits: {registers: 4, bits: 8}
    timing: {responseTimeout: 300 ms}
    quantities:
      level:
        title: Level
        table: holding
        address: 0x10
        type: int32
        order: CDAB
        unit: m
        scale: 1/1000
        gates: [{quantity: status, clear: 1}]
      status:
        title: Status
        table: holding
        address: 0x20
        type: uint16
        unit: "1"
      horn:
        title: Horn
        table: coil
        address: 0
        unit: "1"
        access: read-write
    cases:
      - name: one metre
        registers:
          - {table: holding, address: 0x10, words: [1000, 0]}
          - {table: holding, address: 0x20, words: [0]}
        expect: {level: 1.000}
      - name: horn on
        request: 01 05 00 00 FF 00 8C 3A
        response: 01 05 00 00 FF 00 8C 3A
        write: {horn: 1}
    """

  private func read(_ text: String, language: MessageLanguage = .english) -> (
    profile: DeviceProfile?, messages: [String]
  ) {
    let log = DiagnosticLog()
    let profile = ProfileDocument.read(
      SourceText(name: "level.yaml", text: text), id: "acme/level", into: log)
    return (profile, log.diagnostics.map { $0.rendered(in: language) })
  }

  private func broken(_ line: String, _ replacement: String) throws -> String {
    let parts = Self.sound.split(separator: line, omittingEmptySubsequences: false)
    try #require(parts.count == 2, "\(line) must stand there once")
    return parts.joined(separator: replacement)
  }

  @Test func theSoundProfileIsRead() throws {
    let (profile, messages) = read(Self.sound)
    #expect(messages == [])
    let level = try #require(profile?.quantity("level"))
    #expect(
      level.field
        == RawField(table: .holdingRegister, address: 16, type: .int32, order: .cdab))
    #expect(level.coding.scaling == Scaling(ratio: Ratio(1, 1000)))
    #expect(profile?.timing == DeviceTiming(responseTimeoutMs: 300))
    #expect(profile?.limits == ReadLimits(maximumRegisters: 4, maximumBits: 8))
    #expect(profile?.cases.count == 2)
  }

  @Test func aProfileWithoutCasesIsRefused() throws {
    let withoutCases = try #require(Self.sound.split(separator: "cases:").first)
    #expect(
      read(String(withoutCases)).messages == [
        "level.yaml:1:1: cases: missing — expected a value for cases"
      ])
    #expect(
      read(withoutCases + "cases: []").messages == [
        "level.yaml:32:8: cases: 0 — expected a list of 1 to 1000 elements"
      ])
  }

  @Test func everythingWrongIsSaidAtOnceAndInJapaneseToo() throws {
    let text = try broken("maker: Acme\n", "").replacing("parity: none", with: "parity: 無")
      .replacing("scale: 1/1000", with: "scale: 千分の一")
    #expect(
      read(text, language: .japanese).messages == [
        "level.yaml:1:1: maker: なし — 必要: maker の値",
        "level.yaml:5:30: serial.parity: 無 — 必要: 次のいずれか: none, even, odd",
        "level.yaml:17:12: quantities.level.scale: 千分の一 — 必要: 整数または 1/10 のような比",
      ])
  }

  /// Damaged files end in a profile or in messages, never in a crash and never in silence.
  @Test func damagedProfilesAreReadOrRefused() throws {
    var random = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0...UInt64.max, using: &random)
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let texts = ShippedProfile.all.map(\.text) + [Self.sound]
    for _ in 0..<400 {
      var bytes = Array(texts[next(texts.count)].utf8)
      for _ in 0...next(4) {
        let position = next(bytes.count)
        switch next(3) {
        case 0: bytes[position] = UInt8(32 + next(95))
        case 1: bytes.remove(at: position)
        default: bytes.removeSubrange(position..<min(bytes.count, position + next(40)))
        }
      }
      let (profile, messages) = read(String(decoding: bytes, as: UTF8.self))
      #expect((profile == nil) == !messages.isEmpty, "seed \(seed)")
    }
  }

  /// What stands in the sound profile, what is put there instead, and what is then said.
  @Test(
    arguments: [
      (
        "title: Level", "titel: Level",
        [
          "level.yaml:12:5: quantities.level.titel: unknown key — expected a known key; did"
            + " you mean \"title\"?",
          "level.yaml:12:5: quantities.level.title: missing — expected a value for title",
        ]
      ),
      (
        "unit: m", "unit: m\n    uint: m",
        [
          "level.yaml:18:5: quantities.level.uint: unknown key — expected a known key; did you"
            + " mean \"unit\"?"
        ]
      ),
      (
        "unit: m", "unit: mi",
        [
          "level.yaml:17:11: quantities.level.unit: mi — expected the UCUM code of a unit, such"
            + " as m, mm/h or Cel; did you mean \"min\"?"
        ]
      ),
      (
        "type: int32", "type: int33",
        [
          "level.yaml:15:11: quantities.level.type: int33 — expected one of bit, uint16,"
            + " int16, uint32, int32, uint64, int64, float32, float64; did you mean \"int32\"?"
        ]
      ),
      (
        "table: coil", "table: coils",
        [
          "level.yaml:28:12: quantities.horn.table: coils — expected one of coil, discrete,"
            + " input, holding; did you mean \"coil\"?"
        ]
      ),
      (
        "    order: CDAB\n", "",
        [
          "level.yaml:12:5: quantities.level.order: missing — expected a value for order"
        ]
      ),
      (
        "order: CDAB", "order: CBAD",
        [
          "level.yaml:16:12: quantities.level.order: CBAD — expected one of ABCD, CDAB, BADC,"
            + " DCBA"
        ]
      ),
      (
        "scale: 1/1000", "scale: 0.001",
        [
          "level.yaml:18:12: quantities.level.scale: 0.001 — expected a whole number or a"
            + " ratio such as 1/10"
        ]
      ),
      (
        "scale: 1/1000", "scale: 1/0",
        [
          "level.yaml:18:12: quantities.level.scale: 1/0 — expected a whole number or a ratio"
            + " such as 1/10"
        ]
      ),
      (
        "address: 0x10\n", "address: 0xFFFF\n",
        [
          "level.yaml:12:5: quantities.level: a mapping — expected registers up to address"
            + " 65535 at most"
        ]
      ),
      (
        "quantity: status, clear: 1", "quantity: state, clear: 1",
        [
          "level.yaml:19:24: quantities.level.gates[0].quantity: state — expected the id of a"
            + " quantity of this profile"
        ]
      ),
      (
        "quantity: status, clear: 1", "quantity: status, clear: 1, set: 2",
        [
          "level.yaml:19:13: quantities.level.gates[0]: a mapping — expected exactly one of"
            + " clear, set, equals"
        ]
      ),
      (
        "registers: 4, bits: 8", "registers: 1, bits: 8",
        [
          "level.yaml:12:5: quantities.level: 2 from address 16 — expected a read that the"
            + " limits of this profile allow"
        ]
      ),
      (
        "access: read-write", "access: read-write\n    write: {function: 6}",
        [
          "level.yaml:32:23: quantities.horn.write.function: 6 — expected one of 5, 15"
        ]
      ),
      (
        "access: read-write", "write: {function: 5}",
        [
          "level.yaml:31:12: quantities.horn.write: unknown key — expected access: write or"
            + " read-write beside it"
        ]
      ),
      (
        "    type: uint16\n", "    type: bit\n",
        [
          "level.yaml:24:11: quantities.status.type: bit — expected a type of registers, in a"
            + " table of registers"
        ]
      ),
      (
        "    type: uint16\n", "    type: uint16\n    bits: {shift: 12, width: 8}\n",
        [
          "level.yaml:25:11: quantities.status.bits: a mapping — expected bits within an"
            + " integer type"
        ]
      ),
      (
        "    type: uint16\n", "    type: uint16\n    range: [5, 5]\n",
        [
          "level.yaml:25:12: quantities.status.range: [5.0, 5.0] — expected a low end below"
            + " the high end"
        ]
      ),
      (
        "    type: uint16\n", "    type: uint16\n    sentinels: [{raw: 70000, means: none}]\n",
        [
          "level.yaml:25:37: quantities.status.sentinels[0].means: none — expected one of"
            + " missing, invalid, overflow, underflow",
          "level.yaml:25:23: quantities.status.sentinels[0].raw: 70000 — expected a whole"
            + " number from 0 to 65535",
        ]
      ),
      (
        "responseTimeout: 300 ms", "responseTimeout: 300",
        [
          "level.yaml:9:27: timing.responseTimeout: 300 — expected a duration with its unit"
            + " (ms, s, min, h, d), such as 5 min"
        ]
      ),
      (
        "horn:\n", "horn<n>:\n",
        [
          "level.yaml:27:5: quantities.horn<n>.repeat: missing — expected a value for repeat"
        ]
      ),
      (
        "horn:\n", "Horn:\n",
        [
          "level.yaml:27:5: quantities.Horn: Horn — expected an id of lower-case letters,"
            + " digits and hyphens"
        ]
      ),
      (
        "level: 1.000", "level: 1.001",
        [
          "level.yaml:37:21: cases[0].expect.level: 1.001 — expected 1.0, which the registers"
            + " decode to"
        ]
      ),
      (
        "level: 1.000", "level: missing",
        [
          "level.yaml:37:21: cases[0].expect.level: missing — expected 1.0, which the"
            + " registers decode to"
        ]
      ),
      (
        "level: 1.000", "level: high",
        [
          "level.yaml:37:21: cases[0].expect.level: high — expected a number, a label, or one"
            + " of missing, invalid, overflow, underflow"
        ]
      ),
      (
        "level: 1.000", "levle: 1.000",
        [
          "level.yaml:37:21: cases[0].expect.levle: levle — expected the id of a quantity of"
            + " this profile; did you mean \"level\"?"
        ]
      ),
      (
        "      - {table: holding, address: 0x20, words: [0]}\n", "",
        [
          "level.yaml:36:21: cases[0].expect.level: 1.000 — expected all registers of the"
            + " quantity and of its companions in the case"
        ]
      ),
      (
        "request: 01 05 00 00 FF 00 8C 3A", "request: 01 05 00 00 FF 00 8C 3B",
        [
          "level.yaml:39:14: cases[1].request: 01 05 00 00 FF 00 8C 3B — expected a frame that"
            + " ends in its CRC 8C 3A"
        ]
      ),
      (
        "response: 01 05 00 00 FF 00 8C 3A", "response: 01 05 00 00 00 00 CD CA",
        [
          "level.yaml:40:15: cases[1].response: 01 05 00 00 00 00 CD CA — expected the answer"
            + " to this request"
        ]
      ),
      (
        "response: 01 05 00 00 FF 00 8C 3A", "response: 01 05 0",
        [
          "level.yaml:40:15: cases[1].response: 01 05 0 — expected bytes in hexadecimal, such"
            + " as 01 03 00 02"
        ]
      ),
      (
        "write: {horn: 1}", "write: {horn: 0}",
        [
          "level.yaml:41:19: cases[1].write.horn: 0 — expected the value of the request; this"
            + " one is written as 01 05 00 00 00 00 CD CA"
        ]
      ),
      (
        "write: {horn: 1}", "write: {status: 1}",
        [
          "level.yaml:41:21: cases[1].write.status: 1 — expected a value that can be written"
            + " to this quantity"
        ]
      ),
      (
        "    expect: {level: 1.000}\n", "",
        [
          "level.yaml:33:5: cases[0]: a mapping — expected expect with registers or with"
            + " request and response, or one write with request and response"
        ]
      ),
      (
        "confidence: B", "confidence: D",
        [
          "level.yaml:4:26: provenance.confidence: D — expected one of A, B+, B, C"
        ]
      ),
      (
        "addressing: zero-based", "addressing: modicon",
        [
          "level.yaml:14:14: quantities.level.address: 0x10 — expected a number from 40001 to"
            + " 49999, or from 400001 to 465536",
          "level.yaml:23:14: quantities.status.address: 0x20 — expected a number from 40001 to"
            + " 49999, or from 400001 to 465536",
          "level.yaml:29:14: quantities.horn.address: 0 — expected a whole number from 1 to"
            + " 65536",
          "level.yaml:35:35: cases[0].registers[0].address: 0x10 — expected a number from"
            + " 40001 to 49999, or from 400001 to 465536",
          "level.yaml:36:35: cases[0].registers[1].address: 0x20 — expected a number from"
            + " 40001 to 49999, or from 400001 to 465536",
        ]
      ),
      (
        "unit: 1\nlimits", "unit: 300\nlimits",
        [
          "level.yaml:7:7: unit: 300 — expected a whole number from 1 to 255"
        ]
      ),
    ] as [(String, String, [String])])
  func messages(line: String, replacement: String, expected: [String]) throws {
    let (profile, messages) = read(try broken(line, replacement))
    #expect(profile == nil)
    #expect(messages == expected)
  }
}
