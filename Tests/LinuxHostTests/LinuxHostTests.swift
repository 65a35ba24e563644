import DetectionCore
import LinuxHost
import Synchronization
import Testing

@Suite("Linux host")
struct LinuxHostTests {
  @Test func bytesCrossAPseudoTerminalUnchanged() throws {
    let terminal = try PseudoTerminal()
    let sent = (0...255).map(UInt8.init)
    try terminal.master.write(sent)
    let far = try readAvailable(path: terminal.path, count: sent.count)
    #expect(far == sent)
  }

  @Test func aRaisedSignalWakesAndIsLowered() throws {
    let signal = try WakeSignal()
    signal.raise()
    signal.raise()
    #expect(signal.wait(timeout: .seconds(5)))
    #expect(!signal.wait(timeout: .zero))
  }

  @Test func aThreadWakesAnother() throws {
    let signal = try WakeSignal()
    let thread = try HostThread(name: "raiser") { refusal in
      #expect(refusal == nil)
      signal.raise()
    }
    #expect(signal.wait(timeout: .seconds(30)))
    thread.join()
  }

  @Test func aFastClockRunsFastAndStartsWhereTold() {
    let clock = HostClock(speed: 1000, wallStart: 1_450_000_000_000_000_000)
    let first = clock.now
    let wall = clock.wallTime
    var later = clock.now
    while (later - first) < .seconds(10) { later = clock.now }
    let real = HostClock()
    let start = real.now
    _ = clock.realTime(until: later)
    #expect((real.now - start) < .seconds(1))
    #expect(clock.realTime(until: clock.now + .seconds(1000)) <= .seconds(1))
    #expect(wall.synchronized)
    #expect(wall.nanosecondsSince1970 >= 1_450_000_000_000_000_000)
  }

  @Test func aFileGrowsAndIsReadBack() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-host")
    defer { removeFolder(folder) }
    try makeFolder("\(folder)/a/b")
    let file = try GrowingFile(creating: "\(folder)/a/b/log")
    try file.append([1, 2])
    try file.append([3])
    try file.synchronize()
    #expect(try readFile("\(folder)/a/b/log") == [1, 2, 3])
    #expect(folderNames("\(folder)/a") == ["b"])
    #expect(throws: HostError.self) { try GrowingFile(creating: "\(folder)/a/b/log") }
    removeFolder(folder)
    #expect(folderNames(folder).isEmpty)
  }

  @Test func errorsNameThePathAndTheReason() {
    #expect(
      throws: HostError(attempt: "open /nonexistent/file", code: 2),
      performing: { try readFile("/nonexistent/file") })
    let error = HostError(attempt: "open /nonexistent/file", code: 2)
    #expect(error.description == "cannot open /nonexistent/file: No such file or directory")
  }

  @Test func aFullDeviceIsRecognised() throws {
    let error = #expect(throws: HostError.self) {
      let descriptor = try openForWriting("/dev/full")
      try descriptor.write([1])
    }
    #expect(error?.isOutOfSpace == true)
  }

  @Test func childrenAreStartedEndedAndHeard() throws {
    #expect(try outputOf(["sh", "-c", "printf nomori"]) == Array("nomori".utf8))
    #expect(throws: HostError.self) { try outputOf(["no-such-program-here"]) }
    #expect(throws: HostError.self) { try outputOf(["yes"], maximumBytes: 100_000) }
    let child = try ChildProcess(["sleep", "600"])
    #expect(child.exit == nil)
    child.terminate()
    #expect(child.exit == 143)
  }

  @Test func aFreePortIsAPort() throws {
    #expect(try freeLoopbackPort() > 1023)
  }

  @Test func aListenerAcceptsWhoConnectsAndTakesItsPortAgain() throws {
    let port: UInt16
    do {
      let listener = try LoopbackListener()
      port = listener.port
      #expect(listener.accept() == nil)
      #expect(loopbackAnswers(port: port))
      #expect(readable([listener.descriptor], timeout: .seconds(30)) == [0])
      let peer = try #require(listener.accept())
      // The one who connected has gone.
      #expect(readable([peer], timeout: .seconds(30)) == [0])
      var buffer: [UInt8] = [0]
      #expect(peer.read(into: &buffer, timeoutMs: 0) == nil)
      #expect(throws: HostError.self) { try LoopbackListener(port: port) }
    }
    #expect(try LoopbackListener(port: port).port == port)
  }

  @Test func aWaitForNothingEndsWithItsTime() throws {
    let (near, far) = try OwnedDescriptor.pair()
    let clock = HostClock()
    let start = clock.now
    #expect(readable([near], timeout: .milliseconds(3)).isEmpty)
    #expect(clock.now - start >= .milliseconds(3))
    withExtendedLifetime(far) {}
  }

  @Test func aWriterThatDoesNotWaitFailsWhenThereIsNoRoom() throws {
    let (near, far) = try OwnedDescriptor.pair()
    near.stopWaiting()
    let block = [UInt8](repeating: 0, count: 1 << 16)
    #expect(throws: HostError.self) { for _ in 0..<1_000 { try near.write(block) } }
    withExtendedLifetime(far) {}
  }

  @Test func onlyALinkThatLeadsNowhereIsReplaced() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-host")
    defer { removeFolder(folder) }
    let (link, file) = ("\(folder)/link", "\(folder)/file")
    try makeLink(link, to: "\(folder)/gone")
    try makeLink(link, to: file)
    try GrowingFile(creating: file).append([1, 2])
    #expect(try readFile(link) == [1, 2])
    #expect(throws: HostError.self) { try makeLink(link, to: "\(folder)/gone") }
    #expect(throws: HostError.self) { try makeLink(file, to: "\(folder)/gone") }
  }
}
