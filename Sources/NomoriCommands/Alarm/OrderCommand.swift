internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import MosquittoClient

/// `nomori order`: acknowledges, resets, shelves; stops and releases deterrents.
struct OrderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "order",
    abstract: "Give a running box a command, such as acknowledging an alarm.",
    discussion: """
      nomori order acknowledge river.stage --site river-nagi --operator sato
      nomori order shelve river.stage --site river-nagi --operator sato --minutes 120
      nomori order stop-output siren --site wildlife-hinata --operator sato
      """)

  @Argument(
    help: ArgumentHelp("What is to be done: \(kinds).", valueName: "command"),
    transform: { word in
      guard let kind = CommandKind(rawValue: word) else {
        throw ValidationError("expected one of \(kinds)")
      }
      return kind
    })
  var kind: CommandKind

  private static var kinds: String {
    CommandKind.allCases.map(\.rawValue).joined(separator: ", ")
  }

  @Argument(
    help: "The alarm, or for outputs the output; by default all, but for what silences alarms.")
  var subject: String?

  @Option(help: "The site's id.")
  var site: String

  @Option(
    name: .customLong("operator"), help: "Who gives the command; the site file lists who may.")
  var operatorName: String

  @Option(help: "For how long to shelve.")
  var minutes: Double?

  @Flag(help: "Shelve until the alarm ends, for the given time at most.")
  var once = false

  @Option(help: "What is to be known about it.")
  var comment: String?

  @Option(
    help:
      "The last event that was seen; by default the alarm's last. Later ones are not acknowledged."
  )
  var event: String?

  @Option(help: "Seconds for which the broker keeps the command for a box that is away (MQTT 5).")
  var expiresAfter: UInt32 = 60

  @Option(help: "Seconds to wait for what becomes of it.")
  var timeout = 10.0

  @OptionGroup var broker: BrokerOptions

  @Option(help: "The language of messages.")
  var language = Language.preferred

  mutating func run() throws {
    let plan = broker.plan(id: "order")
    var order = Order(
      kind: kind, site: site, subject: subject, operatorName: operatorName, comment: comment,
      minutes: minutes, once: once, event: event, expirySeconds: expiresAfter)
    var session = try MQTTSession(
      plan: plan,
      clientID: "nomori-order-\(ProcessInfo.processInfo.processIdentifier)",
      will: nil, keepsSession: false)
    do throws(BrokerError) {
      try session.connect()
    } catch {
      throw broker.failure(error, language)
    }
    let clock = HostClock()
    let end = clock.now + .milliseconds(Int64(timeout * 1000))
    var course = Course(event: event)
    while course.answer?.isFinal != true, clock.now < end {
      for event in session.poll(milliseconds: 100) {
        try take(event, &course, &session, plan, order.id, at: clock.now)
      }
      if let time = course.sendAt, time <= clock.now {
        course.sendAt = nil
        order.event = course.event
        _ = try session.publish(try order.message(by: plan))
      }
    }
    session.disconnect()
    try report(course.answer, to: order)
  }

  /// How far it has come.
  private struct Course {
    /// One for each version of MQTT.
    var attempts = 1
    /// The event that is acknowledged; nil while none is known.
    var event: String?
    /// When the command is sent at the latest; nil before the broker has answered, and once it is sent.
    var sendAt: Instant?
    var answer: OrderAnswer?
  }

  /// The broker has a kept state at hand, or there is none.
  private static let stateTimeout = TimeSpan.seconds(2)

  /// The alarm whose last event is to be acknowledged and no later one; nil where the event is named, or
  /// none is meant.
  private var askedAlarm: String? { kind == .acknowledge && event == nil ? subject : nil }

  private func take(
    _ incident: BrokerEvent, _ course: inout Course, _ session: inout MQTTSession,
    _ plan: DestinationPlan, _ id: String, at now: Instant
  ) throws {
    let topics = plan.topics(of: site)
    switch incident {
    case .connected:
      try session.subscribe(to: topics.answer)
      course.sendAt = now
      guard let askedAlarm else { return }
      try session.subscribe(to: topics.alarm(askedAlarm))
      course.sendAt = now + Self.stateTimeout
    case .message(let message) where message.topic != topics.answer:
      guard course.sendAt != nil else { return }
      let state = try? JSONDecoder().decode(AlarmPayload.self, from: Data(message.payload))
      course.event = state?.lastEvent
      course.sendAt = now
    case .message(let message):
      let found = try? JSONDecoder().decode(OrderAnswer.self, from: Data(message.payload))
      if let found, found.command == id { course.answer = found }
      // Another sender's, which could not be read, ends nothing once there is an answer to ours.
      if let found, found.command == "?", course.answer == nil { course.answer = found }
    case .disconnected(let error?) where error.asksForOtherVersion && course.attempts < 2:
      course.attempts += 1
      try session.connect()
    case .disconnected(let error):
      guard let error else { throw ExitCode.unavailable }
      throw broker.failure(error, language)
    case .subscriptionRefused(let filter, let reason):
      complain(
        language.pick(
          "the broker refuses \(filter): \(reason)", "ブローカーが \(filter) の購読を拒否しました：\(reason)"))
      // Without the alarm's state it is acknowledged as it is; without the answer nothing can be said.
      guard filter != topics.answer else { throw ExitCode.unavailable }
      course.sendAt = course.sendAt.map { min($0, now) }
    case .acknowledged, .rejected, .subscribed: break
    }
  }

  private struct AlarmPayload: Decodable {
    var lastEvent: String?
  }

  private func report(_ answer: OrderAnswer?, to order: Order) throws {
    guard let answer else {
      complain(
        language.pick(
          "\(site) did not answer: is it connected, and does its site file name commands?",
          "\(site) から応答がありません。接続と観測所ファイルの commands を確かめてください"))
      throw ExitCode.unavailable
    }
    if answer.isRefused {
      complain(
        language.pick("refused: ", "拒否されました: ") + order.words(for: answer.reason, in: language))
      throw ExitCode.dataError
    }
    if answer.outcome == "done" { return say(language.pick("done", "実行しました")) }
    guard answer.schema == "nomori/answer/1" else {
      complain(
        language.pick(
          "accepted, but \(site) has not said what became of it", "受け付けられましたが、結果の応答がありません"))
      throw ExitCode.unavailable
    }
    // A box of an earlier version says no more.
    say(language.pick("accepted; an event tells what came of it", "受け付けました。結果はイベントで通知されます"))
  }
}
