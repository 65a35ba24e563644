import DeviceProfiles
import Testing

@Suite struct WritingTests {
  private func quantity(
    _ table: RegisterTable, _ address: UInt16, _ type: RawType, access: Access,
    function: WriteFunction? = nil
  ) -> ProfileQuantity {
    ProfileQuantity(
      id: "q", field: RawField(table: table, address: address, type: type), unit: "1",
      access: access, customWriteFunction: function)
  }

  /// Quantity, value, and the request's function code and data, written out by hand.
  @Test func everyWriteFunction() {
    let table: [(ProfileQuantity, Double, [UInt8])] = [
      (quantity(.coil, 3, .bit, access: .readWrite), 1, [5, 0, 3, 0xFF, 0]),
      (quantity(.coil, 3, .bit, access: .readWrite), 0, [5, 0, 3, 0, 0]),
      (quantity(.coil, 0x0207, .uint16, access: .write), 7, [5, 2, 7, 0, 7]),
      (
        quantity(.coil, 3, .bit, access: .write, function: .multipleCoils), 1,
        [15, 0, 3, 0, 1, 1, 1]
      ),
      (quantity(.holdingRegister, 0x0100, .int16, access: .write), -2, [6, 1, 0, 0xFF, 0xFE]),
      (
        quantity(.holdingRegister, 2, .uint16, access: .write, function: .multipleRegisters), 9,
        [16, 0, 2, 0, 1, 2, 0, 9]
      ),
      (
        quantity(.holdingRegister, 2, .uint32, access: .write), 65539,
        [16, 0, 2, 0, 2, 4, 0, 1, 0, 3]
      ),
    ]
    for (quantity, value, pdu) in table {
      #expect(quantity.encode(value).flatMap(quantity.writeRequest) == pdu)
    }
  }

  @Test func whatCannotBeWrittenHasNoRequest() {
    let input = quantity(.inputRegister, 0, .uint16, access: .write)
    #expect(input.writeFunction == nil)
    #expect(input.writeRequest(words: [1]) == nil)
    let readOnly = quantity(.holdingRegister, 0, .uint16, access: .read)
    #expect(!readOnly.isWritable)
    #expect(readOnly.writeRequest(words: [1]) == nil)
    let twoWords = quantity(.holdingRegister, 0, .uint32, access: .write)
    #expect(twoWords.writeRequest(words: [1]) == nil)
  }

  @Test func exceptionsAndIdentityAreLookedUp() {
    let model = RawField(table: .holdingRegister, address: 0, type: .uint16)
    let profile = DeviceProfile(
      id: "a/b", maker: "a", model: "b", serial: nil, defaultUnit: 1,
      exceptions: [
        ExceptionMeaning(code: 5, meaning: .notReady(retryMs: 200)),
        ExceptionMeaning(code: 3, meaning: .fault(.overflow)),
      ],
      identity: [.field(model, mask: 0xFF, accepted: [0x90, 0x24]), .serverText("RG-30")],
      quantities: [])
    #expect(profile.meaning(ofException: 5) == .notReady(retryMs: 200))
    #expect(profile.meaning(ofException: 3) == .fault(.overflow))
    #expect(profile.meaning(ofException: 2) == nil)
    #expect(profile.identity[0].holds { _, _ in 0x1224 } == true)
    #expect(profile.identity[0].holds { _, _ in 0x2412 } == false)
    #expect(profile.identity[0].holds { _, _ in nil } == nil)
    #expect(profile.identity[1].holds { _, _ in 0x24 } == nil)
  }

  @Test func readsAreHeldAgainstTheLimits() {
    func span(_ address: UInt16, _ count: UInt16, _ table: RegisterTable = .holdingRegister)
      -> RegisterSpan
    {
      RegisterSpan(table: table, address: address, count: count)
    }
    let limits = ReadLimits(
      maximumRegisters: 4, maximumBits: 16, forbidden: [span(209, 1)], evenStart: true)
    #expect(limits.allows(span(0, 4)))
    #expect(!limits.allows(span(0, 5)))
    #expect(!limits.allows(span(1, 2)))
    #expect(limits.allows(span(0, 16, .coil)))
    #expect(!limits.allows(span(206, 4)))
    #expect(limits.allows(span(206, 2)))
    #expect(limits.allows(span(208, 4, .inputRegister)))
    #expect(!ReadLimits().allows(span(65535, 2)))
    #expect(!ReadLimits().allows(span(0, 0)))
  }
}
