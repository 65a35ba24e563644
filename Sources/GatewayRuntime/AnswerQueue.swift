internal import Delivery
internal import DetectionCore

/// Answers to commands on their way to one destination, beside its facts: few at a time, so that events never
/// queue behind them.
struct AnswerQueue: Sendable {
  /// With the window of the facts as many as brokers take by default.
  private static let window = 4
  /// More than a few operators wait for.
  private static let capacity = 64

  private var waiting: [CommandAnswer] = []
  private var inFlight: Set<PacketNumber> = []

  /// The answer that may be sent now.
  var next: CommandAnswer? { inFlight.count < Self.window ? waiting.first : nil }

  /// Takes an answer; where too many wait, the oldest gives way: its sender can ask again.
  mutating func add(_ answer: CommandAnswer) {
    if waiting.count == Self.capacity { waiting.removeFirst() }
    waiting.append(answer)
  }

  /// `next` is on its way.
  mutating func sent(as packet: PacketNumber) {
    waiting.removeFirst()
    inFlight.insert(packet)
  }

  /// Something happened on the connection. What was on its way when it broke is not sent again: its sender
  /// asks again, and is told again.
  mutating func handle(_ incident: BrokerEvent) {
    switch incident {
    case .acknowledged(let packet), .rejected(let packet, _): inFlight.remove(packet)
    case .connected, .disconnected: inFlight.removeAll()
    case .message, .subscribed, .subscriptionRefused: break
    }
  }
}

/// How often something may happen: so many times at once, and so many a second in the long run.
struct RateBudget: Sendable {
  private let burst: Double
  private let perSecond: Double
  private var left: Double
  private var time: Instant?

  init(burst: Int, perSecond: Double) {
    self.burst = Double(burst)
    self.perSecond = perSecond
    left = self.burst
  }

  /// Takes one of what is left; false where nothing is.
  mutating func take(at now: Instant) -> Bool {
    if let time { left = min(burst, left + max(0, (now - time).seconds) * perSecond) }
    time = now
    guard left >= 1 else { return false }
    left -= 1
    return true
  }
}
