import DeviceProfiles
import SiteConfiguration
import Testing

/// What each key of the format becomes.
@Suite struct ProfileFormatTests {
  private func read(_ text: String) throws -> DeviceProfile {
    let log = DiagnosticLog()
    let profile = ProfileDocument.read(
      SourceText(name: "a.yaml", text: text), id: "a/b", into: log)
    for diagnostic in log.diagnostics { Issue.record("\(diagnostic.rendered())") }
    return try #require(profile)
  }

  /// How the maker counts, the printed address, and the address on the wire.
  @Test(arguments: [
    ("zero-based", "holding", "40001", 40001),
    ("literal", "holding", "40001", 40001),
    ("literal", "input", "0x7533", 30003),
    ("one-based", "holding", "1", 0),
    ("one-based", "coil", "65536", 65535),
    ("modicon", "holding", "40001", 0),
    ("modicon", "holding", "49999", 9998),
    ("modicon", "holding", "400001", 0),
    ("modicon", "holding", "465536", 65535),
    ("modicon", "input", "30041", 40),
    ("modicon", "discrete", "10003", 2),
    ("modicon", "coil", "17", 16),
  ])
  func addresses(addressing: String, table: String, printed: String, wire: Int) throws {
    let isBits = table == "coil" || table == "discrete"
    let profile = try read(
      """
      maker: Acme
      model: X
      summary: Anything.
      provenance: {confidence: C, sources: [none]}
      addressing: \(addressing)
      unit: 1
      quantities:
        q: {title: Q, table: \(table), address: \(printed)\(isBits ? "" : ", type: uint16"), unit: "1"}
      cases:
        - name: one
          registers: [{table: \(table), address: \(printed), words: [1]}]
          expect: {q: 1}
      """)
    #expect(profile.quantities[0].field.address == UInt16(wire))
    #expect(profile.serial == nil)
    #expect(profile.limits == ReadLimits())
    #expect(profile.timing == DeviceTiming())
  }

  /// A device that answers after 12 ms, told in `timing`.
  private func timed(_ timing: String) -> (DeviceProfile?, [String]) {
    let log = DiagnosticLog()
    let text = """
      maker: Acme
      model: X
      summary: Anything.
      provenance: {confidence: C, sources: [none]}
      addressing: zero-based
      unit: 1
      timing: {\(timing)}
      quantities:
        q: {title: Q, table: holding, address: 1, type: uint16, unit: "1"}
      cases: [{name: one, registers: [{table: holding, address: 1, words: [1]}], expect: {q: 1}}]
      """
    let profile = ProfileDocument.read(
      SourceText(name: "a.yaml", text: text), id: "a/b", into: log)
    return (profile, log.diagnostics.map { $0.rendered() })
  }

  @Test func theFormerNameOfAKeyIsReadWithAWarningThatNamesTheNewOne() {
    let (profile, messages) = timed("turnaround: 12 ms")
    #expect(profile?.timing == DeviceTiming(responseDelayMs: 12))
    #expect(
      messages == [
        "a.yaml:7:22: warning: timing.turnaround: former key — expected the key responseDelay, as "
          + "it is called now"
      ])
    #expect(timed("responseDelay: 12 ms").1 == [])
    #expect(timed("turnaround: 12 ms, responseDelay: 12 ms").0 == nil)
  }

  private static let rich = """
    maker: Acme
    model: X
    summary: Everything that the format can say.
    provenance:
      confidence: B+
      sources: [manual 1, manual 2]
      unverified: [the unit]
    addressing: one-based
    serial: {baud: 19200, parity: even, stopBits: 2}
    unit: 246
    reservedUnits: [0, 250]
    limits:
      registers: 10
      bits: 16
      hole: 3
      forbidden: [{table: holding, address: 210, count: 1}]
    timing:
      responseTimeout: 15 s
      guard: 4 ms
      minimumPeriod: 10 s
      startup: 500 ms
      warmup: 2 min
      afterWrite: 30 ms
      responseDelay: 50 ms
    preparation:
      - {write: {table: holding, address: 9, words: [8]}, wait: 300 ms}
      - {read: {table: holding, address: 9473, count: 1}, wait: 1 s}
      - {send: 42 00, wait: 0 s}
    exceptions:
      - {code: 5, means: not-ready, retry: 200 ms}
      - {code: 3, means: overflow}
    identity:
      - {table: holding, address: 1, type: uint16, bits: {shift: 8, width: 8}, accept: [0x90, 36]}
      - {serverText: Sommer RG-30}
    watchdog: timeout
    quantities:
      value<n>:
        title: Value <n> of two
        repeat: {count: 2, step: 8}
        table: input
        address: 38
        type: float32
        order: DCBA
        unit: mg/L
        sentinels: [{raw: nan, means: missing}, {raw: -999.5, means: invalid}]
        gates: [{quantity: quality<n>, equals: [0, 1], otherwise: missing}]
        range: [0, 20]
        alone: true
      quality<n>:
        title: Quality <n>
        repeat: {count: 2, step: 8}
        table: input
        address: 42
        type: uint16
        unit: "1"
        labels: {0: good, 1: old, 7: no-sensor}
      level:
        title: Level
        table: holding
        address: 5
        type: int16
        unit: m
        offsetBefore: -400
        scale: 254/1000
        offsetAfter: 1.5
        decimalsFrom: decimals
        unitFrom:
          quantity: unit
          codes:
            0x11: 1/100
            33: {offsetBefore: -32, scale: 5/9}
        sentinels: [{raw: -32768, means: underflow}]
      unit: {title: Unit code, table: holding, address: 3, type: uint16, unit: "1"}
      decimals: {title: Decimals, table: holding, address: 4, type: uint16, unit: "1"}
      pulses:
        title: Pulses
        table: input
        address: 17
        type: uint32
        order: ABCD
        unit: "1"
        counter: {width: 24, resetsAtPowerUp: true, clearedByReading: true}
      timeout: {title: Timeout, table: holding, address: 8, type: uint16, unit: s, access: read-write}
      siren:
        title: Siren
        table: holding
        address: 100
        type: uint16
        unit: "1"
        access: read-write
        write: {function: 16, readback: different}
    cases:
      - name: a value and its quality
        registers:
          - {table: input, address: 38, words: [0, 0x2041, 0, 0, 7]}
          - {table: input, address: 46, words: [0, 0x2041, 0, 0, 1]}
        expect: {value1: missing, value2: 10, quality1: no-sensor, quality2: old}
    """

  @Test func everyKeyOfADeviceIsKept() throws {
    let profile = try read(Self.rich)
    #expect(profile.id == "a/b")
    #expect(
      profile.provenance
        == Provenance(
          confidence: .maker, sources: ["manual 1", "manual 2"], unverified: ["the unit"]))
    #expect(profile.serial == SerialSettings(baud: 19200, parity: .even, stopBits: 2))
    #expect(profile.defaultUnit == 246)
    #expect(profile.reservedUnits == [0, 250])
    #expect(
      profile.limits
        == ReadLimits(
          maximumRegisters: 10, maximumBits: 16, maximumHole: 3,
          forbidden: [RegisterSpan(table: .holdingRegister, address: 209, count: 1)]))
    #expect(
      profile.timing
        == DeviceTiming(
          responseTimeoutMs: 15_000, guardMs: 4, minimumPeriodMs: 10_000, startupMs: 500,
          warmupMs: 120_000, afterWriteMs: 30, responseDelayMs: 50))
    #expect(
      profile.preparation == [
        SampleTriggerStep(
          request: .write(table: .holdingRegister, address: 8, words: [8]), waitMs: 300),
        SampleTriggerStep(
          request: .read(RegisterSpan(table: .holdingRegister, address: 0x2500, count: 1)),
          waitMs: 1000),
        SampleTriggerStep(request: .other([0x42, 0]), waitMs: 0),
      ])
    #expect(
      profile.exceptions == [
        ExceptionMeaning(code: 5, meaning: .notReady(retryMs: 200)),
        ExceptionMeaning(code: 3, meaning: .fault(.overflow)),
      ])
    let code = RawField(
      table: .holdingRegister, address: 0, type: .uint16, bits: BitField(shift: 8, width: 8))
    #expect(
      profile.identity == [
        .field(code, mask: .max, accepted: [0x90, 36]), .serverText("Sommer RG-30"),
      ])
    #expect(profile.watchdog == "timeout")
  }

  @Test func everyKeyOfAQuantityIsKept() throws {
    let profile = try read(Self.rich)
    let quality = RawField(table: .inputRegister, address: 49, type: .uint16)
    #expect(
      profile.quantity("value2")
        == ProfileQuantity(
          id: "value2", title: "Value 2 of two",
          field: RawField(table: .inputRegister, address: 45, type: .float32, order: .dcba),
          unit: "mg/L",
          sentinels: [
            Sentinel(.notANumber, means: .missing), Sentinel(.raw(0xC479_E000), means: .invalid),
          ],
          gates: [
            Gate(companion: "quality2", field: quality, accepted: [0, 1], fault: .missing)
          ],
          range: 0...20, isReadAlone: true))
    let level = try #require(profile.quantity("level"))
    #expect(level.coding.scaling == Scaling(before: -400, ratio: Ratio(254, 1000), after: 1.5))
    #expect(level.coding.sentinels == [Sentinel(.raw(0x8000), means: .underflow)])
    #expect(
      level.coding.companionScales == [
        CompanionScale(
          companion: "decimals",
          field: RawField(table: .holdingRegister, address: 3, type: .uint16), rule: .decimals),
        CompanionScale(
          companion: "unit",
          field: RawField(table: .holdingRegister, address: 2, type: .uint16),
          rule: .codes([
            ScaleCode(raw: 0x11, scaling: Scaling(ratio: Ratio(1, 100))),
            ScaleCode(raw: 33, scaling: Scaling(before: -32, ratio: Ratio(5, 9))),
          ])),
      ])
    #expect(
      profile.quantity("pulses")?.counter
        == Counter(width: 24, resetsAtPowerUp: true, clearedByReading: true))
    let siren = try #require(profile.quantity("siren"))
    #expect(siren.writeFunction == .multipleRegisters)
    #expect(siren.readback == .different)
    #expect(profile.quantity("quality1")?.label(for: 7) == "no-sensor")
    #expect(profile.quantity("quality1")?.label(for: 2) == nil)
  }
}
