internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import Synchronization

/// Where people's commands come in: reads and checks them, numbers them, and hands them to the lane.
///
/// A payload authenticates nobody; who may publish to the command topic is the broker's to decide. The
/// desk holds the name that the payload gives against the destination's list of operators.
final class CommandReceiver: Sendable {
  /// Who ordered what; so many are remembered for the events that follow.
  private static let remembered = 256
  /// The largest payload that is looked at.
  private static let maximumBytes = 4_096

  private struct Register {
    var lastNumber: UInt32 = 0
    var origins: [UInt32: CommandOrigin] = [:]
  }

  private let site: SiteDescription
  private let register = Mutex(Register())
  private let wake: WakeSignal
  /// Commands on their way to the lane.
  let commands = Ring<DetectionCommand>(capacity: RuntimeLimits.commandRing)

  init(site: SiteDescription, wake: WakeSignal) {
    self.site = site
    self.wake = wake
  }

  /// Who gave the command with this number; nil for none, or one that is long past.
  func origin(of number: UInt32) -> CommandOrigin? {
    number == 0 ? nil : register.withLock { $0.origins[number] }
  }

  /// Takes a message from a command topic, whose last level is `verb`; returns the answer.
  func take(
    _ message: ReceivedMessage, verb: String, operators: [String], at wallTime: WallTime
  ) -> CommandAnswer {
    guard !message.isRetained else { return .refused("?", .retained) }
    guard message.payload.count <= Self.maximumBytes,
      let order = try? JSONDecoder().decode(CommandPayload.self, from: Data(message.payload)),
      order.id.utf8.count <= 128, (order.comment ?? "").utf8.count <= 512
    else { return .refused("?", .malformed) }
    guard operators.contains(order.operator) else { return .refused(order.id, .unknownOperator) }
    if let expires = order.expires {
      guard let end = Self.seconds(expires) else { return .refused(order.id, .malformed) }
      if wallTime.synchronized, Double(wallTime.nanosecondsSince1970) / 1e9 > end {
        return .refused(order.id, .expired)
      }
    }
    guard let verb = CommandVerb(rawValue: verb) else { return .refused(order.id, .unknownVerb) }
    guard let subject = subject(of: order, verb) else {
      return .refused(order.id, .unknownSubject)
    }
    let seconds = order.seconds ?? 0
    guard seconds >= 0, seconds <= CoreLimits.longestTime.seconds else {
      return .refused(order.id, .malformed)
    }
    let number = register.withLock { register in
      register.lastNumber &+= 1
      let number = register.lastNumber
      register.origins[number] = CommandOrigin(
        id: order.id, operator: order.operator, comment: order.comment ?? "")
      register.origins[number &- UInt32(Self.remembered)] = nil
      return number
    }
    let command = DetectionCommand(
      number: number, verb: verb.ordered(once: order.once ?? false), subject: subject,
      duration: TimeSpan(nanoseconds: Int64(seconds * 1e9)))
    guard commands.push(command) else { return .refused(order.id, .busy) }
    wake.raise()
    return .accepted(order.id)
  }

  private func subject(of order: CommandPayload, _ verb: CommandVerb) -> UInt16? {
    let isOutput = verb.concernsOutput
    guard (isOutput ? order.alarm : order.output) == nil else { return nil }
    guard let id = isOutput ? order.output : order.alarm else {
      return DetectionCommand.everything
    }
    let ids = isOutput ? site.outputs.map(\.id) : site.rules.map(\.id)
    return ids.firstIndex(of: id).map { UInt16($0) }
  }

  /// Seconds since 1970; of any year, so that they need not fit a `WallTime`.
  private static func seconds(_ text: String) -> Double? {
    ISO8601DateFormatter().date(from: text)?.timeIntervalSince1970
  }
}

extension CommandVerb {
  /// The core's word for it.
  fileprivate func ordered(once: Bool) -> DetectionCommand.Verb {
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
