import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// How outputs are written, and what is said of what cannot be read back.
@Suite struct OutputEncodingTests {
  /// A device with registers that keep what is written, as functions 3, 6, 16 and 22 say.
  struct Registers {
    var words: [UInt16: UInt16] = [:]
    /// What was written, in the order.
    var writes: [BusRequest] = []
    /// Requests that are answered otherwise.
    var refusal: (BusRequest) -> BusFault? = { _ in nil }

    mutating func answer(_ transaction: Transaction) -> ScriptedBus.Answer {
      if let fault = refusal(transaction.request) {
        return fault == .timeout ? .noAnswer(transaction) : .failed(fault)
      }
      switch transaction.request {
      case .read(let span):
        return ScriptedBus.Answer(
          words: (Int(span.address)..<span.end).map { words[UInt16($0)] ?? 0 })
      case .writeCoil(let address, let on): words[address] = on ? 1 : 0
      case .writeRegister(let address, let value): words[address] = value
      case .other(let function, let data):
        func word(_ index: Int) -> UInt16 { UInt16(data[index]) << 8 | UInt16(data[index + 1]) }
        if function == 22 {
          words[word(0)] = (words[word(0)] ?? 0) & word(2) | word(4) & ~word(2)
        } else {
          for index in 0..<Int(word(2)) {
            words[word(0) + UInt16(index)] = word(5 + 2 * index)
          }
        }
      }
      writes.append(transaction.request)
      return ScriptedBus.Answer()
    }
  }

  static func quantity(
    _ id: String, _ type: RawType = .uint16, at address: UInt16 = 7, bits: BitField? = nil,
    order: WordOrder = .abcd, scaling: Scaling = Scaling(), function: WriteFunction? = nil,
    access: Access = .readWrite, readback: Readback = .same
  ) -> ProfileQuantity {
    ProfileQuantity(
      id: id,
      field: RawField(
        table: .holdingRegister, address: address, type: type, order: order, bits: bits),
      unit: "1", scaling: scaling, access: access, customWriteFunction: function,
      readback: readback)
  }

  static func bus(
    _ quantities: [ProfileQuantity], values: SwitchedValues = SwitchedValues(),
    evenStart: Bool = false
  ) throws -> ScriptedBus {
    try ScriptedBus(
      Sample.bus([
        Sample.device(
          unit: 1, addresses: [100],
          outputs: quantities.enumerated().map {
            WrittenOutput(
              output: UInt16($0), quantity: $1, values: values, maximumOnTime: .seconds(3600))
          }, limits: ReadLimits(evenStart: evenStart))
      ]))
  }

  static func run(_ bus: inout ScriptedBus, _ device: inout Registers, untilMs: Int64) {
    bus.run(untilMs: untilMs) { transaction, _ in device.answer(transaction) }
  }

  /// What stands in the device after the output was switched on, and off.
  static func switched(
    _ quantity: ProfileQuantity, values: SwitchedValues = SwitchedValues(),
    from words: [UInt16: UInt16] = [:], evenStart: Bool = false
  ) throws -> (on: [UInt16: UInt16], off: [UInt16: UInt16], certainty: OutputCertainty) {
    var bus = try bus([quantity], values: values, evenStart: evenStart)
    var device = Registers(words: words)
    bus.request(output: 0, on: true)
    run(&bus, &device, untilMs: 500)
    let on = device.words
    let certainty = bus.schedule.outputStatus[0].certainty
    bus.request(output: 0, on: false)
    run(&bus, &device, untilMs: 990)
    #expect(bus.schedule.outputStatus[0].certainty == certainty)
    #expect(bus.schedule.counters.notVerified == 0)
    return (on, device.words, certainty)
  }

  @Test func aSignalTowerIsLit() throws {
    // The maker's frames: FF 06 00 00 01 01 lights the first tier, FF 06 00 04 01 00 darkens one.
    let tier = Self.quantity(
      "tier", scaling: Scaling(before: -256), access: .write, readback: .different)
    let tower = try Self.switched(tier)
    #expect(tower.on == [7: 0x0101])
    #expect(tower.off == [7: 0x0100])
    #expect(tower.certainty == .unverified)
  }

  @Test func scaleOrderAndLengthAreTheQuantitys() throws {
    let values = SwitchedValues(on: 2.5, off: -1)
    let scaled = try Self.switched(
      Self.quantity("scaled", .int16, scaling: Scaling(ratio: Ratio(1, 10))), values: values)
    #expect(scaled.on == [7: 25] && scaled.off == [7: 0xFFF6])
    let swapped = try Self.switched(Self.quantity("swapped", order: .badc))
    #expect(swapped.on == [7: 0x0100] && swapped.off == [7: 0])
    let float = try Self.switched(
      Self.quantity("float", .float32, order: .cdab), values: values)
    #expect(float.on == [7: 0, 8: 0x4020] && float.off == [7: 0, 8: 0xBF80])
    #expect([scaled, swapped, float].allSatisfy { $0.certainty == .confirmed })
  }

  @Test(arguments: [nil, .multipleRegisters, .maskRegister] as [WriteFunction?], [false, true])
  func aFieldOfBitsChangesNoOtherBit(function: WriteFunction?, evenStart: Bool) throws {
    for order in [WordOrder.abcd, .badc] {
      let field = Self.quantity(
        "bit", bits: BitField(shift: 4, width: 2), order: order, function: function)
      let before: UInt16 = 0b1010_0110_1100_0101
      let expected: UInt16 = 0b1010_0110_1110_0101
      func wire(_ word: UInt16) -> UInt16 { order == .badc ? word.byteSwapped : word }
      let result = try Self.switched(
        field, values: SwitchedValues(on: 2, off: 0), from: [7: wire(before), 6: 99],
        evenStart: evenStart)
      #expect(result.on == [7: wire(expected), 6: 99])
      #expect(result.off == [7: wire(before & ~0x30), 6: 99])
      #expect(result.certainty == .confirmed)
    }
  }

  /// Several outputs of one register are switched at random, with answers that get lost; none ever
  /// changes another's bits.
  @Test(arguments: 0..<4) func outputsOfOneRegisterLeaveEachOtherAlone(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var bus = try Self.bus(
      (0..<4).map { Self.quantity("bit\($0)", bits: BitField(shift: UInt8(3 * $0), width: 1)) })
    var device = Registers(words: [7: 0b1111_0110_1101_0110])
    var wanted: [UInt16: Bool] = [:]
    for step in 1...200 {
      let output = UInt16.random(in: 0..<4, using: &random)
      wanted[output] = .random(using: &random)
      bus.request(output: output, on: wanted[output] == true)
      bus.run(untilMs: Int64(step) * 20) { transaction, _ in
        let answer = device.answer(transaction)
        return Int.random(in: 0..<10, using: &random) == 0 ? .noAnswer(transaction) : answer
      }
    }
    Self.run(&bus, &device, untilMs: 120_000)
    let word = try #require(device.words[7])
    #expect(word & ~0b0010_0100_1001 == 0b1111_0110_1101_0110 & ~0b0010_0100_1001, "seed \(seed)")
    for (output, on) in wanted {
      #expect((word >> (3 * output)) & 1 == (on ? 1 : 0), "seed \(seed), output \(output)")
    }
    #expect(bus.schedule.outputStatus.allSatisfy { $0.isConfirmed }, "seed \(seed)")
  }

  @Test func valuesThatCannotBeWrittenMakeNoBus() {
    #expect(throws: BusPlanError.self) {
      _ = try Self.bus([Self.quantity("small")], values: SwitchedValues(on: 70_000))
    }
  }

  // MARK: Faults

  /// Faults of every kind, for all writes, and for ever.
  static let faults: [BusFault] =
    [.timeout, .unexpectedAnswer, .badChecksum, .wrongUnit] + (1...8).map { .exception($0) }

  @Test(arguments: faults) func aWriteThatFailsForEverIsAFaultInBoundedTime(
    fault: BusFault
  ) throws {
    var bus = try Self.bus([Self.quantity("lamp")])
    var device = Registers()
    device.refusal = { if case .read = $0 { nil } else { fault } }
    bus.request(output: 0, on: true)
    Self.run(&bus, &device, untilMs: 10_000)
    #expect(bus.schedule.outputStatus[0].isFaulty)
    #expect(bus.schedule.counters.outputFaults == 1)
    #expect(bus.schedule.health(ofDevice: 0) == .online)
    bus.shutDown()
    Self.run(&bus, &device, untilMs: 10_000 + 8_000)
    #expect(bus.schedule.isShutDown == true)
  }

  @Test(arguments: faults) func oneOutputThatRefusesDelaysNobody(fault: BusFault) throws {
    var bus = try Self.bus([
      Self.quantity("bad", at: 7), Self.quantity("good", at: 9), Self.quantity("too", at: 11),
    ])
    var device = Registers()
    device.refusal = { if case .writeRegister(7, _) = $0 { fault } else { nil } }
    bus.request(output: 0, on: true)
    Self.run(&bus, &device, untilMs: 500)
    for round in 0..<20 {
      let start = Int64(500 + 1_000 * round)
      bus.request(output: 1, on: round % 2 == 0)
      bus.request(output: 2, on: round % 2 == 1)
      Self.run(&bus, &device, untilMs: start + 1_000)
      #expect(device.words[9] == (round % 2 == 0 ? 1 : 0), "round \(round)")
      #expect(device.words[11] == (round % 2 == 1 ? 1 : 0), "round \(round)")
      #expect(bus.schedule.outputStatus[1...].allSatisfy { $0.isConfirmed }, "round \(round)")
    }
    #expect(bus.schedule.outputStatus[0].isFaulty)
    #expect(bus.readings.count == 21)
    #expect(bus.readings.allSatisfy { $0.flag == .notEvaluated })
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func anAnswerThatGetsLostIsReadBack() throws {
    var bus = try Self.bus([Self.quantity("lamp")])
    var device = Registers()
    bus.request(output: 0, on: true)
    bus.run(untilMs: 900) { transaction, _ in
      let answer = device.answer(transaction)
      if case .writeRegister = transaction.request { return .noAnswer(transaction) }
      return answer
    }
    #expect(device.writes.count == 1)
    #expect(bus.schedule.outputStatus[0].isConfirmed)
    #expect(bus.schedule.outputStatus[0].failedTries == 0)
  }
}
