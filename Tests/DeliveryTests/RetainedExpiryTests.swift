import Delivery
import DetectionCore
import Testing

@Suite("Retained messages that a broker does not forget by itself")
struct RetainedExpiryTests {
  private static func point(_ topic: String, _ text: String = "1") -> MQTTMessage {
    MQTTMessage(
      topic: topic, payload: Array(text.utf8), quality: .atMostOnce, isRetained: true,
      expirySeconds: 60, label: PayloadLabel(schema: "s", site: "site", mode: .test))
  }
  private static func after(_ seconds: Int64) -> Instant {
    Instant(nanoseconds: 0) + .seconds(seconds)
  }

  @Test("A value is emptied when its time has passed without a new one, and once")
  func outOfDate() {
    var table = RetainedExpiry()
    table.published(Self.point("a"), isForgotten: false, at: Self.after(0))
    table.published(Self.point("b"), isForgotten: false, at: Self.after(0))
    table.published(Self.point("a"), isForgotten: false, at: Self.after(50))
    #expect(table.emptied(at: Self.after(59)) == nil)
    let emptied = table.emptied(at: Self.after(60))
    #expect(emptied?.topic == "b" && emptied?.payload == [] && emptied?.isRetained == true)
    // Not handed over, as the network took no more: it is asked for again.
    #expect(table.emptied(at: Self.after(61)) == emptied)
    if let emptied { table.published(emptied, isForgotten: false, at: Self.after(61)) }
    #expect(table.emptied(at: Self.after(109)) == nil)
    #expect(table.emptied(at: Self.after(110))?.topic == "a")
  }

  @Test("What has no time, is not kept, or is forgotten by the broker, is not emptied")
  func notKept() {
    var table = RetainedExpiry()
    var message = Self.point("a")
    table.published(message, isForgotten: true, at: Self.after(0))
    message.expirySeconds = nil
    table.published(message, isForgotten: false, at: Self.after(0))
    message = Self.point("a")
    message.isRetained = false
    table.published(message, isForgotten: false, at: Self.after(0))
    #expect(table.isEmpty && table.emptied(at: Self.after(1_000)) == nil)
  }

  @Test(
    "What an earlier run may have left has its time from the connection on, unless a newer value comes"
  )
  func leftByAnEarlierRun() {
    var table = RetainedExpiry()
    table.mayKeep([Self.point("a"), Self.point("b")], at: Self.after(0))
    table.published(Self.point("b"), isForgotten: false, at: Self.after(30))
    // A connection that was lost in between changes nothing.
    table.mayKeep([Self.point("a"), Self.point("b")], at: Self.after(40))
    #expect(table.emptied(at: Self.after(59)) == nil)
    let emptied = table.emptied(at: Self.after(60))
    #expect(emptied?.topic == "a" && emptied?.payload == [])
    if let emptied { table.published(emptied, isForgotten: false, at: Self.after(60)) }
    #expect(table.emptied(at: Self.after(89)) == nil)
    #expect(table.emptied(at: Self.after(90))?.topic == "b")
  }

  @Test("At a planned end everything that has a time is emptied")
  func plannedEnd() {
    var table = RetainedExpiry()
    for topic in ["a", "b", "c"] {
      table.published(Self.point(topic), isForgotten: false, at: Self.after(0))
    }
    var topics: [String] = []
    while let message = table.emptiedAtOnce() {
      topics.append(message.topic)
      table.published(message, isForgotten: false, at: Self.after(1))
    }
    #expect(topics == ["a", "b", "c"] && table.isEmpty)
  }
}
