internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import MosquittoClient

/// `nomori watch`: shows the alerts of running sites.
struct WatchCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Show the alerts of running sites as they are published.")

  @OptionGroup var broker: BrokerOptions

  @Option(help: "Only this site; by default all.")
  var site = "+"

  @Option(help: "Stop after this many seconds.")
  var duration: Double?

  @OptionGroup var output: OutputOptions

  mutating func run() throws {
    let stopped = try WakeSignal()
    try onInterrupt { _ in stopped.raise() }
    let plan = broker.plan(id: "watch")
    var session = try MQTTSession(
      plan: plan,
      clientID: "nomori-watch-\(ProcessInfo.processInfo.processIdentifier)",
      will: nil, keepsSession: false, wakeDescriptor: stopped.descriptor)
    let clock = HostClock()
    let end = duration.map { clock.now + .milliseconds(Int64($0 * 1000)) }
    var isConnecting = false
    // Waiting lowers the signal, so each wait's answer counts.
    var isOver = false
    while !isOver, end.map({ clock.now < $0 }) ?? true {
      if !isConnecting {
        isConnecting = (try? session.connect()) != nil
        if !isConnecting { isOver = stopped.wait(timeout: .seconds(1)) }
      }
      for event in session.poll(milliseconds: 250) {
        switch event {
        case .connected:
          complain(
            language.pick(
              "watching \(broker.host):\(broker.port)", "\(broker.host):\(broker.port) を監視中"))
          let topics = plan.topics(of: site)
          for filter in [topics.event, topics.alarm("#"), topics.status] {
            try session.subscribe(to: filter)
          }
        case .message(let message): show(message)
        case .disconnected(let error):
          isConnecting = false
          if let error { complain("\(error)") }
          isOver = stopped.wait(timeout: .seconds(1)) || isOver
        case .subscriptionRefused(let filter, let reason):
          complain(
            language.pick(
              "the broker refuses \(filter): \(reason)", "ブローカーが \(filter) の購読を拒否しました：\(reason)"))
        case .acknowledged, .rejected, .subscribed: break
        }
      }
      isOver = stopped.wait(timeout: .zero) || isOver
    }
    session.disconnect()
  }

  private func show(_ message: ReceivedMessage) {
    let text = String(decoding: message.payload, as: UTF8.self)
    switch format {
    case .json: say(text)
    case .text:
      let isEvent = message.topic.hasSuffix("/event")
      guard let alert = try? JSONDecoder().decode(Alert.self, from: Data(message.payload)) else {
        complain("\(message.topic): " + language.pick("not understood", "解釈できません"))
        return
      }
      say(isEvent ? alert.eventLine(language) : alert.stateLine(message.topic, language))
    }
  }
}

/// What of an event or state is shown.
private struct Alert: Decodable {
  struct Text: Decodable {
    var en: String
    var ja: String
  }
  struct Subject: Decodable {
    var id: String
  }
  struct Stage: Decodable {
    var level: Int
    var name: Text?
  }
  var kind: String?
  var alarm: Subject?
  var site: String
  var time: String?
  var since: String?
  var text: Text?
  var state: String?
  var status: String?
  var reason: String?
  var stage: Stage?

  func eventLine(_ language: Language) -> String {
    "\(time ?? "-")  \(site)  \(kind ?? "?")  "
      + (text.map { language.pick($0.en, $0.ja) } ?? "")
  }

  /// The alarm goes by its id, as topics write it in several ways.
  func stateLine(_ topic: String, _ language: Language) -> String {
    let topic = alarm.map { "\(site)/alarm/\($0.id)" } ?? topic
    let name = stage?.name.map { language.pick($0.en, $0.ja) }
    let state = [state ?? status, name, reason.map { "(\($0))" }]
      .compactMap { $0 }.joined(separator: " ")
    return "\(since ?? "-")  \(topic)  \(state)"
  }
}
