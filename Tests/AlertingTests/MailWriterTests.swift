import Delivery
import DetectionCore
import Foundation
import Testing

@testable import Alerting

@Suite("What a mail says")
struct MailWriterTests {
  private static let tokyo = LocalZone(
    rule: TimeZoneRule(offsetSeconds: 32_400), name: "JST")

  private func mail(
    _ event: ReceivedEvent, to person: String, mode: SiteMode = .actual, route: Route? = nil
  ) throws -> OutgoingMail {
    let plan = try plan(
      [route ?? Route(id: "r", modes: SiteMode.allCases, recipients: [person])], mode: mode,
      zone: Self.tokyo)
    var dispatcher = Dispatcher(plan: plan, incidents: [], lines: [], sites: [])
    let decision = dispatcher.receive(event, at: at(0))
    let sender = try #require(MailAddress("nomori@town.example"))
    let notification = try #require(decision.notifications.first)
    return try #require(MailWriter(plan: plan, sender: sender).mail(of: notification))
  }

  private func level() -> ReceivedEvent {
    var box = Box("river-nagi")
    var event = box.event("raised", alarm: "river", level: 1)
    event.value = 2.4567
    event.unit = "m"
    event.limit = 2.4
    event.trend = 0.35
    event.history = (0..<5).map {
      ReceivedEvent.PastReading(
        time: "2026-11-30T11:5\($0):00.000Z", value: $0 == 2 ? nil : 2.0 + Double($0) / 10)
    }
    return event
  }

  @Test("Station, value, unit, stage, trend and local time stand in it, in both languages")
  func facts() throws {
    let route = Route(id: "r", recipients: ["j"], advice: text("Look", "見てください"))
    var told = level()
    told.instruction = text("Measure", "測ってください")
    let japanese = try mail(told, to: "j", route: route)
    #expect(japanese.subject == "イノシシ：段階1（river-nagi）")
    let said = [
      "2.46 m（基準 2.4 m）", "↑ +0.35 m / 時", "21:00 JST　2026年11月30日（月）", "見てください", "測ってください",
    ]
    for words in said {
      #expect(japanese.plain.contains(words), "\(words) in \(japanese.plain)")
      #expect(japanese.html.contains(words), "\(words) in \(japanese.html)")
    }
    #expect(japanese.plain.contains("▁▃·▆█\n2 – 2.4 m（直近 4 分）"))
    let english = try mail(level(), to: "a")
    #expect(english.subject == "Boars: Stage 1 — river-nagi")
    for words in ["2.46 m (limit 2.4 m)", "↑ +0.35 m per hour", "21:00 JST, Mon 2026-11-30"] {
      #expect(english.plain.contains(words), "\(words) in \(english.plain)")
      #expect(english.html.contains(words), "\(words) in \(english.html)")
    }
  }

  @Test(
    "An alarm whose stage has its name is said once, a sensor measures again, plain numbers are no picture"
  )
  func plainWords() throws {
    var rain = level()
    rain.stage?.name = text("Boars", "イノシシ")
    let named = try mail(rain, to: "j")
    #expect(named.subject == "イノシシ（river-nagi）")
    #expect(named.html.components(separatedBy: ">イノシシ<").count == 2)
    var count = level()
    count.unit = "1"
    #expect(try !mail(count, to: "a").plain.contains("▁"))
    var fault = level()
    fault.kind = "sensorFault"
    fault.alarm = nil
    fault.point = ReceivedEvent.Named(id: "p", name: text("Rain gauge", "雨量計"))
    var back = fault
    back.id = "river-nagi-5f0c9a1e-1-2"
    back.kind = "sensorFaultCleared"
    let plan = try plan([Route(id: "r", kinds: [.sensor], recipients: ["j"])])
    var dispatcher = Dispatcher(plan: plan, incidents: [], lines: [], sites: [])
    _ = dispatcher.receive(fault, at: at(0))
    let decision = dispatcher.receive(back, at: at(1))
    let told = try #require(decision.notifications.first)
    let sender = try #require(MailAddress("nomori@town.example"))
    let mail = try #require(MailWriter(plan: plan, sender: sender).mail(of: told))
    #expect(mail.subject == "雨量計：測定が回復しました（river-nagi）")
  }

  @Test("Value, limit and the range of the plot have the places that the site shows")
  func places() throws {
    var event = level()
    event.decimals = 2
    let mail = try mail(event, to: "a")
    #expect(mail.plain.contains("2.46 m (limit 2.40 m)"), "\(mail.plain)")
    #expect(mail.plain.contains("2.00 – 2.40 m in the last 4 min"), "\(mail.plain)")
    #expect(mail.plain.contains("+0.35 m per hour"), "\(mail.plain)")
    // What is seen for two minutes says nothing of an hour.
    event.history.removeFirst(3)
    #expect(try !self.mail(event, to: "a").plain.contains("per hour"))
  }

  @Test(
    "What is not meant says so first, whoever holds the exercise",
    arguments: [
      (SiteMode.exercise, SiteMode.actual, "【訓練】", "訓練"),
      (.actual, .exercise, "【訓練】", "訓練"), (.exercise, .test, "【試験】", "試験"),
    ])
  func exercise(_ site: SiteMode, _ office: SiteMode, _ mark: String, _ word: String) throws {
    var event = level()
    event.mode = site
    let mail = try mail(
      event, to: "j", mode: office,
      route: Route(id: "r", modes: SiteMode.allCases, recipients: ["j"]))
    #expect(mail.subject.hasPrefix(mark))
    #expect(mail.plain.hasPrefix("*** \(word)"))
    #expect(mail.html.contains("\(word)：実際の事態ではありません"))
  }

  @Test("What a box says stays text: no markup, no further line, no endless subject")
  func hostile() throws {
    var event = level()
    event.alarm?.name = text("<b>\r\nBcc: x@y", "悪意")
    event.text = text("<script>\u{202E}&\"\u{7}", "悪意")
    event.stage?.name = text(String(repeating: "s", count: 5_000), "悪意")
    let mail = try mail(event, to: "a")
    #expect(!mail.html.contains("<script") && !mail.html.contains("<b>"))
    #expect(mail.html.contains("&lt;script&gt;"))
    #expect(!mail.subject.contains("\n") && !mail.subject.contains("\r"))
    #expect(mail.subject.count <= AlertingLimits.subjectCharacters + 1)
    #expect(!mail.plain.unicodeScalars.contains("\u{202E}") && !mail.plain.contains("\r"))
  }

  @Test("An incident is one thread for each person, and each mail has an id of its own")
  func threads() throws {
    var box = Box()
    let plan = try plan([Route(id: "r", recipients: ["a", "b"])])
    var dispatcher = Dispatcher(plan: plan, incidents: [], lines: [], sites: [])
    let events = [
      box.event("raised", level: 1), box.event("cleared", level: 0),
      box.event("raised", level: 1),
    ]
    let sender = try #require(MailAddress("nomori@town.example"))
    let writer = MailWriter(plan: plan, sender: sender)
    var mails: [OutgoingMail] = []
    for event in events {
      mails += dispatcher.receive(event, at: at(0)).notifications.compactMap { writer.mail(of: $0) }
    }
    #expect(Set(mails.map(\.id)).count == 6)
    let threads = mails.map { $0.thread ?? "" }
    #expect(threads[0] == threads[2] && threads[1] == threads[3])
    #expect(Set([threads[0], threads[1], threads[4], threads[5]]).count == 4)
    #expect(mails.allSatisfy { $0.id.hasSuffix("@town.example") })
  }

  @Test("An address is told to nobody by accident")
  func addresses() throws {
    let address = try #require(MailAddress("abe@example.jp"))
    let person = try person("abe")
    var dumped = ""
    dump(person, to: &dumped)
    for words in ["\(address)", "\(person)", String(reflecting: person), dumped] {
      #expect(!words.contains("example.jp"), "\(words)")
    }
  }

  @Test(
    "What is no address is none",
    arguments: [
      "", "abe", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<x@y>", "<a@b>", "日@b", "a,b@c",
    ])
  func noAddress(_ text: String) { #expect(MailAddress(text) == nil) }
}
