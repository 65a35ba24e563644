@testable import Alerting
import Delivery
import DetectionCore
import Testing

/// Events as a box would send them.
struct Box {
  var site = "wildlife-hinata"
  var mode = SiteMode.actual
  private var sequence = 0

  init(_ site: String = "wildlife-hinata", mode: SiteMode = .actual) {
    self.site = site
    self.mode = mode
  }

  mutating func event(
    _ kind: String, alarm: String = "boars", level: Int, priority: AlarmPriority = .medium,
    marks: ReceivedEvent.Marks = ReceivedEvent.Marks(), by name: String? = nil
  ) -> ReceivedEvent {
    sequence += 1
    return ReceivedEvent(
      id: "\(site)-5f0c9a1e-1-\(sequence)", site: site, mode: mode, kind: kind,
      alarm: ReceivedEvent.Named(id: alarm, name: text("Boars", "イノシシ")), priority: priority,
      state: "unacknowledged", marks: marks,
      stage: ReceivedEvent.Stage(level: level, name: text("Stage \(level)", "段階\(level)")),
      command: name.map { ReceivedEvent.Command(operator: $0) }, time: "2026-11-30T12:00:00.000Z",
      text: text("Boars came", "イノシシが来ました"))
  }

  /// The alarm as the broker keeps it after the event numbered `last`.
  func state(alarm: String = "boars", level: Int, last: Int) -> ReceivedAlarm {
    ReceivedAlarm(
      site: site, mode: mode,
      alarm: ReceivedEvent.Named(id: alarm, name: text("Boars", "イノシシ")),
      state: level > 0 ? "unacknowledged" : "normal",
      silence: ReceivedAlarm.Silence(shelved: false, suppressed: false, outOfService: false),
      stage: ReceivedEvent.Stage(level: level, name: text("Stage \(level)", "段階\(level)")),
      since: "2026-11-30T12:00:00.000Z", synchronized: true,
      lastEvent: "\(site)-5f0c9a1e-1-\(last)")
  }

  func status(isOnline: Bool) -> ReceivedStatus {
    ReceivedStatus(
      site: site, name: text("Orchard", "果樹園"), mode: mode,
      state: isOnline ? "online" : "offline", reason: isOnline ? nil : "lost")
  }
}

func text(_ english: String, _ japanese: String) -> LocalizedText {
  LocalizedText(english: english, japanese: japanese)
}

/// 2026-11-30T12:00:00Z, and `minutes` later.
func at(_ minutes: Double) -> Instant {
  Instant(nanoseconds: 1_796_040_000_000_000_000 + Int64(minutes * 60e9))
}

func person(_ id: String, _ language: MessageLanguage = .english) throws -> Recipient {
  let address = try #require(MailAddress("\(id)@example.jp"))
  return Recipient(id: id, language: language, channel: .mail(address))
}

/// A plan with the people a, b, c and d.
func plan(_ routes: [Route], mode: SiteMode = .actual, zone: LocalZone = .utc) throws
  -> AlertingPlan
{
  AlertingPlan(
    id: "town", name: text("Town office", "町役場"), mode: mode, zone: zone,
    recipients: try ["a", "b", "c", "d"].map { try person($0) } + [person("j", .japanese)],
    routes: routes)
}

extension AlertingDecision {
  /// Who is told why, such as `raised a`; what travels together as `raised+over a`.
  var told: [String] {
    notifications.map { notification in
      notification.entries.map(\.reason.rawValue).joined(separator: "+") + " "
        + notification.recipient
    }
  }
}
