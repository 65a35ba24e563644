import DeviceProfiles
import Polling
import Testing

/// What a value becomes on the wire, and what is refused.
@Suite struct OneShotWriteTests {
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

  @Test func aCoilAndARegisterAreWrittenByTheirOwnFunctions() throws {
    let coil = try OneShotWrite(1, to: Self.quantity(.coil, .bit), current: Self.nothing)
    #expect(coil.request == .writeCoil(address: 7, on: true) && coil.isVerified(by: [1]) == true)
    #expect(coil.isVerified(by: [0]) == false && coil.isVerified(by: nil) == nil)
    let register = try OneShotWrite(
      2.5, to: Self.quantity(.holdingRegister, .int16, scaling: Scaling(ratio: Ratio(1, 10))),
      current: Self.nothing)
    #expect(register.request == .writeRegister(address: 7, value: 25))
    #expect(register.span == RegisterSpan(table: .holdingRegister, address: 7, count: 1))
  }

  @Test func severalRegistersAndNumbersInCoilsTakeTheRequestsThatTheProfileAsksFor() throws {
    let wide = try OneShotWrite(
      70_000, to: Self.quantity(.holdingRegister, .uint32), current: Self.nothing)
    #expect(wide.request == .other(function: 16, data: [0, 7, 0, 2, 4, 0, 1, 0x11, 0x70]))
    #expect(wide.isVerified(by: [1, 0x1170]) == true)
    #expect(wide.isVerified(by: [1, 0x1171]) == false && wide.isVerified(by: [1]) == false)
    let single = try OneShotWrite(
      9, to: Self.quantity(.holdingRegister, .uint16, function: .multipleRegisters),
      current: Self.nothing)
    #expect(single.request == .other(function: 16, data: [0, 7, 0, 1, 2, 0, 9]))
    // Waveshare's relays: function 5 with the time in tenths of a second.
    let flash = try OneShotWrite(
      3,
      to: Self.quantity(
        .coil, .uint16, scaling: Scaling(ratio: Ratio(1, 10)), access: .write),
      current: Self.nothing)
    #expect(flash.request == .other(function: 5, data: [0, 7, 0, 30]) && flash.expected == nil)
    let coils = try OneShotWrite(
      1, to: Self.quantity(.coil, .bit, function: .multipleCoils), current: Self.nothing)
    #expect(coils.request == .other(function: 15, data: [0, 7, 0, 1, 1, 1]))
    #expect(coils.isVerified(by: [1]) == true)
  }

  @Test func aBitFieldKeepsItsNeighbours() throws {
    let field = Self.quantity(.holdingRegister, .uint16, bits: BitField(shift: 4, width: 4))
    let write = try OneShotWrite(3, to: field, current: { _, _ in 0xABCD })
    #expect(write.request == .writeRegister(address: 7, value: 0xAB3D))
    // The neighbours may change by themselves meanwhile.
    #expect(write.isVerified(by: [0x0030]) == true && write.isVerified(by: [0xAB2D]) == false)
    #expect(throws: OneShotWrite.Refusal.neighboursUnknown) {
      _ = try OneShotWrite(3, to: field, current: Self.nothing)
    }
    let swapped = Self.quantity(
      .holdingRegister, .uint16, order: .badc, bits: BitField(shift: 0, width: 8))
    let other = try OneShotWrite(0x12, to: swapped, current: { _, _ in 0xABCD })
    #expect(other.request == .writeRegister(address: 7, value: 0x12CD))
    #expect(other.isVerified(by: [0x1200]) == true)
  }

  @Test func whatDoesNotReadBackIsNotHeldAgainstIt() throws {
    let pulse = Self.quantity(.holdingRegister, .uint16, access: .write)
    #expect(try OneShotWrite(9, to: pulse, current: Self.nothing).expected == nil)
    let odd = Self.quantity(.holdingRegister, .uint16, readback: .different)
    #expect(try OneShotWrite(9, to: odd, current: Self.nothing).isVerified(by: [3]) == nil)
  }

  @Test(arguments: [
    (quantity(.coil, .bit, access: .read), 1.0, OneShotWrite.Refusal.readOnly),
    (quantity(.inputRegister, .uint16), 1, .wrongTable),
    (quantity(.holdingRegister, .uint16, range: 0...10), 11, .outOfRange(0...10)),
    (quantity(.holdingRegister, .uint16), 65536, .noRawValue),
    (quantity(.holdingRegister, .uint16), -1, .noRawValue),
    (quantity(.holdingRegister, .uint16), .nan, .noRawValue),
  ])
  func whatCannotBeWrittenIsRefused(
    _ quantity: ProfileQuantity, _ value: Double, _ refusal: OneShotWrite.Refusal
  ) {
    #expect(throws: refusal) { _ = try OneShotWrite(value, to: quantity, current: Self.nothing) }
  }

  @Test func rawWordsGoToCoilsAndHoldingRegistersOnly() throws {
    #expect(
      try OneShotWrite(raw: 500, table: .holdingRegister, address: 3).request
        == .writeRegister(address: 3, value: 500))
    #expect(
      try OneShotWrite(raw: 0, table: .coil, address: 3).request
        == .writeCoil(address: 3, on: false))
    #expect(throws: OneShotWrite.Refusal.outOfRange(0...1)) {
      _ = try OneShotWrite(raw: 2, table: .coil, address: 3)
    }
    #expect(throws: OneShotWrite.Refusal.wrongTable) {
      _ = try OneShotWrite(raw: 1, table: .inputRegister, address: 3)
    }
  }
}
