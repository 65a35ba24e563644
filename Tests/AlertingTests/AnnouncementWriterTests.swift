import Delivery
import DetectionCore
import Foundation
import Testing

@testable import Alerting

@Suite("What is commanded to what speaks aloud")
struct AnnouncementWriterTests {
  private func plan(_ language: MessageLanguage, mode: SiteMode = .actual) -> AlertingPlan {
    let horn = Announcement(broker: "office", topic: "town/horn", validity: .seconds(900))
    return AlertingPlan(
      id: "town", name: text("Town office", "町役場"), mode: mode,
      recipients: [Recipient(id: "horn", language: language, channel: .announcement(horn))],
      routes: [
        Route(
          id: "r", modes: SiteMode.allCases, recipients: ["horn"],
          advice: text("Keep away.", "近づかないでください。"))
      ])
  }

  private func commands(
    _ plan: AlertingPlan, _ events: [ReceivedEvent], after minutes: Double = 0
  ) -> [[MQTTMessage]?] {
    var dispatcher = Dispatcher(plan: plan, incidents: [], lines: [], sites: [])
    let writer = AnnouncementWriter(plan: plan)
    return events.flatMap { dispatcher.receive($0, at: at(0)).notifications }
      .map { writer.messages(of: $0, at: at(minutes)) }
  }

  private func payload(_ message: MQTTMessage?) throws -> [String: Any] {
    let bytes = try #require(message).payload
    let object = try JSONSerialization.jsonObject(with: Data(bytes))
    return try #require(object as? [String: Any])
  }

  @Test("An alarm is announced, its acknowledgement is not, and its end is silence")
  func life() throws {
    var box = Box()
    let events = [
      box.event("raised", level: 1), box.event("acknowledged", level: 1, by: "sato"),
      box.event("cleared", level: 0),
    ]
    let told = commands(plan(.english), events)
    #expect(told.map { $0?.count } == [1, 0, 1])
    let message = try #require(told[0]?.first)
    #expect(message.topic == "town/horn" && message.quality == .atLeastOnce)
    #expect(!message.isRetained && message.expirySeconds == 900)
    let first = try payload(message)
    #expect(first["command"] as? String == "announce")
    #expect(first["text"] as? String == "wildlife-hinata. Boars. Stage 1. Keep away.")
    #expect(first["until"] as? String == "2026-11-30T12:15:00.000Z")
    let last = try payload(told[2]?.first)
    #expect(last["command"] as? String == "stop" && last["until"] is NSNull)
    #expect(last["incident"] as? String == first["incident"] as? String)
    #expect(last["id"] as? String != first["id"] as? String)
  }

  @Test("An exercise says so first and last, and for programs")
  func exercise() throws {
    var box = Box()
    let told = commands(plan(.japanese, mode: .exercise), [box.event("raised", level: 2)])
    let payload = try payload(told.first??.first)
    #expect(payload["mode"] as? String == "exercise")
    #expect(
      payload["text"] as? String
        == "これは訓練です。wildlife-hinata。イノシシ。段階2。近づかないでください。これは訓練です。")
  }

  @Test("What comes too late is not begun, and what remains of its time is all that it gets")
  func lateness() throws {
    var box = Box()
    let events = [box.event("raised", level: 1), box.event("cleared", level: 0)]
    #expect(commands(plan(.english), events, after: 14)[0]?.first?.expirySeconds == 60)
    let late = commands(plan(.english), events, after: 15)
    #expect(late[0] == nil)
    #expect(try payload(late[1]?.first)["command"] as? String == "stop")
  }

  @Test("What travels together is spoken by its last words on each incident")
  func digest() throws {
    var plan = plan(.english)
    plan.routes[0].digest = .seconds(60)
    var box = Box()
    var dispatcher = Dispatcher(plan: plan, incidents: [], lines: [], sites: [])
    for event in [
      box.event("raised", alarm: "x", level: 1), box.event("raised", alarm: "y", level: 1),
      box.event("cleared", alarm: "x", level: 0),
    ] { _ = dispatcher.receive(event, at: at(0)) }
    let notification = try #require(dispatcher.advance(to: at(2)).notifications.first)
    let messages = try #require(
      AnnouncementWriter(plan: plan).messages(of: notification, at: at(2)))
    let commands = try messages.map { try payload($0)["command"] as? String }
    #expect(commands == ["announce", "stop"])
    #expect(Set(try messages.map { try payload($0)["id"] as? String }).count == 2)
  }
}
