internal import Alerting
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import MessageSender
internal import RelayStore

/// The thread of the mail server: hands over what is due, and notes what became of it. What goes wrong with one
/// recipient holds up nobody else; a server that is gone holds up all, and nobody's mail is lost.
final class MailThread: Sendable {
  private let server: MailServer
  private let password: String?
  private let writer: MailWriter
  private let store: RelayStore
  private let stop: StopFlag
  private let wake: WakeSignal
  private let say: @Sendable (LocalizedText) -> Void

  init(
    server: MailServer, password: String?, writer: MailWriter, store: RelayStore,
    wake: WakeSignal, stop: StopFlag, say: @escaping @Sendable (LocalizedText) -> Void
  ) {
    self.server = server
    self.password = password
    self.writer = writer
    self.store = store
    self.wake = wake
    self.stop = stop
    self.say = say
  }

  /// Runs until the relay is to stop.
  func run() {
    guard let sender = MailSender(server: server, password: password) else {
      return say(both("mail: libcurl does not start", "メール：libcurl を開始できません"))
    }
    var backOff = BackOff(seed: 1)
    var complaint: String?
    while !stop.isRaised {
      let due =
        insist(store, stop, say) { store throws(RelayStoreError) in
          try store.pending(at: EventIntake.now.nanoseconds, limit: RelayLimits.mailBatch)
        } ?? []
      guard !due.isEmpty else {
        waitForMore()
        continue
      }
      for pending in due where !stop.isRaised {
        guard let reason = hand(pending, to: sender) else {
          complaint = nil
          backOff.reset()
          continue
        }
        if complaint != reason { say(both("mail server: \(reason)", "メールサーバー：\(reason)")) }
        complaint = reason
        // Whatever else is due would fail as well.
        wake.wait(timeout: backOff.wait())
        break
      }
    }
  }

  private func waitForMore() {
    let next = insist(store, stop, say) { store throws(RelayStoreError) in try store.nextDue() }
    let now = EventIntake.now.nanoseconds
    let longest = RelayLimits.longestRetry.nanoseconds
    let wait = (next ?? nil).map { min(max(0, $0 - now), longest) } ?? longest
    wake.wait(timeout: TimeSpan(nanoseconds: wait))
  }

  /// Hands one mail over; returns why there is no speaking to the server, nil where there is.
  private func hand(_ pending: PendingNotification, to sender: MailSender) -> String? {
    let notification = pending.notification
    let age = EventIntake.now.nanoseconds - notification.made
    guard let mail = writer.mail(of: notification), age < RelayLimits.longestTrying.nanoseconds
    else {
      giveUp(notification, because: "nobody took it in time, or the person is gone")
      return nil
    }
    switch sender.send(mail) {
    case .sent:
      store.noteSent(notification.id)
      settle(notification, .sent, wait: .zero)
    case .later(let reason):
      say(
        both("mail to \(notification.person): \(reason)", "\(notification.person) 宛メール：\(reason)"))
      let doubled = RelayLimits.firstRetry.nanoseconds << Int64(min(pending.attempts, 8))
      settle(
        notification, .pending,
        wait: min(TimeSpan(nanoseconds: doubled), RelayLimits.longestRetry))
    case .refused(let reason): giveUp(notification, because: reason)
    case .unavailable(let reason): return reason
    }
    return nil
  }

  private func giveUp(_ notification: Notification, because reason: String) {
    say(
      both(
        "mail to \(notification.person) given up: \(reason)",
        "\(notification.person) 宛メールを断念：\(reason)"))
    settle(notification, .givenUp, wait: .zero)
  }

  private func settle(_ notification: Notification, _ state: NotificationState, wait: TimeSpan) {
    let now = EventIntake.now.nanoseconds
    insist(store, stop, say) { store throws(RelayStoreError) in
      try store.settle(notification.id, state, due: now + wait.nanoseconds, at: now)
    }
  }
}
