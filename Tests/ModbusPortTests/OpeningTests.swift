import DetectionCore
import DeviceProfiles
import Glibc
import LinuxHost
import ModbusPort
import Polling
import Synchronization
import Testing

@Suite struct OpeningTests {
  @Test func aMissingPortIsNotFound() {
    #expect(Self.fault("/dev/there-is-no-such-port") == .portUnavailable(.notFound))
  }

  @Test func aFileIsNoSerialLine() {
    #expect(Self.fault(#filePath) == .portUnavailable(.notASerialLine))
  }

  /// Root may open every port; a thread of it that opens files as another user may not.
  @Test func aPortWithoutPermissionSaysSo() throws {
    let terminal = try PseudoTerminal()
    let isClosed = unsafe chmod(terminal.path, 0) == 0
    #expect(isClosed)
    let path = terminal.path
    let found = Mutex<BusFault?>(nil)
    try HostThread(name: "nobody") { _ in
      if geteuid() == 0 { setFileSystemUser(65_534) }
      let fault = Self.fault(path)
      found.withLock { $0 = fault }
    }.join()
    #expect(found.withLock { $0 } == .portUnavailable(.permissionDenied))
  }

  @Test func aPortIsUsedByOneAtATime() throws {
    let terminal = try PseudoTerminal()
    var first = ModbusConnection(link: .serial(path: terminal.path, testSettings))
    try first.open()
    #expect(Self.fault(terminal.path) == .portUnavailable(.inUse))
    first.close()
    #expect(Self.fault(terminal.path) == nil)
  }

  @Test func lineSettingsThatNoPortHasAreRefused() throws {
    let terminal = try PseudoTerminal()
    for settings in [
      SerialSettings(baud: 12_345, parity: .none, stopBits: 1),
      SerialSettings(baud: 9600, parity: .even, stopBits: 3),
    ] {
      var connection = ModbusConnection(link: .serial(path: terminal.path, settings))
      #expect(throws: BusFault.portUnavailable(.unsupportedSettings)) { try connection.open() }
    }
  }

  /// libmodbus takes 9600 for a rate that it does not know, and says nothing.
  @Test func everyRateThatASiteMayNameIsSet() throws {
    var codes: Set<speed_t> = []
    for rate in SerialSettings.rates {
      let terminal = try PseudoTerminal()
      let settings = SerialSettings(baud: rate, parity: .none, stopBits: 1)
      var connection = ModbusConnection(link: .serial(path: terminal.path, settings))
      try connection.open()
      var line = termios()
      let isRead = unsafe tcgetattr(terminal.master.number, &line) == 0
      #expect(isRead)
      codes.insert(unsafe cfgetospeed(&line))
    }
    #expect(codes.count == SerialSettings.rates.count)
  }

  /// A pseudo terminal has no transmitter, nor a driver that could switch one.
  @Test func aPortThatRefusesDirectionControlIsNotUsedAndLeftFree() throws {
    let terminal = try PseudoTerminal()
    let link = Link.serial(path: terminal.path, testSettings)
    var connection = ModbusConnection(link: link) { descriptor in
      do {
        try controlTransmitter(
          of: descriptor, isHighOnSend: true, delayBeforeMs: 1, delayAfterMs: 0)
        return nil
      } catch {
        return .noDirectionControl
      }
    }
    let fault = BusFault.portUnavailable(.noDirectionControl)
    #expect(throws: fault) { try connection.open() }
    #expect(fault.explanation(link: link).contains("cannot switch the RS-485 transmitter"))
    #expect(Self.fault(terminal.path) == nil)
  }

  @Test func aPortWithoutServerRefuses() throws {
    // Bound and not listening: no other test can take the port meanwhile.
    let holder = OwnedDescriptor(number: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(holder.number, $0, length) == 0
          && getsockname(holder.number, $0, &length) == 0
      }
    }
    try #require(isBound)
    let port = UInt16(bigEndian: address.sin_port)
    var connection = ModbusConnection(link: .tcp(host: "127.0.0.1", port: port))
    #expect(throws: BusFault.portUnavailable(.refused)) { try connection.open() }
    withExtendedLifetime(holder) {}
  }

  @Test func openingTwiceAndClosingTwiceIsHarmless() throws {
    let line = try ServedLine(handler: echo)
    var connection = ModbusConnection(link: line.link)
    var words: [UInt16] = []
    for _ in 0..<3 {
      try connection.open()
      try connection.open()
      try connection.read(
        unit: 1, span: RegisterSpan(table: .inputRegister, address: 4, count: 1),
        timeout: .seconds(1), into: &words)
      #expect(words == [0x0404])
      connection.close()
      connection.close()
    }
  }

  private static func fault(_ path: String) -> BusFault? {
    var connection = ModbusConnection(link: .serial(path: path, testSettings))
    do throws(BusFault) {
      try connection.open()
      return nil
    } catch {
      return error
    }
  }
}

/// Lets the calling thread, and no other, open files as `user`: setfsuid(2), which Glibc's module
/// leaves out.
private func setFileSystemUser(_ user: UInt32) {
  guard let symbol = unsafe dlsym(nil, "setfsuid") else {
    Issue.record("no setfsuid")
    return
  }
  typealias SetUser = @convention(c) (UInt32) -> Int32
  _ = unsafe unsafeBitCast(symbol, to: SetUser.self)(user)
}
