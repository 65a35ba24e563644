import DetectionCore
import DeviceProfiles
import Testing

@testable import NomoriCommands

/// Registers in every form that they could be meant.
@Suite struct RegisterDumpTests {
  static func dump(_ table: RegisterTable, _ address: UInt16, _ words: [UInt16]) -> RegisterDump {
    RegisterDump(
      span: RegisterSpan(table: table, address: address, count: UInt16(words.count)), words: words,
      language: .en, style: TerminalStyle(isColoured: false))
  }

  /// 1.25 is 0x3FA00000 as a float; the other forms follow from the bits.
  @Test func aPairIsShownInEachOrder() {
    let json = Self.dump(.holdingRegister, 40, [0x3FA0, 0x0000]).json(
      unit: 3, responseTime: .milliseconds(12))
    let pairs = json.pairs ?? []
    #expect(pairs.map(\.order) == ["ABCD", "CDAB", "BADC", "DCBA"])
    #expect(pairs.map(\.uint32) == [0x3FA0_0000, 0x0000_3FA0, 0xA03F_0000, 0x0000_A03F])
    #expect(pairs[0].float32 == 1.25 && pairs[0].address == 40)
    #expect(pairs[2].int32 == -1_606_483_968)
    #expect(json.unit == 3 && json.responseMs == 12)
    #expect(json.registers?[0].binary == "0011111110100000")
  }

  @Test func eachRegisterHasALineAndEachSecondPairFour() {
    let lines = Self.dump(.inputRegister, 65531, [1, 2, 3, 0xFFFE, 0x4142]).lines
    #expect(lines.count == 1 + 5 + 1 + 1 + 2 * 4)
    #expect(lines[4].contains("65534") && lines[4].contains("-2"))
    #expect(lines[5].hasSuffix("AB"))
    #expect(lines.allSatisfy { !$0.hasSuffix(" ") })
    #expect(Self.dump(.inputRegister, 0, [7]).lines.count == 2)
  }

  @Test func whatIsNoNumberIsAbsentInJSON() {
    let pairs =
      Self.dump(.holdingRegister, 0, [0x7FC0, 0]).json(unit: 3, responseTime: .zero).pairs ?? []
    #expect(pairs[0].float32 == nil && pairs[1].float32 != nil)
  }

  @Test func bitsAreOnOrOff() {
    let lines = Self.dump(.coil, 8, [1, 0]).lines
    #expect(lines.count == 3)
    #expect(lines[1].hasSuffix("1  on") && lines[2].hasSuffix("0  off"))
  }

  @Test(arguments: [
    ("/dev/ttyUSB0", BusTarget.serial(path: "/dev/ttyUSB0")),
    ("./bus", .serial(path: "./bus")),
    ("10.0.0.5:502", .tcp(host: "10.0.0.5", port: 502)),
    ("[fe80::1]:1502", .tcp(host: "fe80::1", port: 1502)),
  ])
  func targetsAreRead(_ text: String, _ target: BusTarget) { #expect(BusTarget(text) == target) }

  @Test(arguments: ["", "ttyUSB0", "host", "host:", "host:0", "host:65536", ":502", "a/b:502"])
  func otherTextsAreNoTargets(_ text: String) { #expect(BusTarget(text) == nil) }

  @Test func numbersAreDecimalOrHexadecimal() {
    #expect(wordNumber("0x1F") == 31 && wordNumber("65535") == 65535)
    #expect(wordNumber("65536") == nil && wordNumber("0x") == nil && wordNumber("-1") == nil)
  }
}
