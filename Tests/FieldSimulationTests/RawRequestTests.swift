import DetectionCore
import DeviceProfiles
import FieldSimulation
import Testing

/// Golden transcripts of requests that are not simply reads or writes.
@Suite struct RawRequestTests {
  /// Relays, of which each can be closed for a number of tenths of a second at 0x0200, a setting,
  /// and a start command of a function of its own.
  static func relay() throws -> DeviceModel {
    func field(_ table: RegisterTable, _ address: UInt16, _ type: RawType) -> RawField {
      RawField(table: table, address: address, type: type)
    }
    return try DeviceModel(
      profile: DeviceProfile(
        id: "test/relay", maker: "Test", model: "Relay", serial: nil, defaultUnit: 1,
        preparation: [SampleTriggerStep(request: .other([0x65, 1]), waitMs: 0)],
        quantities: [
          ProfileQuantity(
            id: "relay", field: field(.coil, 0, .bit), unit: "1", access: .readWrite),
          ProfileQuantity(
            id: "flash", field: field(.coil, 0x0200, .uint16), unit: "s",
            scaling: Scaling(ratio: Ratio(1, 10)), access: .write, timedOutput: "relay"),
          ProfileQuantity(
            id: "setting", field: field(.holdingRegister, 0, .uint16), unit: "1",
            access: .readWrite),
        ]), quantities: [])
  }

  /// Checksums by the CRC of the serial line specification, computed apart from this program.
  @Test(
    arguments: [
      // A number for a coil that takes one, and for one that does not.
      ("01 05 02 00 00 07 8d b0", "01 05 02 00 00 07 8d b0"),
      ("01 05 00 00 12 34 c0 bd", "01 85 03 02 91"),
      ("01 05 00 00 00 01 0c 0a", "01 85 03 02 91"),
      // No registers, no coils, and more or fewer bytes than the count says.
      ("01 10 00 00 00 00 00 09 50", "01 90 03 0c 01"),
      ("01 10 00 00 00 01 04 00 01 00 02 23 9d", "01 90 03 0c 01"),
      ("01 0f 00 00 00 00 00 0b 3f", "01 8f 03 04 31"),
      ("01 0f 00 00 00 08 02 ff 00 a5 70", "01 8f 03 04 31"),
      ("01 03 00 00 00 19 84", "01 83 03 01 31"),
      // A preparation, and functions that the device does not have.
      ("01 65 01 ca 90", "01 65 01 ca 90"), ("01 65 02 8a 91", "01 e5 01 ab 50"),
      ("01 2b 0e 01 00 70 77", "01 ab 01 9e f0"), ("01 11 c0 2c", "01 91 01 8c 50"),
      // To all, and what is no request.
      ("00 05 02 00 00 07 8c 61", ""), ("01 83 02 c0 f1", ""), ("01 05 02 00", ""),
    ])
  func theAnswerIsThatOfARealDevice(request: String, answer: String) throws {
    var model = try Self.relay()
    #expect(
      model.answer(toRaw: Self.bytes(request), framing: .rtu, at: .zero) == Self.bytes(answer))
  }

  @Test(arguments: [
    "01 01 00 00 00 08", "01 05 00 00 ff 00", "01 05 00 00 00 00", "01 06 00 00 00 01",
    "01 0f 00 00 00 08 01 ff", "01 10 00 00 00 01 02 00 07", "01 03 00 00 00 00",
  ])
  func aPlainRequestIsLeftToTheServer(request: String) throws {
    var model = try Self.relay()
    let frame = RTUFrame(unit: 1, pdu: Array(Self.bytes(request).dropFirst()))
    #expect(model.answer(toRaw: frame.bytes, framing: .rtu, at: .zero) == nil)
  }

  @Test func aNumberHoldsTheRelayForItsTimeAndOnlyThen() throws {
    var model = try Self.relay()
    let flash = Self.bytes("01 05 02 00 00 07 8d b0")
    #expect(model.answer(toRaw: flash, framing: .rtu, at: .seconds(10)) == flash)
    #expect(model.value(of: "relay", at: .milliseconds(10_699)) == 1)
    #expect(model.value(of: "relay", at: .milliseconds(10_700)) == 0)
  }

  @Test func whatADeviceTellsOfItselfIsWhatItsProfileKnows() throws {
    let request = RTUFrame(unit: 1, pdu: [17]).bytes
    var silent = try Self.relay()
    let refused = RTUFrame(unit: 1, pdu: [0x91, 1]).bytes
    #expect(silent.answer(toRaw: request, framing: .rtu, at: .zero) == refused)
    let probe = DeviceProfile(
      id: "test/probe", maker: "Test", model: "Probe", serial: nil, defaultUnit: 1,
      identity: [.serverText("SOIL")], quantities: [])
    var told = try DeviceModel(profile: probe, quantities: [])
    let answer = RTUFrame(unit: 1, pdu: [17, 5] + Array("SOIL".utf8) + [0xFF]).bytes
    #expect(told.answer(toRaw: request, framing: .rtu, at: .zero) == answer)
  }

  @Test func overTCPItIsTheSame() throws {
    var model = try Self.relay()
    let request = Self.bytes("00 07 00 00 00 07 01 10 00 00 00 00 00")
    #expect(
      model.answer(toRaw: request, framing: .tcp, at: .zero)
        == Self.bytes("00 07 00 00 00 03 01 90 03"))
  }

  private static func bytes(_ text: String) -> [UInt8] {
    text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
  }
}
