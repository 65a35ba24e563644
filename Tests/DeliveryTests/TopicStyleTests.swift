import Delivery
import Testing

@Suite("Topic style")
struct TopicStyleTests {
  @Test("Ids are written as the destination wants them; root and levels stay")
  func styles() {
    var plan = DestinationPlan(id: "d", host: "h", port: 1, topicRoot: "a.b/v1")
    let expected: [IDSeparator: String] = [
      .dot: "a.b/v1/my.site/point/river.level.max", .slash: "a.b/v1/my-site/point/river/level/max",
      .dash: "a.b/v1/my-site/point/river-level-max",
    ]
    for separator in IDSeparator.allCases {
      plan.idSeparator = separator
      #expect(plan.topics(of: "my.site").point("river.level.max") == expected[separator])
    }
    #expect(IDSeparator.slash.styled("my.site") == "my-site")
  }

  private static func end(_ suspicion: inout DotSuspicion, after topics: [String]) -> String? {
    for (place, topic) in topics.enumerated() {
      suspicion.published(
        topic, quality: .atLeastOnce, packet: PacketNumber(rawValue: Int32(place)))
    }
    return suspicion.ended()
  }

  @Test("Three connections that end with a dot on its way make it the probable reason")
  func suspicion() {
    var suspicion = DotSuspicion()
    #expect(Self.end(&suspicion, after: ["status", "alarm/a.b"]) == nil)
    #expect(Self.end(&suspicion, after: ["status"]) == nil)
    #expect(Self.end(&suspicion, after: ["status", "alarm/a.b"]) == nil)
    #expect(Self.end(&suspicion, after: ["status", "alarm/a.b", "x"]) == "alarm/a.b")
    #expect(Self.end(&suspicion, after: []) == nil)
    #expect(Self.end(&suspicion, after: ["c.d"]) == "c.d")
  }

  @Test("A broker that acknowledged a dot, or anything after one, is never suspected")
  func cleared() {
    for answered in [1, 2] as [Int32] {
      var suspicion = DotSuspicion()
      for _ in 0..<9 {
        suspicion.published("s", quality: .atLeastOnce, packet: PacketNumber(rawValue: 0))
        suspicion.published("a.b", quality: .atLeastOnce, packet: PacketNumber(rawValue: 1))
        suspicion.published("c", quality: .atLeastOnce, packet: PacketNumber(rawValue: 2))
        suspicion.answered(PacketNumber(rawValue: answered))
        #expect(suspicion.ended() == nil)
      }
    }
    var innocent = DotSuspicion()
    for _ in 0..<9 {
      innocent.published("s", quality: .atLeastOnce, packet: PacketNumber(rawValue: 0))
      innocent.answered(PacketNumber(rawValue: 0))
      #expect(innocent.ended() == nil)
    }
  }
}
