internal import Alerting
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import MessageSender
internal import RelayStore

/// Hands notifications over, one after another.
protocol NotificationSender {
  /// Hands one over and waits for the other side's word; nil where the file no longer has the recipient.
  func send(_ notification: Notification) -> SendOutcome?
}

/// Hands over what is due, and notes what became of it. What goes wrong with one notification holds up no other;
/// another side that is gone holds up all, and nothing is lost.
struct NotificationChannel: Channel {
  /// For the log, before the recipient's id.
  let title: LocalizedText
  let sender: any NotificationSender
  let queue: NotificationQueue
  /// What is older is of no use any more.
  let longestTrying: TimeSpan
  let stop: StopFlag
  let say: @Sendable (LocalizedText) -> Void
  private var due: ArraySlice<PendingNotification> = []

  init(
    _ title: LocalizedText, _ sender: any NotificationSender, queue: NotificationQueue,
    longestTrying: TimeSpan, stop: StopFlag, say: @escaping @Sendable (LocalizedText) -> Void
  ) {
    self.title = title
    self.sender = sender
    self.queue = queue
    self.longestTrying = longestTrying
    self.stop = stop
    self.say = say
  }

  mutating func turn() -> ChannelTurn {
    if due.isEmpty {
      let pending = insist(stop, say) { () throws(RelayStoreError) in
        try queue.pending(at: EventIntake.now.nanoseconds, limit: RelayLimits.batch)
      }
      due = (pending ?? [])[...]
    }
    guard let pending = due.popFirst() else { return .rest(untilNextDue()) }
    guard let trouble = hand(pending) else { return .more }
    // Whatever else is due would fail as well.
    due = []
    return trouble
  }

  private func untilNextDue() -> TimeSpan {
    let next = insist(stop, say) { () throws(RelayStoreError) in try queue.nextDue() }
    let longest = RelayLimits.longestRetry.nanoseconds
    let now = EventIntake.now.nanoseconds
    return TimeSpan(nanoseconds: (next ?? nil).map { min(max(0, $0 - now), longest) } ?? longest)
  }

  /// Hands one over; returns the trouble where there is no speaking to the other side.
  private func hand(_ pending: PendingNotification) -> ChannelTurn? {
    let notification = pending.notification
    let age = EventIntake.now.nanoseconds - notification.made
    guard age < longestTrying.nanoseconds else {
      giveUp(notification, because: both("nobody took it in time", "期限内に送信できませんでした"))
      return nil
    }
    switch sender.send(notification) {
    case nil:
      giveUp(notification, because: both("the file no longer has the recipient", "宛先が設定にありません"))
    case .sent:
      queue.noteSent(notification.id)
      settle(notification, .sent, wait: .zero)
    case .later(let reason, let retryAfter):
      tell(notification, both(reason, reason))
      let doubled = RelayLimits.firstRetry.nanoseconds << Int64(min(pending.attempts, 8))
      let wait = min(TimeSpan(nanoseconds: doubled), RelayLimits.longestRetry)
      settle(notification, .pending, wait: max(wait, retryAfter ?? .zero))
    case .refused(let reason): giveUp(notification, because: both(reason, reason))
    case .unavailable(let reason, let retryAfter):
      return .trouble(reason: reason, retryAfter: retryAfter)
    }
    return nil
  }

  private func giveUp(_ notification: Notification, because reason: LocalizedText) {
    tell(
      notification, both("given up: \(reason.english)", "断念：\(reason.japanese)"))
    settle(notification, .givenUp, wait: .zero)
  }

  private func tell(_ notification: Notification, _ text: LocalizedText) {
    let (title, recipient) = (title, notification.recipient)
    say(
      both(
        "\(title.english) to \(recipient): \(text.english)",
        "\(recipient) 宛\(title.japanese)：\(text.japanese)"))
  }

  private func settle(_ notification: Notification, _ state: NotificationState, wait: TimeSpan) {
    let now = EventIntake.now.nanoseconds
    insist(stop, say) { () throws(RelayStoreError) in
      try queue.settle(notification.id, state, due: now + wait.nanoseconds, at: now)
    }
  }
}
