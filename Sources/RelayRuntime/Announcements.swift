internal import Alerting
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import RelayStore

/// What is commanded through one broker to what speaks aloud there.
struct Announcements: BrokerMessages {
  private let writer: AnnouncementWriter
  private let queue: NotificationQueue
  private let stop: StopFlag
  private let say: @Sendable (LocalizedText) -> Void
  /// The notifications that the broker has not acknowledged as a whole, by the messages that are missing.
  private var missing: [String: Set<String>] = [:]

  init(
    writer: AnnouncementWriter, queue: NotificationQueue, stop: StopFlag,
    say: @escaping @Sendable (LocalizedText) -> Void
  ) {
    self.writer = writer
    self.queue = queue
    self.stop = stop
    self.say = say
  }

  mutating func waiting() -> [(name: String, message: MQTTMessage)] {
    let now = EventIntake.now
    let pending = insist(stop, say) { () throws(RelayStoreError) in
      try queue.pending(at: now.nanoseconds, limit: .max)
    }
    var messages: [(name: String, message: MQTTMessage)] = []
    for notification in (pending ?? []).map(\.notification) {
      let id = notification.id
      guard let commands = writer.messages(of: notification, at: now) else {
        say(both("announcement \(id): too late", "放送指令 \(id)：期限切れ"))
        settle(id, .givenUp)
        continue
      }
      let named = commands.enumerated().map { (name: "\(id)#\($0)", message: $1) }
      let names = missing[id] ?? Set(named.map(\.name))
      if names.isEmpty { settle(id, .sent) } else { missing[id] = names }
      messages += named.filter { names.contains($0.name) }
    }
    return messages
  }

  mutating func settle(_ name: String, refusal: String?) {
    let id = String(name.prefix { $0 != "#" })
    if let refusal {
      say(both("announcement \(id) refused: \(refusal)", "放送指令 \(id) が拒否されました：\(refusal)"))
      missing[id] = nil
      return settle(id, .givenUp)
    }
    missing[id]?.remove(name)
    guard missing[id]?.isEmpty == true else { return }
    missing[id] = nil
    settle(id, .sent)
  }

  private func settle(_ id: String, _ state: NotificationState) {
    let now = EventIntake.now.nanoseconds
    insist(stop, say) { () throws(RelayStoreError) in
      try queue.settle(id, state, due: 0, at: now)
    }
  }
}
