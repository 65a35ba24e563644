import Delivery
import DetectionCore
import Foundation
import Testing

@testable import GatewayStatus

/// What a view reads, and its form as JSON.
@Suite struct SiteStatusTests {
  /// A status in which every part stands once.
  private static var whole: SiteStatus {
    let device = SiteStatus.Device(
      id: "probe", isLost: true, ignoresIdentity: true, nextProbeSeconds: 3.5,
      lastFault: "exception 2", responseMs: .init(p50: 1, p95: 2, p99: 3),
      recent: .init(requests: 4, timeouts: 1), total: .init(requests: 9, busySeconds: 1.25))
    let bus = SiteStatus.Bus(
      id: "field", port: "/dev/nomori/field", isOpen: true, lastFault: "timeout",
      responseMs: .init(p50: 1, p95: 2, p99: 3),
      recent: .init(answers: 3), total: .init(portFaults: 1, openings: 2), devices: [device])
    var status = SiteStatus(
      site: "river", version: "1.2.3", session: 4, time: "2026-04-18T09:00:00.000Z",
      uptimeSeconds: 60, windowSeconds: 30, buses: [bus],
      points: [
        .init(id: "level", value: 1.5, unit: "m", flag: .suspect, ageSeconds: 2, periodSeconds: 60),
        .init(id: "rain", unit: "mm", periodSeconds: 1),
      ],
      alarms: [.init(id: "flood", stage: 2)],
      outputs: [.init(id: "lamp", isOn: true, state: .faulty)],
      recentEvents: [
        .init(
          id: "river-4-1", kind: .stageRaised, time: "2026-04-18T08:59:00.000Z",
          text: LocalizedText(english: "up", japanese: "上昇"))
      ],
      destinations: [
        .init(
          id: "local", isConnected: false, broker: "127.0.0.1:1883", mqttVersion: "3.1.1",
          waitingEvents: 7, refusedEvents: 1,
          newestRefused: [
            .init(id: "river-4-2", reason: "too large", since: "2026-04-18T08:59:30.000Z")
          ], droppedEvents: 3,
          problem: GatewayProblem("brokerUnreachable", detail: "no route", "not reached: no route"))
      ],
      readingCount: 5, eventCount: 2, committedCount: 1, longestDecisionMs: 0.5,
      problems: ["bus field": GatewayProblem("timeout", "no answer")])
    status.recording.path = "/var/lib/nomori/river.mcap"
    status.recording.bytes = 4_096
    status.lost.records = 3
    return status
  }

  @Test func aStatusComesBackFromItsText() throws {
    let text = try JSONEncoder().encode(Self.whole)
    #expect(try JSONDecoder().decode(SiteStatus.self, from: text) == Self.whole)
    let object = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    #expect(object["format"] as? String == SiteStatus.formatName)
    let points = try #require(object["points"] as? [[String: Any]])
    #expect(points.map { $0["flag"] as? Int } == [3, nil])
    let events = try #require(object["recentEvents"] as? [[String: Any]])
    #expect(events[0]["kind"] as? String == "raised")
    #expect(events[0]["text"] as? [String: String] == ["en": "up", "ja": "上昇"])
  }

  @Test func aKindOfEventIsKnownByItsName() throws {
    let kinds = (UInt8.min...UInt8.max).compactMap { DetectionEvent.Kind(rawValue: $0) }
    #expect(kinds.count > 20)
    let text = try JSONEncoder().encode(kinds)
    #expect(try JSONDecoder().decode([DetectionEvent.Kind].self, from: text) == kinds)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([DetectionEvent.Kind].self, from: Data("[\"none\"]".utf8))
    }
  }

  @Test func aWindowCountsOnlyWhatHappenedInIt() {
    let earlier = SiteStatus.Counts(requests: 100, answers: 90, timeouts: 10, busySeconds: 5)
    let later = SiteStatus.Counts(requests: 150, answers: 139, timeouts: 11, busySeconds: 7.5)
    #expect(
      later.since(earlier)
        == SiteStatus.Counts(requests: 50, answers: 49, timeouts: 1, busySeconds: 2.5))
  }
}
