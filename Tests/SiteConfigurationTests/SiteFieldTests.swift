import Delivery
import DetectionCore
import Testing

@testable import SiteConfiguration

/// Time zones, incidents and deterrents of site files.
@Suite struct SiteFieldTests {
  @Test(arguments: [
    ("Z", 0), ("+09:00", 32_400), ("-03:30", -12_600), ("JST-9", 32_400), ("<+0545>-5:45", 20_700),
    ("EST5", -18_000),
  ]) func offsetsWithoutSummer(text: String, seconds: Int32) {
    #expect(TimeZoneText(text).rule == TimeZoneRule(offsetSeconds: seconds))
  }

  @Test func summerTime() {
    let rule = TimeZoneText("NZST-12NZDT,M9.5.0,M4.1.0/3").rule
    #expect(
      rule
        == TimeZoneRule(
          offsetSeconds: 43_200,
          summer: TimeZoneRule.Summer(
            offsetSeconds: 46_800,
            start: YearlyMoment(month: 9, week: 5, dayOfWeek: 6, secondOfDay: 7_200),
            end: YearlyMoment(month: 4, week: 1, dayOfWeek: 6, secondOfDay: 10_800))))
  }

  @Test(arguments: [
    "", "9", "+9", "+09:60", "Asia/Tokyo", "JST", "JS-9", "CET-1CEST", "CET-1CEST,M3.5.0",
    "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<-9",
    "CET-99999999999", "CET-1CEST,J60,J300",
  ]) func otherTextsAreNoZone(text: String) {
    #expect(TimeZoneText(text).rule == nil)
  }

  @Test func theFarm() throws {
    let text = try #require(SiteFixtures.read("deploy/sites/wildlife.yaml"))
    let site = try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile
    ).site
    let plan = site.detection
    #expect(plan.site.zone.offsetSeconds == 32_400 && plan.site.signOfLife == .seconds(43_200))
    let index = try #require(site.description.rules.firstIndex { $0.id == "boars.incident" })
    let rule = plan.rules[index]
    #expect(rule.incident?.memberCount == 3 && rule.incident?.sensors == 2)
    #expect(rule.activePeriod == ActivePeriod(fromMinute: 17 * 60, toMinute: 7 * 60))
    #expect(plan.deterrents.count == 1 && site.description.deterrents.map(\.id) == ["boar-scare"])
    #expect(plan.deterrents[0].outputCount == 2 && plan.deterrents[0].rule == UInt16(index))
    #expect(plan.outputs.map(\.deterrent) == [nil, 0, 0])
    let trap = try #require(site.description.rules.firstIndex { $0.id == "trap.shut" })
    #expect(plan.rules[trap].alarm.acknowledgement == .byPerson)
    #expect(site.description.rules[trap].priority == .high)
    try plan.check()
  }

  @Test(arguments: [
    (
      "    outputs: [siren, flash]", "    outputs: [siren, house-lamp]",
      "deterrents[0].outputs[1]: house-lamp — expected an output without follows that no other "
        + "deterrent has"
    ),
    (
      "    length: [5 s, 20 s]", "    length: [20 s, 5 s]",
      "deterrents[0].length[1]: 5 s — expected"
    ),
    (
      "    length: [5 s, 20 s]", "    length: [5 s, 40 s]",
      "expected an output whose maximumOnTime is at least the longest length, 40 s"
    ),
    (
      "    quietHours: {hours: [\"05:00\", \"22:00\"]}",
      "    quietHours: {hours: [\"5:00\", \"22:00\"]}",
      "expected a time of day in quotes, from \"00:00\" to \"23:59\""
    ),
    (
      "  timeZone: \"+09:00\"", "  timeZone: Asia/Tokyo",
      "site.timeZone: Asia/Tokyo — expected an offset such as \"+09:00\""
    ),
    (
      "      sensors: 2", "      sensors: 4", "rules[1].incident.sensors: 4 — expected"
    ),
    (
      "    fromStage: boars", "    fromStage: bears", "deterrents[0].fromStage: bears — expected"
    ),
  ]) func mistakes(line: String, wrong: String, message: String) throws {
    let farm = try #require(SiteFixtures.read("deploy/sites/wildlife.yaml"))
    let found = SiteFixtures.messages(try #require(farm.with(line, wrong)))
    #expect(found.contains { $0.contains(message) }, "\(found)")
  }

  @Test func aRuleNamesThePaceOfAPoint() throws {
    let line = "    point: river.level\n    direction: rising\n    stages:\n      - id: started"
    let sampling = "    sampling: {point: probe.pressure, normal: 10 min, started: 2 min}\n"
    let text = try #require(SiteFixtures.river.with(line, sampling + line))
    let site = try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile
    ).site
    let plan = try #require(site.samplings.first)
    #expect(plan.rule == 0 && plan.point.rawValue == 0)
    #expect(plan.period(atStage: 0) == .seconds(600) && plan.period(atStage: 1) == .seconds(120))
    let derived = try #require(
      SiteFixtures.river.with(line, "    sampling: {point: river.level, normal: 10 min}\n" + line))
    #expect(SiteFixtures.messages(derived).count == 1)
    let unknown = try #require(
      SiteFixtures.river.with(
        line, sampling.replacing("started", with: "startet") + line))
    #expect(SiteFixtures.messages(unknown).first?.contains("started") == true)
  }
}
