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
  /// Who gave which command; so many are remembered for the events that follow.
  private static let remembered = 256
  /// The largest payload that is looked at.
  private static let maximumBytes = 4_096

  private struct Register {
    var lastNumber: UInt32 = 0
    var issued: [UInt32: IssuedCommand] = [:]
  }

  private let site: SiteDescription
  private let register = Mutex(Register())
  private let wake: WakeSignal
  /// Commands on their way to the lane; each destination's thread brings some, so they are pushed under
  /// the lock of `register`.
  let commands = Ring<DetectionCommand>(capacity: RuntimeLimits.commandRing)

  init(site: SiteDescription, wake: WakeSignal) {
    self.site = site
    self.wake = wake
  }

  /// The command with this number, and who gave it; nil for none, or one that is long past.
  func command(_ number: UInt32) -> IssuedCommand? {
    number == 0 ? nil : register.withLock { $0.issued[number] }
  }

  /// Takes a message from a command topic, whose last level is `kind`; returns the answer.
  func take(
    _ message: ReceivedMessage, kind: String, operators: [String], at wallTime: WallTime
  ) -> CommandAnswer {
    guard !message.isRetained else { return .refused("?", .retained) }
    guard message.payload.count <= Self.maximumBytes,
      let payload = try? JSONDecoder().decode(CommandPayload.self, from: Data(message.payload)),
      payload.id.utf8.count <= 128, (payload.comment ?? "").utf8.count <= 512
    else { return .refused("?", .malformed) }
    guard operators.contains(payload.operator) else {
      return .refused(payload.id, .unknownOperator)
    }
    if let expires = payload.expires {
      guard let end = Self.seconds(expires) else { return .refused(payload.id, .malformed) }
      if wallTime.synchronized, Double(wallTime.nanosecondsSince1970) / 1e9 > end {
        return .refused(payload.id, .expired)
      }
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
    let isTaken = register.withLock { register in
      let number = register.lastNumber &+ 1
      let command = DetectionCommand(
        number: number, kind: kind.detectionKind(once: payload.once ?? false), subject: subject,
        duration: TimeSpan(nanoseconds: Int64(seconds * 1e9)))
      guard commands.push(command) else { return false }
      register.lastNumber = number
      register.issued[number] = IssuedCommand(
        id: payload.id, operator: payload.operator, comment: payload.comment ?? "")
      register.issued[number &- UInt32(Self.remembered)] = nil
      return true
    }
    guard isTaken else { return .refused(payload.id, .busy) }
    wake.raise()
    return .accepted(payload.id)
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
