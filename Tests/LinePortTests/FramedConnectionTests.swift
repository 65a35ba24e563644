import DetectionCore
import DeviceProfiles
import Glibc
import LinePort
import LinuxHost
import Polling
import Synchronization
import TestSupport
import Testing

let testSettings = SerialSettings(baud: 115_200, parity: .none, stopBits: 1)

@Suite struct FramedConnectionTests {
  static func fault(of body: () throws(BusFault) -> Void) -> BusFault? {
    do throws(BusFault) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  /// Everything that comes within a second, up to `count` bytes.
  static func heard(
    on line: inout FramedConnection, count: Int
  ) throws(BusFault) -> [UInt8] {
    var all: [UInt8] = []
    var words: [UInt16] = []
    for _ in 0..<100 where all.count < count {
      try line.receive(timeout: .milliseconds(10), into: &words)
      all += words.map { UInt8($0) }
    }
    return all
  }

  @Test(arguments: SerialSettings.rates)
  func everyRateThatASiteMayNameCanBeSet(rate: UInt32) throws {
    let terminal = try PseudoTerminal()
    let settings = SerialSettings(baud: rate, parity: .none, stopBits: 1)
    var line = FramedConnection(link: .serial(path: terminal.path, settings))
    try line.open()
    line.close()
  }

  @Test func allBytesPassUnchangedInBothDirections() throws {
    let every = Array(UInt8.min...UInt8.max)
    let terminal = try PseudoTerminal()
    let (listener, port) = try listeningPort()
    for link in [
      Link.serial(path: terminal.path, testSettings), .rawTCP(host: "127.0.0.1", port: port),
    ] {
      var line = FramedConnection(link: link)
      try line.open()
      try line.open()
      let peer =
        switch link {
        case .serial: terminal.master
        case .tcp, .rtuOverTCP, .rawTCP: OwnedDescriptor(number: accept(listener.number, nil, nil))
        }
      try peer.write(every)
      #expect(try Self.heard(on: &line, count: 256) == every, "\(link.name)")
      try line.send(every)
      var sent: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 512)
      while sent.count < 256, let count = peer.read(into: &buffer, timeoutMs: 1000), count > 0 {
        sent += buffer.prefix(count)
      }
      #expect(sent == every, "\(link.name)")
      line.close()
      #expect(Self.fault { () throws(BusFault) in try line.send([1]) } == .portLost(EBADF))
    }
  }

  @Test func aWaitEndsWithItsTimeOrTheInterruption() throws {
    let terminal = try PseudoTerminal()
    let wake = try WakeSignal()
    var line = FramedConnection(
      link: .serial(path: terminal.path, testSettings), interruption: wake.descriptor)
    try line.open()
    let clock = ContinuousClock()
    var words: [UInt16] = []
    let start = clock.now
    try line.receive(timeout: .milliseconds(60), into: &words)
    #expect(words.isEmpty && clock.now - start >= .milliseconds(59))
    wake.raise()
    try line.receive(timeout: .seconds(60), into: &words)
    #expect(words.isEmpty && clock.now - start < .seconds(30))
  }

  @Test func whatCannotBeOpenedSaysWhy() throws {
    func fault(
      _ link: Link, prepare: @escaping @Sendable (Int32) -> PortProblem? = { _ in nil }
    )
      -> BusFault?
    {
      var line = FramedConnection(link: link, prepare: prepare)
      return Self.fault { () throws(BusFault) in try line.open() }
    }
    let terminal = try PseudoTerminal()
    let link = Link.serial(path: terminal.path, testSettings)
    #expect(fault(.serial(path: "/dev/none", testSettings)) == .portUnavailable(.notFound))
    #expect(fault(.serial(path: #filePath, testSettings)) == .portUnavailable(.notASerialLine))
    #expect(
      fault(.serial(path: terminal.path, SerialSettings(baud: 12_345, parity: .none, stopBits: 1)))
        == .portUnavailable(.unsupportedSettings))
    #expect(fault(link) { _ in .noDirectionControl } == .portUnavailable(.noDirectionControl))
    #expect(
      fault(.rawTCP(host: "127.0.0.1", port: try freeLoopbackPort())) == .portUnavailable(.refused))
    #expect(fault(.rawTCP(host: "none.invalid", port: 1)) == .portUnavailable(.notFound))
    var first = FramedConnection(link: link)
    try first.open()
    #expect(fault(link) == .portUnavailable(.inUse))
    first.close()
    #expect(fault(link) == nil)
  }

  @Test func aPeerThatIsGoneIsLost() throws {
    let (listener, port) = try listeningPort()
    var line = FramedConnection(link: .rawTCP(host: "127.0.0.1", port: port))
    try line.open()
    var peer: OwnedDescriptor? = OwnedDescriptor(number: accept(listener.number, nil, nil))
    withExtendedLifetime(peer) {}
    peer = nil
    var words: [UInt16] = []
    let closed = Self.fault { () throws(BusFault) in
      try line.receive(timeout: .seconds(10), into: &words)
    }
    #expect(closed == .portLost(ECONNRESET))
    // The second write meets a connection that has been reset; the process must survive it.
    let reset = Self.fault { () throws(BusFault) in
      for _ in 0..<50 {
        try line.send([1])
        usleep(1000)
      }
    }
    guard case .portLost = reset else {
      Issue.record("\(String(describing: reset))")
      return
    }
  }

  /// A sensor at 100 Hz behind a stable name, unplugged while it talks and plugged in again as
  /// another device.
  @Test func aPortThatComesBackUnderAnotherNumberIsFoundByItsStableName() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-line")
    defer { removeFolder(folder) }
    let name = folder + "/port"
    var sonar: Sonar? = try Sonar(distance: 1000)
    try link(name, to: sonar?.path ?? "")
    var line = try TalkingLine(path: name)
    let isHeard = line.run { $0.counters.answers >= 10 }
    #expect(isHeard)
    sonar = nil
    let isMissed = line.run { $0.counters.portFaults > 0 }
    #expect(isMissed)
    let second = try Sonar(distance: 2000)
    try link(name, to: second.path)
    let before = line.schedule.counters.answers
    let isBack = line.run { $0.counters.answers >= before + 10 }
    #expect(isBack)
    #expect(line.schedule.portOpenings == 2)
    #expect(line.readings.first?.value == 1000)
    #expect(line.readings.last?.value == 2000)
    #expect(line.readings.contains { $0.flag == .missing })
  }

  private func link(_ name: String, to port: String) throws {
    unsafe unlink(name)
    let isMade = unsafe symlink(port, name) == 0
    try #require(isMade)
  }
}

/// A sensor on a pseudo terminal that sends the same distance every 10 ms, until it is let go.
final class Sonar: Sendable {
  let path: String
  private let stop: Stop
  private let thread: HostThread

  private final class Stop: Sendable {
    let isRaised = Atomic(false)
  }

  init(distance: Int) throws {
    let terminal = try PseudoTerminal()
    path = terminal.path
    let stop = Stop()
    self.stop = stop
    thread = try HostThread(name: "sonar") { _ in
      while !stop.isRaised.load(ordering: .acquiring) {
        try? terminal.master.write(Array("R\(distance)\r".utf8))
        usleep(10_000)
      }
    }
  }

  deinit {
    stop.isRaised.store(true, ordering: .releasing)
    thread.join()
  }
}

/// The schedule and the port together, on the machine's clock: a distance every 20 ms.
struct TalkingLine: ~Copyable {
  let clock = HostClock()
  var schedule: BusEngine
  var port: FramedConnection
  var readings: [Reading] = []

  init(path: String) throws {
    let line = FramedProtocol(
      framing: .text(TextFraming(end: 0x0D)),
      messages: [FramedMessage(content: .pattern(try FramePattern("R{d:4}")))],
      quantities: [FramedQuantity(id: "distance", message: 0, field: 0, unit: "mm")])
    let link = Link.serial(path: path, testSettings)
    let device = DevicePlan(
      id: "sonar", line: line, timing: DeviceTiming(responseTimeoutMs: 200),
      points: [
        PolledPoint(
          point: PointIndex(rawValue: 0), quantity: line.quantities[0], period: .milliseconds(20))
      ])
    schedule = try BusEngine(
      plan: BusPlan(id: "line", link: link, devices: [device]), start: clock.now)
    port = FramedConnection(link: link)
  }

  /// Reads until `isDone`; false where that takes more than half a minute.
  mutating func run(until isDone: (borrowing BusEngine) -> Bool) -> Bool {
    let end = clock.now + .seconds(30)
    var words: [UInt16] = []
    while clock.now < end {
      if isDone(schedule) { return true }
      switch schedule.next(at: clock.now, wallTime: clock.wallTime, into: &readings) {
      case .wait(let until):
        usleep(UInt32(clamping: min(20_000, (until - clock.now).nanoseconds / 1000)))
      case .perform(let task):
        var patience = TimeSpan.zero
        if case .listen(let until) = task { patience = min(.seconds(1), until - clock.now) }
        let outcome = port.perform(task, listening: patience, into: &words)
        schedule.finished(
          outcome, words: words, at: clock.now, wallTime: clock.wallTime, into: &readings)
      }
    }
    return false
  }
}
