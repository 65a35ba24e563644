import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// What a value becomes on the wire, and what is refused.
@Suite struct SingleWriteTests {
  static func quantity(
    _ table: RegisterTable, _ type: RawType, order: WordOrder = .abcd, bits: BitField? = nil,
    scaling: Scaling = Scaling(), range: ClosedRange<Double>? = nil,
    access: Access = .readWrite, function: WriteFunction? = nil, readback: Readback = .same
  ) -> ProfileQuantity {
    ProfileQuantity(
      id: "q", field: RawField(table: table, address: 7, type: type, order: order, bits: bits),
      unit: "1", scaling: scaling, range: range, access: access, customWriteFunction: function,
      readback: readback)
  }

  static func nothing(_ table: RegisterTable, _ address: UInt16) -> UInt16? { nil }

  /// What is sent to a device in whose registers `word` stands, and is read back as `shown`.
  static func sent(
    _ write: SingleWrite, word: UInt16 = 0, answer: BusOutcome = .done,
    shown: [UInt16]? = nil
  ) throws -> (writes: [BusRequest], record: SampleRecord) {
    var now = Instant(nanoseconds: 0)
    let wall = WallTime(nanosecondsSince1970: 0, synchronized: true)
    var sample = try SingleSample(
      of: DevicePlan(sampling: [], unit: 1), writing: write.output, link: Sample.line, at: now)
    var writes: [BusRequest] = []
    while let action = sample.next(at: now, wallTime: wall) {
      switch action {
      case .wait(let until): now = until
      case .perform(let task):
        var (outcome, words) = (BusOutcome.done, [UInt16]())
        if case .transact(let transaction) = task {
          now = now + .milliseconds(10)
          if case .read(let span) = transaction.request {
            let known = writes.isEmpty ? nil : shown ?? write.expected
            words = known ?? Array(repeating: word, count: Int(span.count))
          } else {
            writes.append(transaction.request)
            outcome = answer
          }
        }
        sample.finished(outcome, words: words, at: now, wallTime: wall)
      }
      try #require(writes.count < 9, "it does not end")
    }
    return (writes, sample.record)
  }

  @Test func aCoilAndARegisterAreWrittenByTheirOwnFunctions() throws {
    let coil = try SingleWrite(1, to: Self.quantity(.coil, .bit), current: Self.nothing)
    let (writes, record) = try Self.sent(coil)
    #expect(writes == [.writeCoil(address: 7, on: true)] && record.written == .confirmed)
    #expect(record.wordsReadBack(coil.span) == [1])
    let register = try SingleWrite(
      2.5, to: Self.quantity(.holdingRegister, .int16, scaling: Scaling(ratio: Ratio(1, 10))),
      current: Self.nothing)
    #expect(try Self.sent(register).writes == [.writeRegister(address: 7, value: 25)])
    #expect(register.span == RegisterSpan(table: .holdingRegister, address: 7, count: 1))
  }

  @Test func severalRegistersAndNumbersInCoilsTakeTheRequestsThatTheProfileAsksFor() throws {
    let wide = try SingleWrite(
      70_000, to: Self.quantity(.holdingRegister, .uint32), current: Self.nothing)
    let (writes, record) = try Self.sent(wide)
    #expect(writes == [.other(function: 16, data: [0, 7, 0, 2, 4, 0, 1, 0x11, 0x70])])
    #expect(wide.expected == [1, 0x1170] && record.written == .confirmed)
    #expect(try Self.sent(wide, shown: [1, 0x1171]).record.written == .pending)
    let single = try SingleWrite(
      9, to: Self.quantity(.holdingRegister, .uint16, function: .multipleRegisters),
      current: Self.nothing)
    #expect(try Self.sent(single).writes == [.other(function: 16, data: [0, 7, 0, 1, 2, 0, 9])])
    // Waveshare's relays: function 5 with the time in tenths of a second.
    let flash = try SingleWrite(
      3,
      to: Self.quantity(
        .coil, .uint16, scaling: Scaling(ratio: Ratio(1, 10)), access: .write),
      current: Self.nothing)
    let flashed = try Self.sent(flash)
    #expect(flashed.writes == [.other(function: 5, data: [0, 7, 0, 30])])
    #expect(flash.expected == nil && flashed.record.written == .unverified)
    let coils = try SingleWrite(
      1, to: Self.quantity(.coil, .bit, function: .multipleCoils), current: Self.nothing)
    #expect(try Self.sent(coils).writes == [.other(function: 15, data: [0, 7, 0, 1, 1, 1])])
  }

  @Test func aBitFieldKeepsItsNeighbours() throws {
    let field = Self.quantity(.holdingRegister, .uint16, bits: BitField(shift: 4, width: 4))
    let write = try SingleWrite(3, to: field, current: { _, _ in 0xABCD })
    let (writes, record) = try Self.sent(write, word: 0xABCD)
    #expect(writes == [.writeRegister(address: 7, value: 0xAB3D)] && write.expected == [0x30])
    // The neighbours may change by themselves meanwhile.
    #expect(record.written == .confirmed)
    #expect(try Self.sent(write, word: 0xABCD, shown: [0xAB2D]).record.written == .pending)
    #expect(throws: SingleWrite.Refusal.neighboursUnknown) {
      _ = try SingleWrite(3, to: field, current: Self.nothing)
    }
    let swapped = Self.quantity(
      .holdingRegister, .uint16, order: .badc, bits: BitField(shift: 0, width: 8))
    let other = try SingleWrite(0x12, to: swapped, current: { _, _ in 0xABCD })
    #expect(
      try Self.sent(other, word: 0xABCD).writes == [.writeRegister(address: 7, value: 0x12CD)])
    #expect(other.expected == [0x1200])
  }

  @Test func whatDoesNotReadBackIsNotHeldAgainstIt() throws {
    let pulse = Self.quantity(.holdingRegister, .uint16, access: .write)
    #expect(try SingleWrite(9, to: pulse, current: Self.nothing).expected == nil)
    let odd = Self.quantity(.holdingRegister, .uint16, readback: .different)
    let write = try SingleWrite(9, to: odd, current: Self.nothing)
    #expect(try Self.sent(write, shown: [3]).record.written == .unverified)
  }

  /// A second write may not be the same as one.
  @Test func aWriteIsTriedOnce() throws {
    let coil = try SingleWrite(1, to: Self.quantity(.coil, .bit), current: Self.nothing)
    let stuck = try Self.sent(coil, shown: [0])
    #expect(stuck.writes.count == 1 && stuck.record.written == .pending)
    #expect(stuck.record.lastFault == nil && stuck.record.wordsReadBack(coil.span) == [0])
    let refused = try Self.sent(coil, answer: .failed(.exception(2)))
    #expect(refused.writes.count == 1 && refused.record.lastFault == .exception(2))
    // One without an answer is read back.
    let deaf = try Self.sent(coil, answer: .failed(.timeout))
    #expect(deaf.writes.count == 1 && deaf.record.written == .confirmed)
    #expect(deaf.record.wordsReadBack(coil.span) == [1])
    let pulse = try SingleWrite(
      9, to: Self.quantity(.holdingRegister, .uint16, access: .write), current: Self.nothing)
    let lost = try Self.sent(pulse, answer: .failed(.timeout))
    #expect(lost.writes.count == 1 && lost.record.written == .pending)
    #expect(lost.record.lastFault == .timeout)
  }

  @Test(arguments: [
    (quantity(.coil, .bit, access: .read), 1.0, SingleWrite.Refusal.readOnly),
    (quantity(.inputRegister, .uint16), 1, .wrongTable),
    (quantity(.holdingRegister, .uint16, range: 0...10), 11, .outOfRange(0...10)),
    (quantity(.holdingRegister, .uint16), 65536, .noRawValue),
    (quantity(.holdingRegister, .uint16), -1, .noRawValue),
    (quantity(.holdingRegister, .uint16), .nan, .noRawValue),
  ])
  func whatCannotBeWrittenIsRefused(
    _ quantity: ProfileQuantity, _ value: Double, _ refusal: SingleWrite.Refusal
  ) {
    #expect(throws: refusal) { _ = try SingleWrite(value, to: quantity, current: Self.nothing) }
  }

  @Test func rawWordsGoToCoilsAndHoldingRegistersOnly() throws {
    #expect(
      try Self.sent(SingleWrite(raw: 500, table: .holdingRegister, address: 3)).writes
        == [.writeRegister(address: 3, value: 500)])
    #expect(
      try Self.sent(SingleWrite(raw: 0, table: .coil, address: 3)).writes
        == [.writeCoil(address: 3, on: false)])
    let hidden = try SingleWrite(
      raw: 1, table: .holdingRegister, address: 3, isReadable: false)
    #expect(hidden.expected == nil)
    #expect(try Self.sent(hidden).record.written == .unverified)
    #expect(throws: SingleWrite.Refusal.outOfRange(0...1)) {
      _ = try SingleWrite(raw: 2, table: .coil, address: 3)
    }
    #expect(throws: SingleWrite.Refusal.wrongTable) {
      _ = try SingleWrite(raw: 1, table: .inputRegister, address: 3)
    }
  }
}
