import Delivery
import DetectionCore
import Foundation
import Testing

@testable import Alerting

@Suite("What a service of the web is handed")
struct WebhookWriterTests {
  private func recipient(
    _ template: Webhook.Template, _ language: MessageLanguage = .english
  ) -> Recipient {
    Recipient(
      id: "w", language: language,
      channel: .webhook(Webhook(url: "https://x", template: template, target: "target")))
  }

  private func body(
    _ events: [ReceivedEvent], _ recipient: Recipient, mode: SiteMode = .actual,
    digest: TimeSpan? = nil
  ) throws -> [String: Any] {
    let route = Route(
      id: "r", modes: SiteMode.allCases, recipients: ["w"],
      advice: text("Keep away", "近づかないで"), digest: digest)
    let plan = AlertingPlan(
      id: "town", name: text("Town office", "町役場"), mode: mode,
      zone: LocalZone(rule: TimeZoneRule(offsetSeconds: 32_400), name: "JST"),
      recipients: [recipient], routes: [route])
    var dispatcher = Dispatcher(plan: plan, incidents: [], lines: [], sites: [])
    var notifications: [Alerting.Notification] = []
    for event in events { notifications += dispatcher.receive(event, at: at(0)).notifications }
    notifications += dispatcher.advance(to: at(20)).notifications
    let writer = WebhookWriter(plan: plan) { incident, _, _ in "https://relay/\(incident)" }
    let last = try #require(notifications.last)
    let body = try #require(writer.body(of: last, key: "key"))
    let object = try JSONSerialization.jsonObject(with: Data(body))
    return try #require(object as? [String: Any])
  }

  private func level(_ kind: String = "raised", _ level: Int = 1) -> ReceivedEvent {
    var box = Box("river-nagi")
    var event = box.event(kind, alarm: "river", level: level)
    event.value = 2.4567
    event.unit = "m"
    return event
  }

  @Test("LINE gets one text with all that is to be known, and the link")
  func line() throws {
    let body = try body([level()], recipient(.line, .japanese), mode: .exercise)
    #expect(body["to"] as? String == "target")
    let messages = try #require(body["messages"] as? [[String: String]])
    #expect(messages.count == 1 && messages[0]["type"] == "text")
    let said = try #require(messages[0]["text"])
    for words in [
      "*** 訓練：実際", "イノシシ：段階1", "近づかないで", "2.46 m", "21:00 JST", "https://relay/river-nagi",
    ] {
      #expect(said.contains(words), "\(words) in \(said)")
    }
  }

  @Test("Slack gets blocks, and nothing in them calls everybody")
  func slack() throws {
    var event = level()
    event.text = text("<!channel> & more", "悪意")
    let body = try body([event], recipient(.slack))
    #expect(body["text"] as? String == "Boars: Stage 1 — river-nagi")
    let blocks = try #require(body["blocks"] as? [[String: Any]])
    #expect(blocks.map { $0["type"] as? String } == ["header", "section", "section"])
    let section = try #require((blocks[1]["text"] as? [String: Any])?["text"] as? String)
    #expect(section.contains("&lt;!channel&gt; &amp; more"), "\(section)")
    #expect(
      section.hasSuffix("\n<https://relay/river-nagi-5f0c9a1e-1-1|I know of it and see to it>"))
    #expect(section.contains("> Keep away\n"))
  }

  @Test("Teams gets a card of rich text with a button")
  func teams() throws {
    let body = try body([level()], recipient(.teams))
    #expect(body["type"] as? String == "message")
    let attachment = try #require((body["attachments"] as? [[String: Any]])?.first)
    #expect(attachment["contentType"] as? String == "application/vnd.microsoft.card.adaptive")
    let card = try #require(attachment["content"] as? [String: Any])
    #expect(card["type"] as? String == "AdaptiveCard")
    let elements = try #require(card["body"] as? [[String: Any]])
    #expect(Set(elements.map { $0["type"] as? String }) == ["RichTextBlock", "ActionSet"])
    let actions = elements.compactMap { $0["actions"] as? [[String: String]] }.flatMap(\.self)
    #expect(actions.map { $0["url"] } == ["https://relay/river-nagi-5f0c9a1e-1-1"])
  }

  @Test(
    "ntfy rings by priority and stage, and is quiet where nobody is called",
    arguments: [
      (AlarmPriority.medium, 1, 3), (.medium, 2, 4), (.high, 1, 4), (.critical, 1, 5),
      (.low, 1, 3),
    ])
  func ntfy(_ priority: AlarmPriority, _ stage: Int, _ loudness: Int) throws {
    var event = level("raised", stage)
    event.priority = priority
    let raised = try body([event], recipient(.ntfy))
    #expect(raised["topic"] as? String == "target" && raised["sequence_id"] as? String == "key")
    #expect(raised["priority"] as? Int == loudness)
    #expect(raised["click"] as? String == "https://relay/river-nagi-5f0c9a1e-1-1")
    var end = level("cleared", 0)
    end.id = "river-nagi-5f0c9a1e-1-2"
    let over = try body([event, end], recipient(.ntfy))
    #expect(over["priority"] as? Int == 2 && over["click"] == nil)
    #expect(over["tags"] as? [String] == ["white_check_mark"])
  }

  @Test("Our own payload says everything by names")
  func payload() throws {
    let body = try body([level()], recipient(.json))
    #expect(body["schema"] as? String == "nomori/notification/1")
    #expect(body["id"] as? String == "river-nagi-5f0c9a1e-1-1.raised.w")
    let entry = try #require((body["entries"] as? [[String: Any]])?.first)
    #expect(entry["value"] as? Double == 2.4567 && entry["reason"] as? String == "raised")
    #expect(entry["limit"] is NSNull && entry["advice"] as? [String] == ["Keep away"])
  }

  @Test(
    "Many things that travel together keep within what each service takes",
    arguments: Webhook.Template.allCases)
  func digest(_ template: Webhook.Template) throws {
    var box = Box()
    let long = String(repeating: "長", count: 400)
    let events = (0..<60).map { number in
      var event = box.event("raised", alarm: "x\(number)", level: 1)
      event.text = text(long, long)
      event.instruction = text(long, long)
      return event
    }
    let body = try body(events, recipient(template, .japanese), digest: .seconds(600))
    let bytes = try JSONSerialization.data(withJSONObject: body).count
    switch template {
    case .line:
      let said = (body["messages"] as? [[String: String]])?.first?["text"] ?? ""
      #expect((1_000...5_000).contains(said.utf16.count))
    case .slack:
      let blocks = try #require(body["blocks"] as? [[String: Any]])
      let texts = blocks.compactMap { ($0["text"] as? [String: Any])?["text"] as? String }
      #expect(blocks.count <= 50 && texts.allSatisfy { $0.count <= 3_000 })
      #expect(texts.map(\.count).reduce(0, +) <= 13_000)
      #expect(texts.contains("ほか 45 件"))
    case .teams: #expect(bytes <= 28_000, "\(bytes)")
    case .ntfy: #expect((body["message"] as? String ?? "").utf8.count <= 4_096)
    case .json:
      #expect((body["entries"] as? [Any])?.count == 30 && body["omitted"] as? Int == 30)
    }
  }

  @Test("A webhook's address is told to nobody by accident")
  func secrecy() {
    let webhook = Webhook(url: "https://hooks.example/secret", template: .slack)
    let recipient = Recipient(id: "w", language: .english, channel: .webhook(webhook))
    var dumped = ""
    dump(recipient, to: &dumped)
    for words in ["\(webhook)", "\(recipient)", String(reflecting: recipient), dumped] {
      #expect(!words.contains("hooks.example"), "\(words)")
    }
  }
}
