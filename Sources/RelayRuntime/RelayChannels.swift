internal import Alerting
internal import Delivery
internal import LinuxHost
internal import MessageSender
internal import RelayStore
internal import SiteConfiguration
internal import Synchronization

/// The ways that lead out of a relay, as its file has them.
struct RelayChannels {
  /// A thread each, not started.
  private(set) var threads: [ChannelThread] = []
  private let setup: RelaySetup
  private let store: RelayStore
  private let stop: StopFlag
  private let say: @Sendable (LocalizedText) -> Void

  /// - Throws: what cannot be used: files with secrets.
  init(
    setup: RelaySetup, alertmanager: String?, store: RelayStore, desk: AcknowledgementDesk?,
    stop: StopFlag, say: @escaping @Sendable (LocalizedText) -> Void
  ) throws {
    self.setup = setup
    self.store = store
    self.stop = stop
    self.say = say
    let link: AcknowledgementLinks = { desk?.link($0, $1, $2) }
    if let server = setup.mail { try add(mail: server, link) }
    for recipient in setup.plan.recipients {
      if let webhook = recipient.webhook { try add(webhook, of: recipient.id, link) }
    }
    if let folder = setup.capFolder {
      try add(both("CAP folder", "CAP フォルダー")) {
        CAPFolderChannel(folder: folder, store: store, stop: stop, say: say)
      }
    }
    if let alertmanager {
      try add(both("Alertmanager", "Alertmanager")) { [plan = setup.plan] in
        AlertmanagerChannel(url: alertmanager, plan: plan, store: store, stop: stop, say: say)
      }
    }
  }

  private mutating func add(
    _ title: LocalizedText, _ make: @escaping @Sendable () -> (any Channel)?
  ) throws {
    threads.append(try ChannelThread(title, stop: stop, say: say, make: make))
  }

  private mutating func add(mail server: MailServer, _ link: @escaping AcknowledgementLinks) throws
  {
    let password = try server.passwordFile.map { try readSecret($0) }
    let writer = MailWriter(plan: setup.plan, sender: server.sender, link: link)
    let queue = store.queue(of: setup.plan.recipients.filter { $0.mail != nil }.map(\.id))
    let (stop, say) = (stop, say)
    try add(both("mail server", "メールサーバー")) {
      MailSender(server: server, password: password).map { sender in
        NotificationChannel(
          both("mail", "メール"), MailDelivery(writer: writer, sender: sender), queue: queue,
          longestTrying: RelayLimits.longestMailing, stop: stop, say: say)
      }
    }
  }

  private mutating func add(
    _ webhook: Webhook, of id: String, _ link: @escaping AcknowledgementLinks
  ) throws {
    let secret = try WebhookSecret(webhook)
    let writer = WebhookWriter(plan: setup.plan, link: link)
    let queue = store.queue(of: [id])
    let (stop, say) = (stop, say)
    try add(both("webhook \(id)", "Webhook \(id)")) {
      WebhookDelivery(webhook, secret: secret, writer: writer).map { delivery in
        NotificationChannel(
          both("webhook", "Webhook"), delivery, queue: queue,
          longestTrying: RelayLimits.longestPosting, stop: stop, say: say)
      }
    }
  }

  /// What is said through a broker: commands to boxes, and to what speaks aloud there.
  func senders(to broker: DestinationPlan, counted intake: EventIntake) -> [BrokerSender] {
    let commands = BoxCommands(
      plan: broker, relay: setup.plan.id, store: store, stop: stop, say: say)
    var senders = [
      BrokerSender(commands) { intake.commandCount.load(ordering: .acquiring) }
    ]
    let listeners = setup.plan.recipients.filter { $0.announcement?.broker == broker.id }
    if !listeners.isEmpty {
      let announcements = Announcements(
        writer: AnnouncementWriter(plan: setup.plan), queue: store.queue(of: listeners.map(\.id)),
        stop: stop, say: say)
      senders.append(
        BrokerSender(announcements) { intake.notificationCount.load(ordering: .acquiring) })
    }
    return senders
  }
}
