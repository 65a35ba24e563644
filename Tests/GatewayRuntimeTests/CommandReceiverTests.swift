import Delivery
import DetectionCore
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

@Suite struct CommandReceiverTests {
  private let now = WallTime(nanosecondsSince1970: 1_790_000_000_000_000_000, synchronized: true)

  private func receiver() throws -> CommandReceiver {
    CommandReceiver(site: try River.site().description, wake: try WakeSignal())
  }

  private func answer(
    _ receiver: CommandReceiver, _ payload: String, kind: String = "acknowledge",
    isRetained: Bool = false
  ) -> CommandAnswer {
    receiver.take(
      ReceivedMessage(topic: "", payload: Array(payload.utf8), isRetained: isRetained), kind: kind,
      operators: ["sato"], at: now)
  }

  @Test func aCommandReachesTheLaneWithItsNumber() throws {
    let receiver = try receiver()
    let text =
      #"{"id":"a1","operator":"sato","alarm":"river.stage","seconds":90,"comment":"on site"}"#
    #expect(answer(receiver, text, kind: "shelve") == .accepted("a1"))
    let command = try #require(receiver.commands.pop())
    #expect(command.number == 1 && command.kind == .shelve && command.subject == 1)
    #expect(command.duration == .seconds(90))
    let issued = IssuedCommand(id: "a1", operator: "sato", comment: "on site")
    #expect(
      receiver.command(1) == issued && receiver.command(2) == nil && receiver.command(0) == nil)
    #expect(answer(receiver, #"{"id":"a2","operator":"sato"}"#) == .accepted("a2"))
    #expect(receiver.commands.pop()?.subject == DetectionCommand.everything)
  }

  @Test(arguments: [
    ("", "acknowledge", CommandAnswer.refused("?", .malformed)),
    ("[]", "acknowledge", .refused("?", .malformed)),
    (#"{"id":"x","operator":"eve"}"#, "acknowledge", .refused("x", .unknownOperator)),
    (#"{"id":"x","operator":"sato"}"#, "explode", .refused("x", .unknownKind)),
    (#"{"id":"x","operator":"sato","alarm":"no"}"#, "reset", .refused("x", .unknownSubject)),
    (
      #"{"id":"x","operator":"sato","output":"warning-lamp"}"#, "reset",
      .refused("x", .unknownSubject)
    ),
    (
      #"{"id":"x","operator":"sato","alarm":"river.stage"}"#, "stop-output",
      .refused("x", .unknownSubject)
    ),
    (
      #"{"id":"x","operator":"sato","alarm":"river.stage","seconds":-1}"#, "shelve",
      .refused("x", .malformed)
    ),
    (
      #"{"id":"x","operator":"sato","alarm":"river.stage","seconds":1e300}"#, "shelve",
      .refused("x", .malformed)
    ),
    (
      #"{"id":"x","operator":"sato","alarm":"river.stage"}"#, "shelve", .refused("x", .incomplete)
    ),
    (#"{"id":"x","operator":"sato","seconds":90}"#, "shelve", .refused("x", .incomplete)),
    (#"{"id":"x","operator":"sato"}"#, "take-out-of-service", .refused("x", .incomplete)),
    (
      #"{"id":"x","operator":"sato","expires":"2020-01-01T00:00:00.250Z"}"#, "reset",
      .refused("x", .expired)
    ),
    (
      #"{"id":"x","operator":"sato","expires":"2020-01-01T00:00:00Z"}"#, "reset",
      .refused("x", .expired)
    ),
    (#"{"id":"x","operator":"sato","expires":"soon"}"#, "reset", .refused("x", .malformed)),
    (
      #"{"id":"x","operator":"sato","expires":"0001-01-01T00:00:00Z"}"#, "reset",
      .refused("x", .expired)
    ),
  ]) func whatCannotBeDoneIsRefused(payload: String, kind: String, expected: CommandAnswer) throws {
    let receiver = try receiver()
    #expect(answer(receiver, payload, kind: kind) == expected)
    #expect(receiver.commands.pop() == nil)
  }

  /// Each destination has a thread; the lane's ring takes one producer at a time.
  @Test func commandsOfSeveralDestinationsAtOnceAllReachTheLane() async throws {
    let receiver = try receiver()
    for round in 0..<20 {
      await withTaskGroup { group in
        for destination in 0..<4 {
          group.addTask {
            for index in 0..<8 {
              let id = "\(round)-\(destination)-\(index)"
              #expect(
                answer(receiver, #"{"id":"\#(id)","operator":"sato"}"#) == .accepted(id))
            }
          }
        }
      }
      var numbers: [UInt32] = []
      while let command = receiver.commands.pop() { numbers.append(command.number) }
      #expect(numbers == (1...32).map { UInt32(round * 32 + $0) })
    }
  }

  @Test func timesMayHaveFractions() throws {
    let receiver = try receiver()
    let text = #"{"id":"x","operator":"sato","expires":"2126-09-21T12:00:00.125Z"}"#
    #expect(answer(receiver, text) == .accepted("x"))
  }

  /// Such a year does not fit 64 bits of nanoseconds.
  @Test func aCommandMayExpireInAnyYear() throws {
    let receiver = try receiver()
    let text = #"{"id":"x","operator":"sato","expires":"9999-12-31T23:59:59Z"}"#
    #expect(answer(receiver, text) == .accepted("x"))
  }

  @Test func retainedLargeAndManyAreRefused() throws {
    let receiver = try receiver()
    let text = #"{"id":"x","operator":"sato"}"#
    #expect(answer(receiver, text, isRetained: true) == .refused("?", .retained))
    #expect(
      answer(receiver, text + String(repeating: " ", count: 5_000)) == .refused("?", .malformed))
    var refused = 0
    for _ in 0..<2_000 where answer(receiver, text) == .refused("x", .busy) { refused += 1 }
    #expect(refused > 1_000)
  }

  @Test func anyBytesAreNoHarm() throws {
    let receiver = try receiver()
    var random = SplitMix64(seed: 20_261_121)
    let text = Array(#"{"id":"x","operator":"sato","alarm":"river.stage","seconds":90}"#.utf8)
    var (accepted, refused) = (0, 0)
    for _ in 0..<5_000 {
      var bytes = text
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8(
          truncatingIfNeeded: random.next())
      }
      let answer = receiver.take(
        ReceivedMessage(topic: "", payload: bytes, isRetained: false), kind: "unshelve",
        operators: ["sato"], at: now)
      var commands = 0
      while let command = receiver.commands.pop() {
        #expect(command.kind == .unshelve)
        commands += 1
      }
      // What is accepted is one command, and what is refused none.
      switch answer {
      case .accepted:
        accepted += 1
        #expect(commands == 1)
      case .refused:
        refused += 1
        #expect(commands == 0)
      }
    }
    #expect(accepted > 100 && refused > 100, "\(accepted) accepted, \(refused) refused")
  }
}
