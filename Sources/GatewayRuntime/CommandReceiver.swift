internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import Synchronization

/// Where people's commands come in: reads and checks them, numbers them, and hands them to the lane.
///
/// A payload authenticates nobody; who may publish to the command topic is the broker's to decide. It
/// holds the name that the payload gives against the destination's list of operators.
final class CommandReceiver: Sendable {
  /// From where and when a command came.
  struct Origin: Sendable {
    /// The index of the destination.
    var destination: Int
    /// Who may give commands there.
    var operators: [String]
    /// When it came, in real time.
    var time: Instant
    /// The same moment in civil time.
    var wallTime: WallTime
  }

  /// The largest payload that is looked at.
  private static let maximumBytes = 4_096

  private struct Register {
    var ledger: CommandLedger
    /// Commands to the core and answers at once, of each destination: a flood on one costs the others nothing.
    var budgets: [Int: (commands: RateBudget, answers: RateBudget)] = [:]
  }

  private let site: SiteDescription
  private let session: SessionIdentity
  /// The last event of each alarm before this start, in the order of the site's rules.
  private let lastEvents: [EventIdentifier?]
  private let register: Mutex<Register>
  private let wake: WakeSignal
  /// Commands on their way to the lane; each destination's thread brings some, so they are pushed under
  /// the lock of `register`.
  let commands = Ring<LaneCommand>(capacity: RuntimeLimits.commandRing)

  /// Goes on from the states of all alarms at the start, and from what an earlier run stored of its commands.
  init(
    site: SiteDescription, session: SessionIdentity, alarms: [AlarmState], wake: WakeSignal,
    stored: [StoredState] = []
  ) {
    self.site = site
    self.session = session
    lastEvents = site.rules.map { rule in
      alarms.first { $0.id == rule.id }?.lastEvent.flatMap {
        EventIdentifier($0, of: site.id)
      }
    }
    self.wake = wake
    register = Mutex(Register(ledger: CommandLedger(stored)))
  }

  /// The command with this number, and who gave it; nil for none, or one that is long past.
  func command(_ number: UInt32) -> IssuedCommand? {
    register.withLock { $0.ledger.command(number) }
  }

  /// Takes note of what an event says of the command that caused it, and gives what is to be stored with the
  /// event: nothing where no command caused it, or its outcome is known already.
  func decide(by event: DetectionEvent, _ fact: Fact) -> [StoredState] {
    guard event.cause != 0, case .event(let content) = fact.content else { return [] }
    var outcome = CommandOutcome.done
    if event.kind == .commandRefused, case .reason(let name, _) = content.detail {
      outcome = .refused(reason: name)
    }
    return register.withLock { $0.ledger.decided(event.cause, outcome) }
  }

  /// The outcome of a command may be told now: what is to be said, and to which destinations.
  func tell(_ number: UInt32, isDurable: Bool) -> (answer: CommandAnswer, askers: [Int])? {
    register.withLock { $0.ledger.tell(number, isDurable: isDurable) }
  }

  /// Takes a message from a command topic, whose last level is `kind`; returns the answer, or nil where
  /// so many were given that no more is said.
  func take(_ message: ReceivedMessage, kind: String, from origin: Origin) -> CommandAnswer? {
    let answer = judge(message, kind: kind, from: origin)
    let isSaid = register.withLock { register in
      register.budgets[origin.destination, default: Self.fullBudgets].answers.take(
        at: origin.time)
    }
    return isSaid ? answer : nil
  }

  private static var fullBudgets: (commands: RateBudget, answers: RateBudget) {
    let (burst, perSecond) = (RuntimeLimits.commandBurst, RuntimeLimits.commandsPerSecond)
    return (
      commands: RateBudget(burst: burst, perSecond: perSecond),
      answers: RateBudget(burst: 2 * burst, perSecond: 2 * perSecond)
    )
  }

  private func judge(
    _ message: ReceivedMessage, kind: String, from origin: Origin
  ) -> CommandAnswer {
    guard !message.isRetained else { return .refused("?", .retained) }
    guard message.payload.count <= Self.maximumBytes,
      let payload = try? JSONDecoder().decode(CommandPayload.self, from: Data(message.payload)),
      payload.id.utf8.count <= 128, (payload.comment ?? "").utf8.count <= 512
    else { return .refused("?", .malformed) }
    guard origin.operators.contains(payload.operator) else {
      return .refused(payload.id, .unknownOperator)
    }
    // Before its time is looked at: who asks again after it is over wants to know what became of it.
    let known = register.withLock {
      $0.ledger.answer(again: payload.id, to: origin.destination)
    }
    if let known { return known }
    if let reason = untimeliness(of: payload, message, at: origin.wallTime) {
      return .refused(payload.id, reason)
    }
    guard let kind = CommandKind(rawValue: kind) else { return .refused(payload.id, .unknownKind) }
    guard payload.isComplete(for: kind) else { return .refused(payload.id, .incomplete) }
    guard let subject = subject(of: payload, kind) else {
      return .refused(payload.id, .unknownSubject)
    }
    let seconds = payload.seconds ?? 0
    guard seconds >= 0, seconds <= CoreLimits.longestTime.seconds else {
      return .refused(payload.id, .malformed)
    }
    var command = LaneCommand(
      command: DetectionCommand(
        number: 0, kind: kind.detectionKind(once: payload.once ?? false), subject: subject,
        duration: TimeSpan(nanoseconds: Int64(seconds * 1e9))))
    if let event = payload.event {
      switch knowledge(of: event, kind, ofRule: Int(subject)) {
      case .upTo(let sequence): command.lastSeen = sequence
      case .outdated: return .refused(payload.id, .newerEvent)
      case .none: return .refused(payload.id, .unknownEvent)
      }
    }
    return hand(over: command, payload, from: origin)
  }

  /// Numbers a command and hands it to the lane, unless it came from somewhere else in the meantime.
  private func hand(
    over command: LaneCommand, _ payload: CommandPayload, from origin: Origin
  ) -> CommandAnswer {
    register.withLock { register in
      let known = register.ledger.answer(again: payload.id, to: origin.destination)
      if let known { return known }
      var numbered = command
      numbered.command.number = register.ledger.nextNumber
      let isWithinBudget =
        register.budgets[origin.destination, default: Self.fullBudgets].commands.take(
          at: origin.time)
      guard isWithinBudget, commands.push(numbered) else { return .refused(payload.id, .busy) }
      register.ledger.issue(
        IssuedCommand(
          id: payload.id, operator: payload.operator, comment: payload.comment ?? ""),
        by: origin.destination)
      wake.raise()
      return .accepted(payload.id)
    }
  }

  /// How far whoever names an event has seen an alarm.
  private enum Knowledge {
    /// Up to this event of this start.
    case upTo(UInt64)
    /// Not its last event before this start.
    case outdated
    /// There is no such event, or it means nothing here.
    case none
  }

  private func knowledge(of event: String, _ kind: CommandKind, ofRule rule: Int) -> Knowledge {
    guard kind == .acknowledge, rule < lastEvents.count,
      let seen = EventIdentifier(event, of: site.id), seen.session.epoch == session.epoch,
      seen.session.number <= session.number
    else { return .none }
    if seen.session == session { return .upTo(seen.sequence) }
    if let last = lastEvents[rule], last.session.epoch == session.epoch,
      (last.session.number, last.sequence) > (seen.session.number, seen.sequence)
    {
      return .outdated
    }
    return .upTo(0)
  }

  /// Why a command comes too late, or may.
  private func untimeliness(
    of payload: CommandPayload, _ message: ReceivedMessage, at wallTime: WallTime
  ) -> CommandAnswer.Reason? {
    guard let expires = payload.expires else {
      // Nobody knows how long the broker had it, unless it counts that itself.
      return message.isKept && message.expirySeconds == nil ? .expired : nil
    }
    guard let end = Self.seconds(expires) else { return .malformed }
    // What came at once is as new as can be, whatever the clock says.
    guard wallTime.synchronized else { return message.isKept ? .clockUnknown : nil }
    return Double(wallTime.nanosecondsSince1970) / 1e9 > end ? .expired : nil
  }

  private func subject(of payload: CommandPayload, _ kind: CommandKind) -> UInt16? {
    let isOutput = kind.concernsOutput
    guard (isOutput ? payload.alarm : payload.output) == nil else { return nil }
    guard let id = isOutput ? payload.output : payload.alarm else {
      return DetectionCommand.everything
    }
    let ids = isOutput ? site.outputs.map(\.id) : site.rules.map(\.id)
    return ids.firstIndex(of: id).map { UInt16($0) }
  }

  /// Seconds since 1970; of any year, so that they need not fit a `WallTime`.
  private static func seconds(_ text: String) -> Double? {
    let formatter = ISO8601DateFormatter()
    if let date = formatter.date(from: text) { return date.timeIntervalSince1970 }
    // The formatter takes either whole seconds or fractions, never both.
    formatter.formatOptions.insert(.withFractionalSeconds)
    return formatter.date(from: text)?.timeIntervalSince1970
  }
}

extension CommandKind {
  /// The core's name for it.
  fileprivate func detectionKind(once: Bool) -> DetectionCommand.Kind {
    switch self {
    case .acknowledge: .acknowledge
    case .reset: .reset
    case .shelve: once ? .shelveOnce : .shelve
    case .unshelve: .unshelve
    case .takeOutOfService: .takeOutOfService
    case .returnToService: .returnToService
    case .stopOutput: .stopOutput
    case .releaseOutput: .releaseOutput
    }
  }
}
