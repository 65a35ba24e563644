import DetectionCore
import Glibc
import Testing

@testable import LinuxHost

/// A service manager, as far as it listens.
private struct Listener {
  let descriptor: OwnedDescriptor

  init(_ address: String) throws {
    let socket = try localSocket(.datagram, "listen")
    let code = unsafe withLocalAddress(address) { unsafe bind(socket.number, $0, $1) }
    try #require(code == 0)
    descriptor = socket
  }

  /// The next message; nil where none comes.
  func next() -> String? {
    var room = [UInt8](repeating: 0, count: 4096)
    guard let count = descriptor.read(into: &room, timeoutMs: 10_000), count > 0 else { return nil }
    return String(decoding: room[..<count], as: UTF8.self)
  }
}

@Suite struct NotifySocketTests {
  @Test(arguments: [false, true])
  func whatItIsToldArrivesAtAPathAndAtANameOfItsOwn(isAbstract: Bool) throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-notify")
    defer { removeFolder(folder) }
    let address = isAbstract ? "@\(folder)" : "\(folder)/notify"
    let listener = try Listener(address)
    let manager = try #require(NotifySocket { ["NOTIFY_SOCKET": address][$0] })
    #expect(manager.watchdogTime == nil)
    #expect(manager.tell(.ready) && manager.tell(.alive) && manager.tell(.stopping))
    #expect(manager.tell(.status("two\nlines of 野守")))
    #expect(listener.next() == "READY=1")
    #expect(listener.next() == "WATCHDOG=1")
    #expect(listener.next() == "STOPPING=1")
    #expect(listener.next() == "STATUS=two lines of 野守")
  }

  @Test func whoHearsNothingHoldsNobodyUp() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-notify")
    defer { removeFolder(folder) }
    let address = "\(folder)/notify"
    let manager = try #require(NotifySocket { ["NOTIFY_SOCKET": address][$0] })
    #expect(!manager.tell(.ready))
    let listener = try Listener(address)
    var told = 0
    while told < 100_000, manager.tell(.alive) { told += 1 }
    #expect(told > 0 && told < 100_000)
    #expect(listener.next() == "WATCHDOG=1")
  }

  @Test func withoutOneThereIsNone() {
    #expect(NotifySocket { _ in nil } == nil)
    #expect(NotifySocket { ["NOTIFY_SOCKET": "vsock:2:1234"][$0] } == nil)
  }

  @Test func itsWatchdogIsThatOfThisProcess() throws {
    func time(_ variables: [String: String]) -> TimeSpan? {
      NotifySocket { $0 == "NOTIFY_SOCKET" ? "/run/notify" : variables[$0] }?.watchdogTime
    }
    #expect(time(["WATCHDOG_USEC": "60000000"]) == .seconds(60))
    #expect(time(["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "\(getpid())"]) == .seconds(60))
    #expect(time(["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"]) == nil)
    for text in ["0", "-1", "soon", "9223372036854775807"] {
      #expect(time(["WATCHDOG_USEC": text]) == nil)
    }
  }

  @Test func onlyWhatLiesInTheFolderOfCredentialsIsOne() {
    let folder = "/run/credentials/nomori.service"
    #expect(isCredential("\(folder)/broker", of: folder))
    #expect(!isCredential("\(folder)/broker", of: nil))
    #expect(!isCredential("\(folder)/../secret", of: folder))
    #expect(!isCredential("\(folder)2/broker", of: folder))
    #expect(!isCredential("/etc/nomori/broker", of: folder))
    #expect(!isCredential("/etc/nomori/broker", of: ""))
  }

  @Test func aClockOfWhichTheKernelSaysNothingIsKnownByItsTimeService() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-clock")
    defer { removeFolder(folder) }
    let path = "\(folder)/synchronized"
    #expect(isClockSynchronized(inSecond: 0, kernel: 1, noted: path) == true)
    #expect(isClockSynchronized(inSecond: 0, kernel: 0, noted: path) == false)
    #expect(isClockSynchronized(inSecond: 0, kernel: -EPERM, noted: path) == nil)
    _ = try GrowingFile(creating: path)
    var status = stat()
    try #require(unsafe stat(path, &status) == 0)
    let touched = Int64(status.st_mtim.tv_sec)
    func isSynchronized(after seconds: Int64) -> Bool? {
      isClockSynchronized(inSecond: touched + seconds, kernel: -EPERM, noted: path)
    }
    #expect(isSynchronized(after: 0) == true && isSynchronized(after: 32_000) == true)
    #expect(isSynchronized(after: 32_001) == false && isSynchronized(after: -1) == false)
  }
}
