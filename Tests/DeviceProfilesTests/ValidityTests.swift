import DeviceProfiles
import Testing

@Suite struct ValidityTests {
  /// The messages of the field: the register's words and what they say.
  @Test(
    arguments: [
      // 0xFFFF of an unsigned register (ultrasonic, weather stations).
      (
        quantity(.uint16, sentinels: [Sentinel(.raw(0xFFFF), means: .missing)]),
        [0xFFFF], DecodedValue.missing(.noMeasurement)
      ),
      (
        quantity(.uint16, sentinels: [Sentinel(.raw(0xFFFF), means: .missing)]), [0xFFFE],
        .value(65534)
      ),
      // The ends of a signed register (pressure, road weather).
      (
        quantity(.int16, sentinels: [Sentinel(.raw(0x7FFF), means: .overflow)]), [0x7FFF],
        .invalid(.overflow)
      ),
      (
        quantity(.int16, sentinels: [Sentinel(.raw(0x8000), means: .underflow)]), [0x8000],
        .invalid(.underflow)
      ),
      // Two codes of one register with two meanings.
      (
        quantity(
          .uint16,
          sentinels: [
            Sentinel(.raw(0xFFFE), means: .missing), Sentinel(.raw(0xFFFD), means: .invalid),
          ]), [0xFFFD], .invalid(.reported)
      ),
      // 0 means that there is no battery.
      (
        quantity(.uint16, sentinels: [Sentinel(.raw(0), means: .missing)]), [0],
        .missing(.noMeasurement)
      ),
      // A sentinel is compared before anything is scaled.
      (
        quantity(
          .uint16, scaling: Scaling(ratio: Ratio(1, 10)),
          sentinels: [Sentinel(.raw(999), means: .invalid)]), [999], .invalid(.reported)
      ),
      // In whatever order the words come.
      (
        quantity(.int32, order: .dcba, sentinels: [Sentinel(.raw(0x7FFF_FFFF), means: .overflow)]),
        [0xFFFF, 0xFF7F], .invalid(.overflow)
      ),
      // In a bit field the code is the field's.
      (
        quantity(
          .uint16, bits: BitField(shift: 4, width: 4),
          sentinels: [Sentinel(.raw(15), means: .missing)]), [0x00F0], .missing(.noMeasurement)
      ),
      // Floats, when the profile says nothing: quiet, signalling and negative NaN, both infinities.
      (quantity(.float32), [0x7FC0, 0], .invalid(.reported)),
      (quantity(.float32), [0x7F80, 1], .invalid(.reported)),
      (quantity(.float32), [0xFFFF, 0xFFFF], .invalid(.reported)),
      (quantity(.float32), [0x7F80, 0], .invalid(.overflow)),
      (quantity(.float32), [0xFF80, 0], .invalid(.underflow)),
      (quantity(.float64), [0x7FF8, 0, 0, 0], .invalid(.reported)),
      (quantity(.float64), [0x7FF0, 0, 0, 0], .invalid(.overflow)),
      // And when it does.
      (
        quantity(.float32, sentinels: [Sentinel(.notANumber, means: .missing)]), [0x7F80, 1],
        .missing(.noMeasurement)
      ),
      (
        quantity(.float32, sentinels: [Sentinel(.positiveInfinity, means: .missing)]), [0x7F80, 0],
        .missing(.noMeasurement)
      ),
      // A finite number that the scaling drives beyond all numbers.
      (
        quantity(.float64, scaling: Scaling(ratio: Ratio(1000))), [0x7FEF, 0xFFFF, 0xFFFF, 0xFFFF],
        .invalid(.notFinite)
      ),
      // A register that was not read.
      (quantity(.float32), [0x7FC0], .missing(.notRead)),
    ] as [(ProfileQuantity, [UInt16], DecodedValue)])
  func messages(quantity: ProfileQuantity, words: [UInt16], expected: DecodedValue) {
    #expect(quantity.decode(words: words) == expected)
  }

  @Test func aDeviceModelCanSendEveryMessageOfItsQuantity() {
    let quantity = quantity(
      .float32, order: .cdab, sentinels: [Sentinel(.notANumber, means: .missing)])
    for (fault, decoded): (Fault, DecodedValue) in [
      (.missing, .missing(.noMeasurement)), (.overflow, .invalid(.overflow)),
      (.underflow, .invalid(.underflow)),
    ] {
      #expect(quantity.encode(fault).map { quantity.decode(words: $0) } == decoded)
    }
    #expect(quantity.encode(Fault.invalid) == nil)
    #expect(DeviceProfilesTests.quantity(.uint16).encode(Fault.missing) == nil)
  }

  @Test func aValueThatWouldReadAsAMessageIsNotEncoded() {
    let quantity = quantity(.uint16, sentinels: [Sentinel(.raw(0), means: .missing)])
    #expect(quantity.encode(0) == nil)
    #expect(quantity.encode(1) == [1])
  }

  // MARK: Gates

  private let status = RawField(table: .inputRegister, address: 9, type: .uint16)

  private func decode(_ gates: [Gate<RawField>], status: UInt16?) -> DecodedValue {
    quantity(.uint16, gates: gates).decode { table, _ in
      table == .inputRegister ? status : 7
    }
  }

  @Test func aGateOpensOnItsBitOrItsValues() {
    let clear = Gate.clear(bit: 1, of: "status", at: status)
    #expect(decode([clear], status: 0b1101) == .value(7))
    #expect(decode([clear], status: 0b0010) == .invalid(.reported))
    let set = Gate.set(bit: 15, of: "status", at: status, fault: .missing)
    #expect(decode([set], status: 0x8000) == .value(7))
    #expect(decode([set], status: 0x7FFF) == .missing(.noMeasurement))
    let equals = Gate(companion: "status", field: status, accepted: [0, 4])
    #expect(decode([equals], status: 4) == .value(7))
    #expect(decode([equals], status: 3) == .invalid(.reported))
  }

  @Test func everyGateMustBeOpenAndTheFirstClosedOneSpeaks() {
    let gates = [
      Gate.clear(bit: 0, of: "status", at: status, fault: .missing),
      Gate.clear(bit: 1, of: "status", at: status, fault: .overflow),
    ]
    #expect(decode(gates, status: 0) == .value(7))
    #expect(decode(gates, status: 2) == .invalid(.overflow))
    #expect(decode(gates, status: 3) == .missing(.noMeasurement))
  }

  @Test func aGateThatWasNotReadIsNotOpen() {
    #expect(
      decode([.clear(bit: 0, of: "status", at: status)], status: nil) == .missing(.notRead))
  }

  /// A value that says "no sensor" while its quality register says so too.
  @Test func theGateSpeaksBeforeTheSentinel() {
    let quantity = quantity(
      .uint16, sentinels: [Sentinel(.raw(0), means: .missing)],
      gates: [Gate(companion: "quality", field: status, accepted: [0], fault: .invalid)])
    #expect(quantity.decode { table, _ in table == .inputRegister ? 7 : 0 } == .invalid(.reported))
  }

  // MARK: Companions

  @Test func decimalsAndUnitsComeFromOtherRegisters() {
    func field(_ address: UInt16) -> RawField {
      RawField(table: .holdingRegister, address: address, type: .uint16)
    }
    // A level in metres whose device may be set to centimetres, and to up to three decimals.
    let level = quantity(
      .int16,
      companionScales: [
        CompanionScale(companion: "decimals", field: field(3), rule: .decimals),
        CompanionScale(
          companion: "unit", field: field(2),
          rule: .codes([
            ScaleCode(raw: 0x11, scaling: Scaling(ratio: Ratio(1, 100))),
            ScaleCode(raw: 0x12, scaling: Scaling()),
          ])),
      ], address: 4)
    func decode(unit: UInt16?, decimals: UInt16?, raw: UInt16) -> DecodedValue {
      level.decode { _, address in address == 2 ? unit : address == 3 ? decimals : raw }
    }
    #expect(decode(unit: 0x11, decimals: 1, raw: 1234) == .value(1.234))
    #expect(decode(unit: 0x12, decimals: 3, raw: 0xFFFF) == .value(-0.001))
    #expect(decode(unit: 0x13, decimals: 0, raw: 5) == .invalid(.unknownScale))
    #expect(decode(unit: 0x11, decimals: 11, raw: 5) == .invalid(.unknownScale))
    #expect(decode(unit: nil, decimals: 0, raw: 5) == .missing(.notRead))
    #expect(level.companionSpans == [field(3).span, field(2).span])
    #expect(level.encode(1.234) { _, address in address == 2 ? 0x11 : 1 } == [1234])
    #expect(level.encode(1.234) == nil)
  }

  // MARK: Totality

  /// Any words at all give a finite value or a reason; nothing traps.
  @Test func randomQuantitiesDecodeRandomWordsWithoutTrapping() {
    var random = Repeatable(seed: 0x5EED)
    for _ in 0..<50_000 {
      let quantity = Self.randomQuantity(&random)
      var words: [UInt16] = []
      for _ in 0..<8 {
        let extremes: [UInt16] = [0, 1, 0x7F80, 0x7FF0, 0x7FFF, 0x8000, 0xFF80, 0xFFFF]
        words.append(
          random.next() % 2 == 0
            ? extremes[Int(random.next() % 8)] : UInt16(truncatingIfNeeded: random.next()))
      }
      let hole = Int(random.next() % 16)
      let reader: RegisterReader = { _, address in
        let index = Int(address) % 8
        return index == hole ? nil : words[index]
      }
      guard case .value(let value) = quantity.decode(from: reader) else { continue }
      #expect(value.isFinite, "seed \(random.seed)")
      if let back = quantity.encode(value, current: reader) {
        #expect(back.count == Int(quantity.span.count))
      }
    }
  }

  static func randomQuantity(_ random: inout Repeatable) -> ProfileQuantity {
    func field(_ random: inout Repeatable) -> RawField {
      RawField(
        table: RegisterTable.allCases[Int(random.next() % 4)],
        address: random.next() % 4 == 0
          ? 65535 - UInt16(random.next() % 4) : UInt16(random.next() % 8),
        type: RawType.allCases[Int(random.next() % 9)],
        order: WordOrder.allCases[Int(random.next() % 4)],
        bits: random.next() % 3 == 0
          ? BitField(
            shift: UInt8(truncatingIfNeeded: random.next()),
            width: UInt8(truncatingIfNeeded: random.next())) : nil)
    }
    let numerator = Int64(truncatingIfNeeded: random.next())
    let denominator = Int64(truncatingIfNeeded: random.next() % 3)
    return ProfileQuantity(
      id: "q", field: field(&random), unit: "1",
      scaling: Scaling(
        before: Double(bitPattern: random.next()), ratio: Ratio(numerator, denominator),
        after: Double(bitPattern: random.next())),
      companionScales: random.next() % 2 == 0
        ? [CompanionScale(companion: "c", field: field(&random), rule: .decimals)] : [],
      sentinels: [
        Sentinel(.raw(random.next() % 4), means: .missing), Sentinel(.notANumber, means: .missing),
      ],
      gates: random.next() % 2 == 0
        ? [
          .clear(
            bit: UInt8(truncatingIfNeeded: random.next()), of: "g", at: field(&random),
            fault: Fault.allCases[Int(random.next() % 4)])
        ] : [])
  }
}
