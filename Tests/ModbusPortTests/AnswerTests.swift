import DetectionCore
import DeviceProfiles
import Glibc
import LinuxHost
import ModbusPort
import Polling
import Synchronization
import Testing

/// Which bytes are taken for the answer to a request.
@Suite struct AnswerTests {
  static let one = RegisterSpan(table: .holdingRegister, address: 7, count: 1)
  static let good = framed([1, 3, 2, 0x12, 0x34])

  /// What a request ends with, through a connection that stays open for all of them.
  static func outcome(
    _ request: BusRequest, _ connection: inout ModbusConnection, timeoutMs: Int64 = 400
  ) -> (BusOutcome, [UInt16]) {
    var words: [UInt16] = []
    let task = BusTask.transact(
      Transaction(device: 0, unit: 1, request: request, timeout: .milliseconds(timeoutMs)))
    let outcome = connection.perform(task, into: &words)
    return (outcome, words)
  }

  // MARK: Serial lines

  static let strays: [[UInt8]] = [
    [0], [0xFF], [1], [3], [1, 3], [0, 0, 0], [1, 3, 2], [1, 0x83], [0x55, 0xAA, 1, 3, 4],
    framed([2, 3, 2, 0, 9]), framed([1, 3, 4, 0, 1, 0, 2]),
  ]

  @Test(arguments: strays)
  func whatComesBeforeAGoodFrameDoesNotHideIt(stray: [UInt8]) throws {
    let answer = stray + Self.good
    let line = try RawLine { _, _ in answer }
    let server = try RawServer(requestBytes: 8) { _, _ in answer }
    for link in [
      line.link, .rtuOverTCP(host: "127.0.0.1", port: server.port, testSettings),
    ] {
      var connection = ModbusConnection(link: link)
      try connection.open()
      for _ in 0..<3 {
        let (outcome, words) = Self.outcome(.read(Self.one), &connection)
        #expect(outcome == .done && words == [0x1234], "\(link.name): \(outcome)")
      }
    }
  }

  @Test func anAdapterThatHearsItselfIsUsedAndItsCopyOfAWriteIsNoAnswer() throws {
    // The unit behind the adapter is silent for every third request.
    let line = try RawLine { request, number in
      let answer = request[1] == 3 ? framed([1, 3, 2, 0x12, 0x34]) : request
      return number % 3 == 2 ? request : request + answer
    }
    var connection = ModbusConnection(link: line.link)
    try connection.open()
    let on = BusRequest.writeCoil(address: 9, on: true)
    let six = BusRequest.writeRegister(address: 9, value: 6)
    #expect(Self.outcome(.read(Self.one), &connection).1 == [0x1234])
    #expect(Self.outcome(on, &connection).0 == .done)
    #expect(Self.outcome(on, &connection).0 == .failed(.timeout))
    #expect(Self.outcome(six, &connection).0 == .done)
    #expect(Self.outcome(.read(Self.one), &connection).1 == [0x1234])
    #expect(Self.outcome(six, &connection).0 == .failed(.timeout))
  }

  @Test func aWriteOnAnUnknownLineIsAnsweredByOneCopy() throws {
    let line = try RawLine { request, _ in request }
    var connection = ModbusConnection(link: line.link)
    try connection.open()
    #expect(Self.outcome(.writeCoil(address: 9, on: true), &connection).0 == .done)
  }

  @Test func theEchoOfAWriteMustHaveItsAddressAndValue() throws {
    let changed = Mutex(0)
    let line = try RawLine { request, _ in
      var echo = Array(request.prefix(6))
      echo[changed.withLock { $0 }] ^= 1
      return framed(echo)
    }
    var connection = ModbusConnection(link: line.link)
    try connection.open()
    for index in 2..<6 {
      changed.withLock { $0 = index }
      for request in [
        BusRequest.writeCoil(address: 9, on: true), .writeRegister(address: 9, value: 0x1234),
      ] {
        #expect(
          Self.outcome(request, &connection, timeoutMs: 150).0 == .failed(.unexpectedAnswer))
      }
    }
  }

  @Test func writesOfSeveralRepeatWhereAndHowMany() throws {
    let requests: [(UInt8, [UInt8], [UInt8])] = [
      (15, [0, 3, 0, 9, 2, 0xFF, 1], [0, 3, 0, 9]), (16, [0, 3, 0, 1, 2, 0, 7], [0, 3, 0, 1]),
      (22, [0, 3, 0xFF, 0xF0, 0, 1], [0, 3, 0xFF, 0xF0, 0, 1]),
    ]
    for (function, data, echo) in requests {
      for changed in -1..<echo.count {
        var answer = echo
        if changed >= 0 { answer[changed] ^= 0x10 }
        let frame = framed([1, function] + answer)
        let line = try RawLine(requestBytes: 4 + data.count) { _, _ in frame }
        var connection = ModbusConnection(link: line.link)
        try connection.open()
        let (outcome, _) = Self.outcome(
          .other(function: function, data: data), &connection, timeoutMs: 150)
        #expect(outcome == (changed < 0 ? .done : .failed(.unexpectedAnswer)), "\(function)")
      }
    }
  }

  @Test func whatDribblesIsEndedBeforeItIsComplete() throws {
    let terminal = try PseudoTerminal()
    var connection = ModbusConnection(link: .serial(path: terminal.path, testSettings))
    try connection.open()
    let isStopped = StopFlag()
    let answer = framed([1, 3, 250] + [UInt8](repeating: 7, count: 250))
    let counted = SentBytes()
    let thread = try HostThread(name: "dribble") { _ in
      var buffer = [UInt8](repeating: 0, count: 64)
      while !isStopped.isSet, (terminal.master.read(into: &buffer, timeoutMs: 10) ?? 0) == 0 {}
      for byte in answer where !isStopped.isSet {
        try? terminal.master.write([byte])
        counted.add()
        usleep(20_000)
      }
    }
    defer {
      isStopped.set()
      thread.join()
    }
    let span = RegisterSpan(table: .holdingRegister, address: 0, count: 125)
    #expect(Self.outcome(.read(span), &connection, timeoutMs: 200).0 == .failed(.timeout))
    #expect(counted.count < answer.count)
  }

  // MARK: TCP

  /// The answer of a Modbus TCP server with one part of it changed.
  static func server(
    _ change: @escaping @Sendable (inout [UInt8], Int) -> Void
  ) throws -> RawServer {
    try RawServer(requestBytes: 12) { request, number in
      let body = request[7] == 3 ? [3, 2, 0x12, 0x34] : Array(request[7...])
      var answer = Array(request[0..<4]) + [0, UInt8(body.count + 1), request[6]] + body
      change(&answer, number)
      return answer
    }
  }

  static func fault(
    _ request: BusRequest, _ change: @escaping @Sendable (inout [UInt8], Int) -> Void
  ) throws -> BusOutcome {
    let server = try Self.server(change)
    var connection = ModbusConnection(link: .tcp(host: "127.0.0.1", port: server.port))
    try connection.open()
    return outcome(request, &connection, timeoutMs: 150).0
  }

  @Test func overTCPAllOfTheHeaderMustFit() throws {
    let read = BusRequest.read(Self.one)
    #expect(try Self.fault(read) { _, _ in } == .done)
    for unit: UInt8 in [0, 2, 255] {
      #expect(try Self.fault(read) { answer, _ in answer[6] = unit } == .failed(.wrongUnit))
    }
    let changes: [(Int, UInt8)] = [(0, 9), (1, 99), (2, 1), (5, 4), (5, 0), (7, 4), (8, 4)]
    for (index, value) in changes {
      let outcome = try Self.fault(read) { answer, _ in answer[index] = value }
      #expect(outcome == .failed(.unexpectedAnswer), "byte \(index)")
    }
    #expect(try Self.fault(read) { answer, _ in answer[5] = 6 } == .failed(.timeout))
    let exception = try Self.fault(read) { answer, _ in
      answer = Array(answer[0..<5]) + [3, 2, 0x83, 6]
    }
    #expect(exception == .failed(.wrongUnit))
    for index in 8..<12 {
      let outcome = try Self.fault(.writeRegister(address: 9, value: 7)) { answer, _ in
        answer[index] ^= 1
      }
      #expect(outcome == .failed(.unexpectedAnswer), "byte \(index)")
    }
  }

  @Test func swappedAnswersAreNotTaken() throws {
    // The first request gets no answer; from then on each gets the one before it first.
    let last = Mutex<[UInt8]>([])
    let server = try RawServer(requestBytes: 12) { request, number in
      let answer = Array(request[0..<4]) + [0, 5, request[6], 3, 2, request[8], request[9]]
      return last.withLock { last in
        defer { last = answer }
        return number == 0 ? [] : last + (number == 1 ? [] : answer)
      }
    }
    var connection = ModbusConnection(link: .tcp(host: "127.0.0.1", port: server.port))
    try connection.open()
    func read(_ address: UInt16, _ connection: inout ModbusConnection) -> (BusOutcome, [UInt16]) {
      Self.outcome(
        .read(RegisterSpan(table: .holdingRegister, address: address, count: 1)), &connection,
        timeoutMs: 150)
    }
    #expect(read(1, &connection).0 == .failed(.timeout))
    #expect(read(2, &connection).0 == .failed(.unexpectedAnswer))
    for address: UInt16 in 3..<9 {
      let (outcome, words) = read(address, &connection)
      #expect(outcome == .done && words == [address])
    }
  }

  // MARK: Servers that close

  @Test(arguments: [ModbusFraming.tcp, .rtu], [1, 3])
  func aServerThatClosesLosesNoSample(framing: ModbusFraming, answers: Int) throws {
    let unit = WrittenValues()
    let server = try ServedPort(answers: answers, framing: framing) { unit.answer($0) }
    var bus = try PolledBus(link: server.link)
    bus.schedule.request(output: 3, on: true, at: bus.clock.now)
    let isDone = bus.run {
      $0.outputStatus[0].isConfirmed && $0.counters(ofDevice: 0).answers >= 20
    }
    #expect(isDone)
    #expect(bus.readings.count >= 15)
    #expect(bus.readings.allSatisfy { $0.flag == .notEvaluated })
    #expect(bus.schedule.counters.reconnections >= 5)
    #expect(bus.schedule.portOpenings == 1)
    #expect(bus.schedule.counters.portFaults == 0)
  }
}

/// How many bytes a peer has sent.
private final class SentBytes: Sendable {
  private let sent = Atomic(0)
  var count: Int { sent.load(ordering: .acquiring) }
  func add() { sent.add(1, ordering: .acquiringAndReleasing) }
}
