import Delivery
import DetectionCore
import Testing

@testable import NomoriCommands

@Suite("What watch knows of the sites")
struct WatchedSitesTests {
  static let pond = (id: "pond.warm", en: "Pond temperature", ja: "池の水温")

  static func sites(_ filter: WatchFilter = WatchFilter()) -> WatchedSites {
    WatchedSites(filter: filter, machine: WatchSamples.jst)
  }

  static func text(_ sites: WatchedSites, _ language: Language = .ja) -> WatchText {
    WatchText(sites: sites, language: language, now: WatchSamples.now)
  }

  @Test("Alarms stand worst first; what is silenced comes last, what is normal not at all")
  func order() throws {
    var sites = Self.sites()
    for (index, (state, stage, shelved)) in [
      ("acknowledged", 3, false), ("unacknowledged", 1, false), ("unacknowledged", 3, true),
      ("normal", 0, false), ("unacknowledged", 3, false), ("normal", 0, true),
    ].enumerated() {
      _ = try sites.take(
        WatchSamples.state(
          state, alarm: ("a\(index)", "a\(index)", "a\(index)"), stage: stage, shelved: shelved))
    }
    #expect(sites.alarms.map(\.key.id) == ["a4", "a0", "a1", "a2", "a5"])
  }

  @Test("Of two that are equally urgent the newer one comes first")
  func newest() throws {
    var sites = Self.sites()
    _ = try sites.take(WatchSamples.state("unacknowledged", alarm: ("a", "", ""), stage: 2))
    _ = try sites.take(
      WatchSamples.state(
        "unacknowledged", alarm: ("b", "", ""), stage: 2, since: "2026-11-30T08:25:00.000Z"))
    #expect(sites.alarms.map(\.key.id) == ["b", "a"])
  }

  @Test("An alarm that is removed, or that the broker no longer has after a break, is gone")
  func gone() throws {
    var sites = Self.sites()
    let state = try WatchSamples.state("unacknowledged", stage: 2)
    _ = try sites.take(state)
    #expect(sites.alarms.count == 1)
    _ = try sites.take(ReceivedMessage(topic: state.topic, payload: [], isRetained: false))
    #expect(sites.alarms.isEmpty)
    _ = try sites.take(state)
    sites.connected()
    #expect(sites.alarms.isEmpty)
  }

  @Test("An event that comes again is told once")
  func repeats() throws {
    var sites = Self.sites()
    let event = try WatchSamples.event(1, "raised", stage: 1, incident: 1)
    #expect(try sites.take(event) != nil)
    #expect(try sites.take(event) == nil)
  }

  @Test("Who shelved an alarm, for how long and why stands with it, until it is taken up again")
  func shelved() throws {
    var sites = Self.sites()
    _ = try sites.take(
      WatchSamples.event(
        2, "shelved", stage: 3, incident: 1, seconds: 2_280,
        command: (name: "sato", comment: "点検")))
    _ = try sites.take(WatchSamples.state("unacknowledged", stage: 3, shelved: true))
    let summary = try #require(sites.alarms.first.map { Self.text(sites).summary($0) })
    #expect(
      summary
        == "避難判断水位［一時停止中 あと28分・sato「点検」、未確認］ 那岐川の水位 17:20 から #1-1")
    #expect(
      sites.alarms.first.map { Self.text(sites, .en).summary($0) }
        == "Evacuation decision level [shelved, 28 min left, by sato: \"点検\"; unacknowledged]"
        + " River level since 17:20 #1-1")
    _ = try sites.take(WatchSamples.event(3, "unshelved", stage: 3, incident: 1))
    _ = try sites.take(WatchSamples.state("unacknowledged", stage: 3))
    #expect(sites.alarms.first?.told.silencedBy == nil)
  }

  @Test("Without its event nothing is said of who shelved it; the time that is over is not shown")
  func unknown() throws {
    var sites = Self.sites()
    _ = try sites.take(WatchSamples.state("normal", stage: 0, shelved: true, incident: nil))
    #expect(
      sites.alarms.first.map { Self.text(sites).summary($0) }
        == "平常［一時停止中］ 那岐川の水位 17:20 から")
    _ = try sites.take(WatchSamples.event(2, "shelved", seconds: 60))
    #expect(
      sites.alarms.first.map { Self.text(sites).summary($0) }?.hasPrefix("平常［一時停止中］") == true)
  }

  @Test("No more is left of a shelving than it was given, whatever the box's clock says")
  func shelvingLeft() {
    let now = WatchSamples.now
    func left(_ secondsAgo: Int64) -> Int? {
      let start = WallTime(
        nanosecondsSince1970: now.nanosecondsSince1970 - secondsAgo * 1_000_000_000,
        synchronized: true)
      return WatchedSites.Shelving(start: start, seconds: 600).minutesLeft(at: now)
    }
    #expect(left(0) == 10 && left(1) == 10 && left(60) == 9 && left(599) == 1)
    #expect(left(600) == nil && left(1_000_000) == nil && left(-86_400) == 10)
  }

  @Test("Who acknowledged an alarm stands with it, until it becomes worse")
  func acknowledged() throws {
    var sites = Self.sites()
    _ = try sites.take(
      WatchSamples.event(
        2, "acknowledged", stage: 2, from: 2, incident: 1, command: (name: "sato", comment: "")))
    _ = try sites.take(WatchSamples.state("acknowledged", stage: 2))
    let summary = sites.alarms.first.map { Self.text(sites).summary($0) }
    #expect(summary?.hasPrefix("氾濫注意水位［確認済み・sato］") == true)
    _ = try sites.take(WatchSamples.event(3, "cleared", stage: 1, from: 2, incident: 1))
    #expect(sites.alarms.first?.told.acknowledgedBy != nil)
    _ = try sites.take(WatchSamples.event(4, "raised", stage: 2, from: 1, incident: 1))
    #expect(sites.alarms.first?.told.acknowledgedBy == nil)
  }

  @Test("A wish leaves out what it does not name; the end of a stage counts like its beginning")
  func filters() throws {
    let worse = try WatchSamples.event(1, "raised", stage: 2, from: 1, incident: 1)
    let end = try WatchSamples.event(2, "cleared", stage: 0, from: 2, incident: 1)
    let other = try WatchSamples.event(
      3, "raised", site: WatchSamples.farm, alarm: Self.pond, stage: 1, incident: 3)
    let output = try WatchSamples.event(4, "outputOn", alarm: nil)
    func taken(_ filter: WatchFilter) throws -> [Bool] {
      var sites = Self.sites(filter)
      return try [worse, end, other, output].map { try sites.take($0) != nil }
    }
    #expect(try taken(WatchFilter()) == [true, true, true, true])
    #expect(try taken(WatchFilter(alarm: "pond.warm")) == [false, false, true, false])
    #expect(try taken(WatchFilter(point: "no.such")) == [false, false, false, false])
    #expect(try taken(WatchFilter(kinds: ["cleared", "outputOn"])) == [false, true, false, true])
    #expect(try taken(WatchFilter(level: 2)) == [true, true, false, false])
    #expect(try taken(WatchFilter(incident: "1-1")) == [true, true, false, false])
    #expect(
      try taken(WatchFilter(incident: "wildlife-hinata-5f0c9a1e-1-3"))
        == [false, false, true, false])
    // The end of an id is whole numbers.
    #expect(try taken(WatchFilter(incident: "1")) == [true, true, false, false])
  }

  @Test("The point of an alarm is known once an event has named it")
  func point() throws {
    var sites = Self.sites(WatchFilter(point: "river.level"))
    _ = try sites.take(WatchSamples.state("unacknowledged", stage: 2))
    #expect(sites.alarms.isEmpty)
    _ = try sites.take(WatchSamples.event(1, "raised", stage: 2, incident: 1))
    #expect(sites.alarms.count == 1)
  }

  @Test("Times are those of the site's clock with its name; before it is known, of this machine's")
  func clocks() throws {
    var sites = Self.sites()
    #expect(
      Self.text(sites).stamp("2026-11-30T08:20:00.000Z", of: "far") == "2026-11-30 17:20:00 JST")
    _ = try sites.take(
      WatchSamples.event(
        1, "raised", site: ("far", "far", "far"), stage: 1, local: "2026-11-30T04:50:00-03:30"))
    let text = Self.text(sites)
    #expect(text.stamp("2026-11-30T08:20:00.000Z", of: "far") == "2026-11-30 04:50:00 UTC-03:30")
    let time = try #require(WallTime(payload: "2026-11-29T23:20:00.000Z"))
    // Where all sites have one zone in common, it goes without saying.
    #expect(text.moment(time, of: "far") == "11-29 19:50")
    #expect(text.moment(time, of: "near") == "08:20 JST")
    #expect(text.stamp("yesterday", of: "far") == "yesterday")
  }

  @Test("An alarm rings once, one that becomes worse twice, an end and what is silenced never")
  func sounds() throws {
    func sound(_ event: ReceivedMessage) throws -> AlarmSound? {
      var sites = Self.sites()
      return AlarmSound(try #require(try sites.take(event)))
    }
    #expect(try sound(WatchSamples.event(1, "raised", stage: 1)) == .new)
    #expect(try sound(WatchSamples.event(1, "raised", stage: 2, from: 1)) == .worse)
    #expect(try sound(WatchSamples.event(1, "raised", stage: 2, silenced: true)) == nil)
    #expect(try sound(WatchSamples.event(1, "cleared", stage: 1, from: 2)) == nil)
  }

  @Test("Nothing that a box sends steers the terminal")
  func harmless() throws {
    var sites = Self.sites()
    let evil = "\u{1B}[2J\u{9B}1m\u{202E}\u{7}"
    let name = (id: evil, en: evil, ja: evil)
    let news = try sites.take(
      WatchSamples.event(
        1, "shelved", site: name, alarm: name, seconds: 60,
        command: (name: evil, comment: evil), sentence: (evil, evil), instruction: (evil, evil)))
    _ = try sites.take(WatchSamples.state("evil\(evil)", site: name, alarm: name, stage: 1))
    _ = try sites.take(WatchSamples.status("offline", site: name))
    _ = try sites.take(WatchSamples.event(2, "sensorFault", site: name, alarm: nil))
    guard case .event(let event) = news else { throw WatchedSites.Unreadable() }
    for language in Language.allCases {
      let text = Self.text(sites, language)
      let lines =
        [text.sentence(event), text.site(evil), text.stamp(evil, of: evil)]
        + sites.alarms.map { text.summary($0, site: text.site(evil)) }
        + sites.boxes.values.map(text.words)
        + sites.sensorFaults.map { text.words($0.value, at: $0.key.site) }
      #expect(lines.count == 6)
      for line in lines { #expect(!line.unicodeScalars.contains(where: TerminalText.isControl)) }
    }
    let json = "{\"a\":\n\"\u{9B}\u{7F}é\"}"
    #expect(TerminalText.harmlessJSON([UInt8](json.utf8)) == "{\"a\": \"\\u009B\\u007Fé\"}")
  }

  @Test(
    "A message that no box sends is refused, whatever it is",
    arguments: [
      "", "{", "[]", "{\"schema\":\"nomori/event/4\"}", "{\"schema\":\"other/1\"}", "\u{0}",
    ])
  func unreadable(_ payload: String) throws {
    var sites = Self.sites()
    let message = ReceivedMessage(
      topic: "nomori/v1/a/event", payload: [UInt8](payload.utf8), isRetained: false)
    guard !payload.isEmpty else {
      #expect(try sites.take(message) == nil)
      return
    }
    #expect(throws: WatchedSites.Unreadable.self) { try sites.take(message) }
  }
}
