import DetectionCore
import DeviceProfiles
import Glibc
import LinuxHost
import ModbusPort
import Polling
import Synchronization
import Testing

@Suite struct ModbusConnectionTests {
  static let second = TimeSpan.seconds(1)
  static let one = RegisterSpan(table: .holdingRegister, address: 7, count: 1)

  @Test(arguments: RegisterTable.allCases)
  func everyTableIsReadUpToTheSpecifiedLength(table: RegisterTable) throws {
    let line = try ServedLine(handler: echo)
    let server = try ServedPort(handler: echo)
    let converter = try ServedPort(framing: .rtu, handler: echo)
    for link in [line.link, server.link, converter.link] {
      var connection = ModbusConnection(link: link)
      try connection.open()
      var words: [UInt16] = []
      let longest: UInt16 = table.isBits ? 2000 : 125
      for (address, count) in [(0, 1), (3, 17), (1000, longest), (0xFFFF, 1)] {
        let span = RegisterSpan(table: table, address: UInt16(address), count: count)
        try connection.read(unit: 1, span: span, timeout: Self.second, into: &words)
        #expect(words == echoWords(span), "\(link.name) \(span)")
      }
    }
  }

  @Test func writesArriveAndReadBack() throws {
    let written = WrittenValues()
    let line = try ServedLine { written.answer($0) }
    var connection = ModbusConnection(link: line.link)
    try connection.open()
    try connection.writeCoil(unit: 1, address: 9, on: true, timeout: Self.second)
    try connection.writeRegister(unit: 1, address: 10, value: 0xBEEF, timeout: Self.second)
    var words: [UInt16] = []
    try connection.read(
      unit: 1, span: RegisterSpan(table: .coil, address: 8, count: 3), timeout: Self.second,
      into: &words)
    #expect(words == [0, 1, 0])
    try connection.read(
      unit: 1, span: RegisterSpan(table: .holdingRegister, address: 9, count: 2),
      timeout: Self.second, into: &words)
    #expect(words == [0, 0xBEEF])
    try connection.writeCoil(unit: 1, address: 9, on: false, timeout: Self.second)
    try connection.read(
      unit: 1, span: RegisterSpan(table: .coil, address: 9, count: 1), timeout: Self.second,
      into: &words)
    #expect(words == [0])
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 10, 11] as [UInt8])
  func exceptionsKeepTheirCode(code: UInt8) throws {
    let line = try ServedLine { _ in .exception(code) }
    let server = try ServedPort { _ in .exception(code) }
    let converter = try ServedPort(framing: .rtu) { _ in .exception(code) }
    for link in [line.link, server.link, converter.link] {
      #expect(Self.fault(of: link) == .exception(code), "\(link.name)")
    }
  }

  @Test func anAbsentUnitTimesOutAndLeavesTheLineUsable() throws {
    let line = try ServedLine(handler: echo)
    var connection = ModbusConnection(link: line.link)
    try connection.open()
    var words: [UInt16] = []
    let clock = ContinuousClock()
    for _ in 0..<3 {
      let start = clock.now
      #expect(throws: BusFault.timeout) {
        try connection.read(
          unit: 9, span: Self.one, timeout: .milliseconds(80), into: &words)
      }
      #expect(clock.now - start >= .milliseconds(79))
      #expect(words.isEmpty)
      try connection.drain(silence: .milliseconds(5))
      try connection.read(unit: 1, span: Self.one, timeout: Self.second, into: &words)
      #expect(words == echoWords(Self.one))
    }
  }

  @Test func anotherUnitsAnswerIsRefused() throws {
    let line = try RawLine { _, _ in framed([2, 3, 2, 0x12, 0x34]) }
    #expect(Self.fault(of: line.link) == .wrongUnit)
  }

  @Test func damagedAnswersAreToldApart() throws {
    let cases: [([UInt8], BusFault)] = [
      ([1, 3, 2, 0x12, 0x34, 0, 0], .badChecksum),
      (framed([1, 3, 4, 0, 1, 0, 2]), .unexpectedAnswer),
      (framed([1, 4, 2, 0x12, 0x34]), .unexpectedAnswer),
      (framed([1, 0x83, 77]), .unexpectedAnswer),
      (framed([1, 0x84, 2]), .unexpectedAnswer),
      ([1, 3, 2, 0x12], .timeout),
      ([], .timeout),
    ]
    for (bytes, expected) in cases {
      let line = try RawLine { _, _ in bytes }
      #expect(Self.fault(of: line.link, timeoutMs: 200) == expected, "\(bytes)")
    }
  }

  @Test func aLateAnswerIsNotTakenForTheNextOne() throws {
    let late = framed([1, 3, 2, 0xDE, 0xAD])
    let line = try RawLine { request, number in
      number % 2 == 0 ? [] : framed([1, 3, 2] + request[2...3])
    }
    // A second way into the same end of the line, to see when bytes lie there.
    let observer = OwnedDescriptor(
      number: unsafe Glibc.open(line.terminal.path, O_RDONLY | O_NOCTTY | O_NONBLOCK))
    var connection = ModbusConnection(link: line.link)
    try connection.open()
    var words: [UInt16] = []
    for isDrained in [true, false] {
      #expect(throws: BusFault.timeout) {
        try connection.read(unit: 1, span: Self.one, timeout: .milliseconds(50), into: &words)
      }
      try line.terminal.master.write(late)
      // Without a drain it lies before the next request.
      try #require(!readable([observer], timeoutMs: 20_000).isEmpty)
      if isDrained { try connection.drain(silence: .milliseconds(50)) }
      try connection.read(unit: 1, span: Self.one, timeout: Self.second, into: &words)
      #expect(words == [7])
    }
  }

  @Test func aPortThatVanishesWhileReadingIsLost() throws {
    let terminal = OwnedTerminal(try PseudoTerminal())
    let path = terminal.path
    var connection = ModbusConnection(link: .serial(path: path, testSettings))
    try connection.open()
    let thread = try HostThread(name: "unplug") { _ in
      terminal.waitForRequest()
      terminal.close()
    }
    defer { thread.join() }
    let fault = Self.fault { words throws(BusFault) in
      try connection.read(unit: 1, span: Self.one, timeout: .seconds(20), into: &words)
    }
    guard case .portLost = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(throws: BusFault.self) { try connection.drain(silence: .milliseconds(1)) }
    connection.close()
    #expect(throws: BusFault.portLost(EBADF)) { try connection.drain(silence: .milliseconds(1)) }
  }

  @Test(arguments: [ModbusFraming.tcp, .rtu])
  func aPeerThatClosesIsLostAndCanBeReachedAgain(framing: ModbusFraming) throws {
    let server = try ServedPort(answers: 1, framing: framing, handler: echo)
    var connection = ModbusConnection(link: server.link)
    for _ in 0..<3 {
      try connection.open()
      var words: [UInt16] = []
      try connection.read(unit: 1, span: Self.one, timeout: Self.second, into: &words)
      #expect(words == echoWords(Self.one))
      let fault = Self.fault { words throws(BusFault) in
        try connection.read(unit: 1, span: Self.one, timeout: .seconds(20), into: &words)
      }
      guard case .portLost = fault else {
        Issue.record("\(String(describing: fault))")
        return
      }
      connection.close()
    }
  }

  @Test func aLineThatNeverFallsSilentIsGivenUp() throws {
    let terminal = try PseudoTerminal()
    var connection = ModbusConnection(link: .serial(path: terminal.path, testSettings))
    try connection.open()
    let isStopped = StopFlag()
    let thread = try HostThread(name: "babble") { _ in
      while !isStopped.isSet {
        try? terminal.master.write([0x55, 0xAA])
        usleep(2000)
      }
    }
    defer {
      isStopped.set()
      thread.join()
    }
    #expect(throws: BusFault.lineNeverIdle) { try connection.drain(silence: .milliseconds(500)) }
  }

  @Test(arguments: 0..<8) func anyBytesEndInAFaultOrTheAnswer(seed: UInt64) throws {
    let random = Mutex(SplitMix64(seed: seed))
    let line = try RawLine { _, _ in
      random.withLock { random in
        var bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        if Bool.random(using: &random) {
          bytes = [1, 3] + bytes
        } else if Bool.random(using: &random) {
          bytes = framed([1] + bytes.prefix(Int.random(in: 1...252, using: &random)))
        }
        return bytes
      }
    }
    var connection = ModbusConnection(link: line.link)
    try connection.open()
    var words: [UInt16] = []
    for round in 0..<40 {
      let span = RegisterSpan(
        table: .holdingRegister, address: UInt16(round), count: UInt16(1 + round * 3))
      let task = BusTask.transact(
        Transaction(device: 0, unit: 1, request: .read(span), timeout: .milliseconds(20)))
      switch connection.perform(task, into: &words) {
      case .done: #expect(words.count == Int(span.count), "seed \(seed), round \(round)")
      case .failed(.portLost(let number)):
        Issue.record("seed \(seed), round \(round): port lost, errno \(number)")
      case .failed: #expect(words.isEmpty, "seed \(seed), round \(round)")
      }
      #expect(connection.perform(.drain(silence: .milliseconds(2)), into: &words) == .done)
    }
  }

  /// The fault of reading one register from unit 1.
  static func fault(of link: Link, timeoutMs: Int64 = 1000) -> BusFault? {
    var connection = ModbusConnection(link: link)
    return fault { words throws(BusFault) in
      try connection.open()
      try connection.read(
        unit: 1, span: one, timeout: .milliseconds(timeoutMs), into: &words)
    }
  }

  static func fault(of body: (inout [UInt16]) throws(BusFault) -> Void) -> BusFault? {
    var words: [UInt16] = []
    do throws(BusFault) {
      try body(&words)
      return nil
    } catch {
      return error
    }
  }
}

/// A terminal that can be unplugged.
final class OwnedTerminal: Sendable {
  let path: String
  private let terminal: Mutex<PseudoTerminal?>

  init(_ terminal: PseudoTerminal) {
    path = terminal.path
    self.terminal = Mutex(terminal)
  }

  /// Waits until something was sent, for twenty seconds at most.
  func waitForRequest() {
    var buffer = [UInt8](repeating: 0, count: 256)
    terminal.withLock { _ = $0?.master.read(into: &buffer, timeoutMs: 20_000) }
  }

  func close() { terminal.withLock { $0 = nil } }
}

/// A unit that remembers one coil (9) and one register (10).
final class WrittenValues: Sendable {
  private let values = Mutex<(coil: UInt16, register: UInt16)>((0, 0))

  func answer(_ request: ServerRequest) -> ServerAnswer {
    values.withLock { values in
      switch request {
      case .write(let span, let words):
        if span.table == .coil, span.address == 9 { values.coil = words[0] == 0 ? 0 : 1 }
        if span.table == .holdingRegister, span.address == 10 { values.register = words[0] }
        return .written
      case .read(let span):
        return .words(
          (Int(span.address)..<span.end).map { address in
            switch (span.table, address) {
            case (.coil, 9): values.coil
            case (.holdingRegister, 10): values.register
            default: 0
            }
          })
      }
    }
  }
}
