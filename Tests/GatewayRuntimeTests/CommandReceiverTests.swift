import Delivery
import DetectionCore
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

@Suite struct CommandReceiverTests {
  private let now = WallTime(nanosecondsSince1970: 1_790_000_000_000_000_000, synchronized: true)

  /// Makes the facts; the site is read once, which takes longest.
  private let source = Result {
    FactSource(
      site: try River.site().description, session: SessionIdentity(epoch: "0a", number: 3),
      boot: "b")
  }

  private func receiver(
    _ stored: [StoredState] = [], alarms: [AlarmState] = []
  ) throws -> CommandReceiver {
    let source = try source.get()
    return CommandReceiver(
      site: source.site, session: source.session, alarms: alarms, wake: try WakeSignal(),
      stored: stored)
  }

  private func origin(
    _ destination: Int = 0, at seconds: Double = 0, isSynchronized: Bool = true
  ) -> CommandReceiver.Origin {
    var wallTime = now
    wallTime.synchronized = isSynchronized
    return CommandReceiver.Origin(
      destination: destination, operators: ["sato"],
      time: Instant(nanoseconds: Int64(seconds * 1e9)), wallTime: wallTime)
  }

  private func answer(
    _ receiver: CommandReceiver, _ payload: String, kind: String = "acknowledge",
    isRetained: Bool = false, from origin: CommandReceiver.Origin? = nil
  ) -> CommandAnswer? {
    receiver.take(
      ReceivedMessage(topic: "", payload: Array(payload.utf8), isRetained: isRetained), kind: kind,
      from: origin ?? self.origin())
  }

  /// What the event that `receiver` is told of makes of the command `number`.
  private func decision(
    _ receiver: CommandReceiver, _ number: UInt32, _ kind: DetectionEvent.Kind = .acknowledged,
    refusal: CommandRefusal? = nil
  ) throws -> [StoredState] {
    var event = DetectionEvent(
      sequence: 1, kind: kind, subject: 0, time: Instant(nanoseconds: 0), wallTime: now)
    event.cause = number
    if let refusal { event.value = Double(refusal.rawValue) }
    return receiver.decide(by: event, try source.get().fact(DecidedEvent(event)))
  }

  @Test func aCommandReachesTheLaneWithItsNumber() throws {
    let receiver = try receiver()
    let text =
      #"{"id":"a1","operator":"sato","alarm":"river.stage","seconds":90,"comment":"on site"}"#
    #expect(answer(receiver, text, kind: "shelve") == .accepted("a1"))
    let command = try #require(receiver.commands.pop()).command
    #expect(command.number == 1 && command.kind == .shelve && command.subject == 1)
    #expect(command.duration == .seconds(90))
    let issued = IssuedCommand(id: "a1", operator: "sato", comment: "on site")
    #expect(
      receiver.command(1) == issued && receiver.command(2) == nil && receiver.command(0) == nil)
    #expect(answer(receiver, #"{"id":"a2","operator":"sato"}"#) == .accepted("a2"))
    #expect(receiver.commands.pop()?.command.subject == DetectionCommand.everything)
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
                answer(
                  receiver, #"{"id":"\#(id)","operator":"sato"}"#,
                  from: origin(destination, at: Double(round) * 60)) == .accepted(id))
            }
          }
        }
      }
      var numbers: [UInt32] = []
      while let command = receiver.commands.pop() { numbers.append(command.command.number) }
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
    #expect(receiver.commands.pop() == nil)
  }

  @Test func aFloodReachesNeitherTheLaneNorTheOtherDestinations() throws {
    let receiver = try receiver()
    var counts: [CommandAnswer.Reason?: Int] = [:]
    var unsaid = 0
    for index in 0..<5_000 {
      let given = answer(
        receiver, #"{"id":"\#(index)","operator":"sato"}"#,
        from: origin(at: Double(index) / 5_000))
      switch given {
      case .accepted: counts[nil, default: 0] += 1
      case .refused(_, let reason): counts[reason, default: 0] += 1
      case nil: unsaid += 1
      case .done, .notDone: Issue.record("nothing has decided")
      }
    }
    #expect(Set(counts.keys) == [nil, .busy])
    #expect(unsaid >= 5_000 - 80)
    var commands = 0
    while receiver.commands.pop() != nil { commands += 1 }
    #expect(commands == 39)
    let other = #"{"id":"b","operator":"sato"}"#
    #expect(answer(receiver, other, from: origin(1, at: 1)) == .accepted("b"))
    let later = #"{"id":"c","operator":"sato"}"#
    #expect(answer(receiver, later, from: origin(at: 10)) == .accepted("c"))
  }

  @Test func aRepeatedCommandIsAnsweredAgainAndNotDoneAgain() throws {
    let receiver = try receiver()
    let text = #"{"id":"a","operator":"sato"}"#
    #expect(answer(receiver, text) == .accepted("a"))
    #expect(receiver.commands.pop()?.command.number == 1)
    #expect(answer(receiver, text, from: origin(1)) == .accepted("a"))
    #expect(try decision(receiver, 1).count == 1)
    // A command to all alarms causes an event of each.
    #expect(try decision(receiver, 1).isEmpty)
    #expect(answer(receiver, text, from: origin(2)) == .accepted("a"), "not on the disk yet")
    let told = try #require(receiver.tell(1, isDurable: true))
    #expect(told.answer == .done("a") && told.askers == [0, 1, 2])
    #expect(answer(receiver, text) == .done("a"))
    #expect(
      answer(receiver, text.replacing("sato", with: "eve")) == .refused("a", .unknownOperator))
    #expect(receiver.commands.pop() == nil)
  }

  /// Whoever is told that it is done may rely on it, also when the power fails in the next moment.
  @Test(arguments: [true, false])
  func anOutcomeIsToldOnceItIsStoredOrCannotBe(isStored: Bool) throws {
    let receiver = try receiver()
    let text = #"{"id":"a","operator":"sato"}"#
    #expect(answer(receiver, text) == .accepted("a"))
    let queue = try FactQueue(last: .start, backlog: [0])
    queue.tell([], receiver)
    var event = DetectionEvent(
      sequence: 1, kind: .acknowledged, subject: 0, time: Instant(nanoseconds: 0), wallTime: now)
    event.cause = 1
    let fact = try source.get().fact(DecidedEvent(event))
    let states = receiver.decide(by: event, fact)
    #expect(states.count == 1)
    queue.append(
      [FactQueue.NewFact(fact: fact, command: 1)], states: states, at: Instant(nanoseconds: 0))
    #expect(answer(receiver, text) == .accepted("a"))
    if isStored {
      let batch = queue.batch(isQuiet: true)
      #expect(batch.states == states)
      queue.committed(batch, OutboxReceipt(backlog: [1]), at: Instant(nanoseconds: 0))
    } else {
      queue.refused()
    }
    #expect(answer(receiver, text) == .done("a", isDurable: isStored))
  }

  @Test func whatBecameOfCommandsOutlivesARestart() throws {
    let first = try receiver()
    #expect(answer(first, #"{"id":"a","operator":"sato"}"#) == .accepted("a"))
    #expect(answer(first, #"{"id":"b","operator":"sato"}"#) == .accepted("b"))
    #expect(answer(first, #"{"id":"lost","operator":"sato"}"#) == .accepted("lost"))
    let decisions =
      try decision(first, 1)
      + decision(first, 2, .commandRefused, refusal: .nothingToReset)
    let second = try receiver(decisions)
    #expect(answer(second, #"{"id":"a","operator":"sato"}"#) == .done("a"))
    #expect(
      answer(second, #"{"id":"b","operator":"sato","expires":"2020-01-01T00:00:00Z"}"#)
        == .notDone("b", reason: "nothingToReset"))
    #expect(second.commands.pop() == nil)
    // What had no event left nothing behind, and may be done.
    #expect(answer(second, #"{"id":"lost","operator":"sato"}"#) == .accepted("lost"))
    #expect(second.commands.pop()?.command.number == 3)
  }

  @Test func theLast256CommandsAreRemembered() throws {
    let receiver = try receiver()
    var states: [String: StoredState] = [:]
    for index in 1...300 {
      let text = #"{"id":"\#(index)","operator":"sato"}"#
      let from = origin(at: Double(index))
      #expect(answer(receiver, text, from: from) == .accepted("\(index)"))
      #expect(receiver.commands.pop() != nil)
      for state in try decision(receiver, UInt32(index)) {
        states[state.id] = state.value.isEmpty ? nil : state
      }
      _ = receiver.tell(UInt32(index), isDurable: true)
    }
    #expect(states.count == 256)
    let late = origin(at: 1_000)
    for known in [receiver, try self.receiver(Array(states.values))] {
      #expect(answer(known, #"{"id":"45","operator":"sato"}"#, from: late) == .done("45"))
      #expect(answer(known, #"{"id":"44","operator":"sato"}"#, from: late) == .accepted("44"))
    }
  }

  /// Nobody acknowledges what they have not seen: not an event of this start, which the lane knows, nor one of
  /// an earlier start.
  @Test func anAcknowledgementGoesNoFurtherThanItsEvent() throws {
    let site = try source.get().site
    let last = AlarmState(
      rule: 1, id: "river.stage", snapshot: AlarmSnapshot(),
      since: FactTime(boot: "b", monotonicNs: 0, wallNs: 0, synchronized: true),
      lastEvent: "\(site.id)-0a-2-7")
    let cases: [(event: String, UInt64?, CommandAnswer.Reason?)] = [
      ("0a-3-12", 12, nil), ("0a-2-7", 0, nil), ("0a-2-8", 0, nil),
      ("0a-2-6", nil, .newerEvent), ("0a-1-9", nil, .newerEvent), ("0a-4-1", nil, .unknownEvent),
      ("ff-3-12", nil, .unknownEvent), ("x", nil, .unknownEvent),
    ]
    for (event, expected, reason) in cases {
      let receiver = try receiver(alarms: [last])
      let text =
        #"{"id":"x","operator":"sato","alarm":"river.stage","event":"\#(site.id)-\#(event)"}"#
      #expect(answer(receiver, text) == reason.map { .refused("x", $0) } ?? .accepted("x"))
      #expect(receiver.commands.pop()?.lastSeen == expected, "\(event)")
    }
    let all = #"{"id":"x","operator":"sato","event":"\#(site.id)-0a-3-1"}"#
    #expect(answer(try receiver(), all) == .refused("x", .unknownEvent))
  }

  /// What the broker had kept has to say how long it holds; a clock that is not set judges nothing.
  @Test(
    arguments: [
      (false, nil, nil, true, nil),
      (true, nil, nil, true, CommandAnswer.Reason.expired),
      (true, nil, 30, true, nil),
      (true, "2126-09-21T12:00:00Z", nil, true, nil),
      (true, "2020-01-01T00:00:00Z", nil, true, .expired),
      (true, "2126-09-21T12:00:00Z", nil, false, .clockUnknown),
      (false, "2020-01-01T00:00:00Z", nil, false, nil),
    ] as [(Bool, String?, UInt32?, Bool, CommandAnswer.Reason?)])
  func whatWasKeptIsNotDoneLate(
    isKept: Bool, expires: String?, expirySeconds: UInt32?, isSynchronized: Bool,
    expected: CommandAnswer.Reason?
  ) throws {
    let time = expires.map { #","expires":"\#($0)""# } ?? ""
    let message = ReceivedMessage(
      topic: "", payload: Array(#"{"id":"x","operator":"sato"\#(time)}"#.utf8), isRetained: false,
      isKept: isKept, expirySeconds: expirySeconds)
    let given = try receiver().take(
      message, kind: "reset", from: origin(isSynchronized: isSynchronized))
    #expect(given == expected.map { .refused("x", $0) } ?? .accepted("x"))
  }

  @Test func anyBytesAreNoHarm() throws {
    let (source, wake) = (try source.get(), try WakeSignal())
    var random = SplitMix64(seed: 20_261_121)
    let text = Array(#"{"id":"x","operator":"sato","alarm":"river.stage","seconds":90}"#.utf8)
    var (accepted, refused) = (0, 0)
    for _ in 0..<5_000 {
      var bytes = text
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8(
          truncatingIfNeeded: random.next())
      }
      let receiver = CommandReceiver(
        site: source.site, session: source.session, alarms: [], wake: wake)
      let answer = receiver.take(
        ReceivedMessage(topic: "", payload: bytes, isRetained: false), kind: "unshelve",
        from: origin())
      var commands = 0
      while let command = receiver.commands.pop() {
        #expect(command.command.kind == .unshelve)
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
      case .done, .notDone, nil: Issue.record("\(String(describing: answer))")
      }
    }
    #expect(accepted > 100 && refused > 100, "\(accepted) accepted, \(refused) refused")
  }
}
