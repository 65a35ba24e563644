import DeviceProfiles
import Testing

/// Frames and registers that makers print in their manuals, decoded to the values printed beside
/// them. Where a manual prints a wrong CRC, the frame here has the right one.
@Suite struct GoldenFramesTests {
  private static func bytes(_ hex: String) -> [UInt8] {
    hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
  }

  private static func quantity(
    _ id: String, _ table: RegisterTable, _ address: UInt16, _ type: RawType,
    _ order: WordOrder = .abcd, bits: BitField? = nil, before: Double = 0,
    per denominator: Int64 = 1,
    times numerator: Int64 = 1
  ) -> ProfileQuantity {
    ProfileQuantity(
      id: id,
      field: RawField(table: table, address: address, type: type, order: order, bits: bits),
      unit: "1",
      scaling: Scaling(before: before, ratio: Ratio(numerator, denominator)))
  }

  private static func expectations(
    _ values: KeyValuePairs<String, Double>, tolerance: Double = 0
  ) -> [ProfileCase.Expectation] {
    values.map {
      ProfileCase.Expectation(
        quantity: $0.key, outcome: .number($0.value, tolerance: tolerance))
    }
  }

  private func failures(
    _ quantities: [ProfileQuantity], _ request: String, _ response: String,
    _ values: KeyValuePairs<String, Double>, tolerance: Double = 0
  ) -> [CaseFailure] {
    let profile = DeviceProfile(
      id: "a/b", maker: "a", model: "b", serial: nil, defaultUnit: 1, quantities: quantities)
    return profile.failures(
      of: ProfileCase(
        name: "", request: Self.bytes(request), response: Self.bytes(response),
        expectations: Self.expectations(values, tolerance: tolerance)))
  }

  private func failures(
    _ quantities: [ProfileQuantity], _ blocks: [ProfileCase.Block],
    _ values: KeyValuePairs<String, Double>
  ) -> [CaseFailure] {
    let profile = DeviceProfile(
      id: "a/b", maker: "a", model: "b", serial: nil, defaultUnit: 1, quantities: quantities)
    return profile.failures(
      of: ProfileCase(name: "", registers: blocks, expectations: Self.expectations(values)))
  }

  @Test func kellerPressureAndTemperature() {
    let quantities = [
      Self.quantity("p1", .holdingRegister, 0x0002, .float32),
      Self.quantity("tob1", .holdingRegister, 0x0008, .float32),
      Self.quantity("both-p1", .holdingRegister, 0x0100, .float32),
      Self.quantity("both-tob1", .holdingRegister, 0x0102, .float32),
    ]
    #expect(
      failures(
        quantities, "01 03 00 02 00 02 65 CB", "01 03 04 3F 75 F0 7B E3 DE", ["p1": 0.960701],
        tolerance: 5e-7
      ).isEmpty)
    #expect(
      failures(
        quantities, "01 03 00 08 00 02 45 C9", "01 03 04 41 B5 C0 79 6E 0B", ["tob1": 22.719],
        tolerance: 5e-4
      ).isEmpty)
    #expect(
      failures(
        quantities, "01 03 01 00 00 04 45 F5", "01 03 08 3F 75 E3 D2 41 B6 1C 20 A0 C7",
        ["both-p1": 0.960508], tolerance: 5e-7
      ).isEmpty)
    #expect(
      failures(
        quantities, "01 03 01 00 00 04 45 F5", "01 03 08 3F 75 E3 D2 41 B6 1C 20 A0 C7",
        ["both-tob1": 22.7637], tolerance: 5e-5
      ).isEmpty)
  }

  @Test func soilMoistureTemperatureAndConductivity() throws {
    let quantities = [
      Self.quantity("moisture", .holdingRegister, 0, .uint16, per: 10),
      Self.quantity("temperature", .holdingRegister, 1, .int16, per: 10),
      Self.quantity("conductivity", .holdingRegister, 2, .uint16),
    ]
    #expect(
      failures(
        quantities, "01 03 00 00 00 03 05 CB", "01 03 06 02 92 FF 9B 03 E8 D8 0F",
        ["moisture": 65.8, "temperature": -10.1, "conductivity": 1000]
      ).isEmpty)
    var unit = Self.quantity("unit", .holdingRegister, 0x07D0, .uint16)
    unit.access = .readWrite
    let words = try #require(unit.encode(2))
    let request = try #require(unit.writeRequest(words: words))
    #expect(RTUFrame(unit: 1, pdu: request).bytes == Self.bytes("01 06 07 D0 00 02 08 86"))
  }

  @Test func laserDistance() {
    #expect(
      failures(
        [Self.quantity("distance", .holdingRegister, 0x34, .uint16)],
        "50 03 00 34 00 01 C8 45", "50 03 02 07 0B 06 7F", ["distance": 1803]
      ).isEmpty)
  }

  @Test func alternatingCurrentMeterSendsTheLowWordFirst() {
    let quantities = [
      Self.quantity("voltage", .inputRegister, 0, .uint16, per: 10),
      Self.quantity("current", .inputRegister, 1, .uint32, .cdab, per: 1000),
      Self.quantity("power", .inputRegister, 3, .uint32, .cdab, per: 10),
      Self.quantity("energy", .inputRegister, 5, .uint32, .cdab),
      Self.quantity("frequency", .inputRegister, 7, .uint16, per: 10),
      Self.quantity("factor", .inputRegister, 8, .uint16, per: 100),
    ]
    #expect(
      failures(
        quantities, "01 04 00 00 00 0A 70 0D",
        "01 04 14 08 D1 00 6C 00 00 00 F4 00 00 00 26 00 00 01 F4 00 64 00 00 51 34",
        [
          "voltage": 225.7, "current": 0.108, "power": 24.4, "energy": 38, "frequency": 50,
          "factor": 1,
        ]
      ).isEmpty)
  }

  @Test func directCurrentMeter() {
    let quantities = [
      Self.quantity("voltage", .inputRegister, 0, .uint16, per: 100),
      Self.quantity("current", .inputRegister, 1, .uint16, per: 100),
      Self.quantity("power", .inputRegister, 2, .uint32, .cdab, per: 10),
      Self.quantity("energy", .inputRegister, 4, .uint32, .cdab),
    ]
    #expect(
      failures(
        quantities, "01 04 00 00 00 08 F1 CC",
        "01 04 10 05 40 00 0A 00 0D 00 00 00 02 00 00 00 00 00 00 D6 29",
        ["voltage": 13.44, "current": 0.1, "power": 1.3, "energy": 2]
      ).isEmpty)
  }

  @Test func radarUnitAddress() {
    #expect(
      failures(
        [Self.quantity("unit", .holdingRegister, 4, .uint16)], "01 03 00 04 00 01 C5 CB",
        "01 03 02 00 01 79 84", ["unit": 1]
      ).isEmpty)
  }

  @Test func weatherStationBlock() {
    let quantities = [
      Self.quantity("light", .holdingRegister, 0x165, .uint16, times: 10),
      Self.quantity("uv", .holdingRegister, 0x166, .uint16, per: 10),
      Self.quantity("temperature", .holdingRegister, 0x167, .uint16, before: -400, per: 10),
      Self.quantity("humidity", .holdingRegister, 0x168, .uint16),
      Self.quantity("direction", .holdingRegister, 0x16B, .uint16),
      Self.quantity("pressure", .holdingRegister, 0x16D, .uint16, per: 10),
      Self.quantity("rain", .holdingRegister, 0x16E, .uint16, per: 100),
      Self.quantity("device", .holdingRegister, 0x163, .uint32),
    ]
    let words: [UInt16] = [
      0x0090, 0x0002, 0x0090, 0x1234, 0x5678, 0x06E7, 0x000D, 0x0296, 0x003C, 0x0000, 0x0000,
      0x0096, 0x0000, 0x271A, 0x0012,
    ]
    #expect(
      failures(
        quantities,
        [ProfileCase.Block(table: .holdingRegister, address: 0x160, words: words)],
        [
          "light": 17670, "uv": 1.3, "temperature": 26.2, "humidity": 60, "direction": 150,
          "pressure": 1001, "rain": 0.18, "device": 0x1234_5678,
        ]
      ).isEmpty)
  }

  @Test func roadSurfaceSensorPacksTwoStatesIntoOneRegister() {
    let quantities = [
      Self.quantity("temperature", .holdingRegister, 2, .int16, per: 100),
      Self.quantity("water", .holdingRegister, 3, .uint16, per: 100),
      Self.quantity("ice", .holdingRegister, 4, .uint16, per: 100),
      Self.quantity("snow", .holdingRegister, 5, .uint16, per: 100),
      Self.quantity("friction", .holdingRegister, 6, .uint16, per: 100),
      Self.quantity("warning", .holdingRegister, 7, .uint16, bits: BitField(shift: 8, width: 8)),
      Self.quantity("state", .holdingRegister, 7, .uint16, bits: BitField(shift: 0, width: 8)),
    ]
    let words: [UInt16] = [0x07EE, 0x00FA, 0x0140, 0x01AE, 0x0052, 0x0106]
    #expect(
      failures(
        quantities, [ProfileCase.Block(table: .holdingRegister, address: 2, words: words)],
        [
          "temperature": 20.3, "water": 2.5, "ice": 3.2, "snow": 4.3, "friction": 0.82,
          "warning": 1, "state": 6,
        ]
      ).isEmpty)
  }

  @Test func solarChargeControllerPower() {
    #expect(
      failures(
        [Self.quantity("power", .inputRegister, 0x3002, .uint32, .cdab, per: 100)],
        [ProfileCase.Block(table: .inputRegister, address: 0x3002, words: [0x93E0, 0x0004])],
        ["power": 3000]
      ).isEmpty)
  }

  @Test(arguments: [
    "01 03 00 01 00 01 D5 CA", "01 03 00 03 00 01 74 0A",  // radar level sensor
    "01 03 25 00 00 01 8F 06", "01 03 26 00 00 04 4F 41",  // water quality sensor
  ])
  func requestsCarryTheRightChecksum(hex: String) throws {
    let frame = try RTUFrame(bytes: Self.bytes(hex))
    #expect(frame.bytes == Self.bytes(hex))
  }

  /// Two manuals print these; they are what a receiver must refuse.
  @Test(
    arguments: [
      ("01 03 08 3F 75 E3 D2 41 B6 1C 20 A0 77", [0xA0, 0xC7]),
      ("01 03 06 02 92 FF 9B 03 E8 38 75", [0xD8, 0x0F]),
    ] as [(String, [UInt8])])
  func misprintedChecksumsAreRefused(hex: String, right: [UInt8]) {
    #expect(throws: RTUFrame.Fault.crc(expected: right)) {
      try RTUFrame(bytes: Self.bytes(hex))
    }
  }

  /// The check value that the catalogue of CRCs gives for CRC-16/MODBUS: 0x4B37.
  @Test func theChecksumHasItsCatalogueValue() {
    let digits = Array("123456789".utf8)
    let frame = RTUFrame(unit: digits[0], pdu: Array(digits.dropFirst()))
    #expect(frame.bytes.suffix(2) == [0x37, 0x4B])
  }

  @Test func framesOfAnyLengthAreRefusedOrRead() {
    var random = Repeatable(seed: 0xC3C)
    let profile = DeviceProfile(
      id: "a/b", maker: "a", model: "b", serial: nil, defaultUnit: 1,
      quantities: [Self.quantity("q", .holdingRegister, 0, .uint16)])
    for length in [0, 1, 3, 257] {
      let bytes = [UInt8](repeating: 0, count: length)
      #expect(throws: RTUFrame.Fault.length(length)) { try RTUFrame(bytes: bytes) }
    }
    for _ in 0..<5_000 {
      // Whole frames with any content: nothing may trap on what they say of their own length.
      let request = (0..<5).map { index in
        index == 0 ? UInt8(1 + random.next() % 4) : UInt8(truncatingIfNeeded: random.next() % 3)
      }
      let response = (0..<Int(1 + random.next() % 12)).map { index in
        index == 0 ? request[0] : UInt8(truncatingIfNeeded: random.next() % 8)
      }
      let example = ProfileCase(
        name: "", request: RTUFrame(unit: 1, pdu: request).bytes,
        response: RTUFrame(unit: 1, pdu: response).bytes,
        expectations: [
          ProfileCase.Expectation(quantity: "q", outcome: .number(-1, tolerance: 0))
        ])
      #expect(!profile.failures(of: example).isEmpty, "seed \(random.seed)")
    }
  }
}
