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
}
