import Glibc
import LinuxHost
import Testing

@Suite struct SerialAdapterTests {
  /// What the kernel shows of a port of an FTDI adapter with this timer.
  private static func system(timer: String, device: String) throws -> String {
    let root = try makeTemporaryFolder(prefix: "nomori-sys")
    for folder in ["bus", "bus/usb-serial", "bus/usb-serial/devices"] {
      let isMade = unsafe mkdir("\(root)/\(folder)", 0o700) == 0
      try #require(isMade)
    }
    let adapter = "\(root)/bus/usb-serial/devices/\(device)"
    let isMade = unsafe mkdir(adapter, 0o700) == 0
    try #require(isMade)
    let descriptor = OwnedDescriptor(
      number: unsafe open("\(adapter)/latency_timer", O_CREAT | O_WRONLY, 0o600))
    try descriptor.write(Array(timer.utf8))
    let isLinked = unsafe symlink("../../drivers/ftdi_sio", "\(adapter)/driver") == 0
    try #require(isLinked)
    return root
  }

  @Test(arguments: [("16\n", 16, true), ("1\n", 1, false), ("", nil, false)])
  func anAdaptersTimerIsFoundByTheLinkToItsPort(
    text: String, timer: Int?, isHigh: Bool
  ) throws {
    let terminal = try PseudoTerminal()
    let device = String(terminal.path.split(separator: "/").last ?? "")
    let system = try Self.system(timer: text, device: device)
    defer { removeFolder(system) }
    let link = system + "/by-id"
    let isLinked = unsafe symlink(terminal.path, link) == 0
    try #require(isLinked)
    let latency = try #require(SerialLatency(port: link, system: system))
    #expect(latency.device == device)
    #expect(latency.driver == "ftdi_sio")
    #expect(latency.timerMs == timer)
    #expect(latency.isHigh == isHigh)
  }

  @Test func aPortWithoutTimerIsNotHighAndAMissingOneIsNone() throws {
    let terminal = try PseudoTerminal()
    let latency = try #require(SerialLatency(port: terminal.path))
    #expect(latency.driver == nil && latency.timerMs == nil && !latency.isHigh)
    // A pseudo terminal has no driver that could be asked.
    #expect(latency.isLowWished == nil)
    #expect(SerialLatency(port: "/dev/there-is-no-such-port") == nil)
  }

  @Test func whatIsNoSerialPortRefusesWithTheReason() throws {
    let terminal = try PseudoTerminal()
    #expect(throws: HostError.self) { try wishLowLatency(of: terminal.master.number) }
    #expect(throws: HostError(attempt: "set a serial port to low latency", code: EBADF)) {
      try wishLowLatency(of: -1)
    }
    #expect(throws: HostError.self) {
      try controlTransmitter(
        of: terminal.master.number, isHighOnSend: true, delayBeforeMs: 0, delayAfterMs: 0)
    }
  }
}
