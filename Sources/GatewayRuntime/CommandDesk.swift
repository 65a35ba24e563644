internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import Synchronization

/// Where people's commands come in: reads and checks them, numbers them, and hands them to the lane.
///
/// A payload authenticates nobody; who may publish to the command topic is the broker's to decide. The
/// desk holds the name that the payload gives against the destination's list of operators.
final class CommandDesk: Sendable {
  /// Who ordered what; so many are remembered for the events that follow.
  private static let remembered = 256
  /// The largest payload that is looked at.
  private static let maximumBytes = 4_096

  /// A command as it is written.
  private struct Order: Decodable {
    var id: String
    var `operator`: String
    var alarm: String?
    var output: String?
    var comment: String?
    var seconds: Double?
    var once: Bool?
    var expires: String?
  }

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
      let order = try? JSONDecoder().decode(Order.self, from: Data(message.payload)),
      order.id.utf8.count <= 128, (order.comment ?? "").utf8.count <= 512
    else { return .refused("?", .malformed) }
    guard operators.contains(order.operator) else { return .refused(order.id, .unknownOperator) }
    if let expires = order.expires {
      guard let end = Self.time(expires) else { return .refused(order.id, .malformed) }
      if wallTime.synchronized, wallTime.nanosecondsSince1970 > end {
        return .refused(order.id, .expired)
      }
    }
    guard let kind = Self.verb(verb, isOnce: order.once ?? false) else {
      return .refused(order.id, .unknownVerb)
    }
    guard let subject = subject(of: order, kind) else {
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
      number: number, verb: kind, subject: subject,
      duration: TimeSpan(nanoseconds: Int64(seconds * 1e9)))
    guard commands.push(command) else { return .refused(order.id, .busy) }
    wake.raise()
    return .accepted(order.id)
  }

  private func subject(of order: Order, _ verb: DetectionCommand.Verb) -> UInt16? {
    let isOutput = verb == .stopOutput || verb == .releaseOutput
    guard (isOutput ? order.alarm : order.output) == nil else { return nil }
    guard let id = isOutput ? order.output : order.alarm else {
      return DetectionCommand.everything
    }
    let ids = isOutput ? site.outputs.map(\.id) : site.rules.map(\.id)
    return ids.firstIndex(of: id).map { UInt16($0) }
  }

  private static func verb(_ word: String, isOnce: Bool) -> DetectionCommand.Verb? {
    switch word {
    case "acknowledge": .acknowledge
    case "reset": .reset
    case "shelve": isOnce ? .shelveOnce : .shelve
    case "unshelve": .unshelve
    case "take-out-of-service": .takeOutOfService
    case "return-to-service": .returnToService
    case "stop-output": .stopOutput
    case "release-output": .releaseOutput
    default: nil
    }
  }

  private static func time(_ text: String) -> Int64? {
    ISO8601DateFormatter().date(from: text).map { Int64($0.timeIntervalSince1970) * 1_000_000_000 }
  }
}
