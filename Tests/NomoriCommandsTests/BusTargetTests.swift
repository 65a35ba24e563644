import Polling
import Testing

@testable import NomoriCommands

/// A bus as it is typed.
@Suite struct BusTargetTests {
  @Test(arguments: [
    ("/dev/ttyUSB0", BusTarget.serial(path: "/dev/ttyUSB0")),
    ("./port", .serial(path: "./port")), ("10.0.0.5:502", .tcp(host: "10.0.0.5", port: 502)),
    ("[fe80::1]:502", .tcp(host: "fe80::1", port: 502)),
    ("rtu:10.0.0.5:4001", .rtuOverTCP(host: "10.0.0.5", port: 4001)),
    ("rtu:[::1]:4001", .rtuOverTCP(host: "::1", port: 4001)),
    ("rtu:502", .tcp(host: "rtu", port: 502)),
  ])
  func aTargetIsRead(_ text: String, _ target: BusTarget) throws {
    #expect(try BusTarget(text, .en) == target)
  }

  @Test(arguments: [
    "", "ttyUSB0", "host", "host:0", "host:65536", ":502", "a/b:1", "rtu:", "rtu:h:0",
  ])
  func anythingElseIsRefused(_ text: String) {
    #expect(BusTarget(text) == nil)
  }

  @Test(arguments: [
    (BusTarget.tcp(host: "box", port: 502), [0, 1, 247, 255] as [UInt8], [248, 254] as [UInt8]),
    (.serial(path: "/dev/bus"), [1, 247], [0, 248, 255]),
    (.rtuOverTCP(host: "box", port: 4001), [1, 247], [0, 248, 255]),
  ])
  func reservedUnitsAreRefused(_ target: BusTarget, allowed: [UInt8], refused: [UInt8]) throws {
    let link = target.link(LineOptions.usual)
    for unit in allowed { #expect(try link.checked(unit: unit, .en) == unit) }
    for unit in refused { #expect(throws: (any Error).self) { try link.checked(unit: unit, .en) } }
    #expect(Link.tcp(host: "box", port: 502).units.text(.en) == "0 to 247 or 255")
  }
}
