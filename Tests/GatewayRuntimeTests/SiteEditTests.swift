import Delivery
import DetectionCore
import FieldLog
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import Recording

/// What an edit of the site file leaves behind: nothing.
@Suite struct SiteEditTests {
  private let start = RestartMoment(
    after: nil, newest: nil, sinceBoot: Instant(nanoseconds: 5),
    wallTime: WallTime(nanosecondsSince1970: 7, synchronized: true), boot: "boot")

  private func source(_ site: Site) -> FactSource {
    FactSource(
      site: site.description, session: SessionIdentity(epoch: "0a1b2c3d", number: 4), boot: "boot")
  }

  /// What the outbox keeps of the river whose alarms stand.
  private func stored(_ site: Site) -> [StoredState] {
    var snapshot = AlarmSnapshot()
    snapshot.condition = .unacknowledged
    snapshot.stage = 2
    let names = SubjectNames(site.description)
    let states = site.description.rules.indices.map { index in
      StateMessage(
        .rule(snapshot), of: UInt16(index), at: start.instant, start.wallTime
      ).encoded()
    }
    return zip(names.ids(of: SubjectNames.rule) ?? [], states).enumerated().flatMap {
      index, state in
      [
        StoredState(kind: SubjectNames.rule, id: state.0, value: state.1),
        StoredState(
          originOf: AlarmState(
            rule: index, id: state.0, snapshot: snapshot,
            since: source(site).time(start.instant, start.wallTime), lastEvent: "last",
            incident: "\(state.0) began")),
      ]
    } + [StoredState(AnnouncedSite(site.description))]
  }

  @Test func anAlarmThatIsRenamedEndsAndIsEmptied() throws {
    let before = try River.site()
    let rule = before.description.rules[1]
    let after = try River.site(changes: [
      ("  - id: \(rule.id)\n", "  - id: renamed\n"), ("rule: \(rule.id)", "rule: renamed"),
    ])
    try #require(after.description.rules[1].id == "renamed")
    let edit = SiteEdit(from: stored(before), for: source(after), at: start)
    let fact = try #require(edit.facts.first)
    #expect(edit.facts.count == 1)
    #expect(fact.precedence == .alarm && fact.id == "\(after.description.id)-0a1b2c3d-4-1")
    let format = NativeFormat(
      site: after.description, session: SessionIdentity(epoch: "0a1b2c3d", number: 4),
      version: "test")
    let messages = format.messages(
      of: fact, isDurable: true, at: SendingMoment(now: fact.time.wallTime(by: nil)))
    try #require(messages.count == 2)
    let event = String(decoding: messages[0].payload, as: UTF8.self)
    let incident = "\"incident\":\"\(rule.id) began\""
    #expect(event.contains("\"kind\":\"removed\",\(incident),\"alarm\":{\"id\":\"\(rule.id)\""))
    #expect(event.contains("\"state\":\"normal\""))
    #expect(messages[1].topic.hasSuffix("/alarm/\(rule.id)"))
    #expect(messages[1].isRetained && messages[1].payload.isEmpty)
    let forgotten = edit.states.filter(\.value.isEmpty).map { "\($0.kind) \($0.id)" }
    #expect(forgotten == ["rule \(rule.id)", "alarm \(rule.id)"])
    let announced = edit.states.last.flatMap(AnnouncedSite.init(stored:))
    #expect(announced == AnnouncedSite(after.description))
  }

  @Test func aPointThatIsGoneIsEmptiedWithoutAnEvent() throws {
    let site = try River.site()
    var before = site.description
    before.points.append(
      PointDescription(
        id: "old.point", name: before.name, unit: "m", datum: nil, decimals: 1,
        period: .seconds(1)))
    let edit = SiteEdit(
      from: [StoredState(AnnouncedSite(before))], for: source(site), at: start)
    let fact = try #require(edit.facts.first)
    #expect(edit.facts.count == 1 && fact.precedence == .system)
    let messages = NativeFormat(
      site: site.description, session: SessionIdentity(epoch: "0a1b2c3d", number: 4),
      version: "test"
    ).messages(of: fact, isDurable: true, at: SendingMoment(now: fact.time.wallTime(by: nil)))
    #expect(messages.map(\.topic) == ["nomori/v1/\(before.id)/point/old.point"])
  }

  @Test func whatStayedIsNotTold() throws {
    let site = try River.site()
    let edit = SiteEdit(from: stored(site), for: source(site), at: start)
    #expect(edit.facts.isEmpty && edit.states.isEmpty)
    #expect(SiteEdit(from: [], for: source(site), at: start).facts.isEmpty)
  }
}
