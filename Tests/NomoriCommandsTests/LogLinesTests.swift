// Where libdispatch is loaded, `stat` is taken to be of its C module.
import CDispatch
import Delivery
import GatewayStatus
import Glibc
import LinuxHost
import Logging
import Testing

@testable import NomoriCommands

@Suite("What a running gateway logs")
struct LogLinesTests {
  /// Both ends of a pipe, and the name that the journal would give it.
  private struct Pipe {
    let reader: Int32
    let writer: Int32
    let name: String

    init() throws {
      var ends: [Int32] = [0, 0]
      try #require(unsafe pipe(&ends) == 0)
      (reader, writer) = (ends[0], ends[1])
      var status = stat()
      try #require(unsafe fstat(writer, &status) == 0)
      name = "\(status.st_dev):\(status.st_ino)"
    }

    /// All that comes until the writing end is closed.
    func text() -> String {
      close(writer)
      var bytes: [UInt8] = []
      var part = [UInt8](repeating: 0, count: 4_096)
      while case let count = unsafe read(reader, &part, part.count), count > 0 {
        bytes += part[..<count]
      }
      close(reader)
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  private static let problem = GatewayProblem("outboxFull", "the outbox is full")

  private static func logged(to pipe: Pipe, journal: String?) throws -> String {
    let output = try LineOutput(pipe.writer, journal: journal)
    let log = Logger(to: output)
    var problems = ProblemLog(language: .en, log: log)
    log.say(.notice, "runs\nand goes on")
    problems.report(["outbox": Self.problem, "field": GatewayProblem("timeout", "no answer")])
    problems.report([:])
    log.say(.debug, "nobody asked")
    output.close()
    return pipe.text()
  }

  @Test("The journal gets each line with its priority")
  func journal() throws {
    let pipe = try Pipe()
    #expect(
      try Self.logged(to: pipe, journal: pipe.name) == """
        <5>runs
        <5>and goes on
        <4>field: no answer
        <3>outbox: the outbox is full
        <5>field: well again
        <5>outbox: well again

        """)
  }

  @Test(
    "People get the lines alone, also where something else is the journal's",
    arguments: [true, false])
  func people(hasJournal: Bool) throws {
    let pipe = try Pipe()
    #expect(
      try Self.logged(to: pipe, journal: hasJournal ? "1:" + pipe.name : nil) == """
        runs
        and goes on
        field: no answer
        outbox: the outbox is full
        field: well again
        outbox: well again

        """)
  }

  @Test("Who has stopped reading holds up nobody, and is told how much is missing")
  func stoppedReader() throws {
    let pipe = try Pipe()
    let output = try LineOutput(pipe.writer, journal: pipe.name)
    let log = Logger(to: output)
    let line = String(repeating: "x", count: 1_000)
    // Far more than a pipe and the lines that may wait take.
    for _ in 0..<4_000 { log.say(.info, line) }
    output.close()
    // What did not fit comes once somebody reads; the thread that writes outlives its `close`.
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while !String(decoding: bytes.suffix(40), as: UTF8.self).hasSuffix(" lines dropped)\n") {
      let count = unsafe read(pipe.reader, &part, part.count)
      try #require(count > 0)
      bytes += part[..<count]
    }
    let last = String(decoding: bytes, as: UTF8.self).split(separator: "\n").last
    #expect(last?.hasPrefix("<4>(") == true)
  }
}
