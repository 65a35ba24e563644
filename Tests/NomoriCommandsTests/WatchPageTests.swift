import Delivery
import DetectionCore
import Foundation
import LinuxHost
import Testing

@testable import NomoriCommands

/// The page of `watch` as committed text. `NOMORI_WRITE_CAPTURES=1` writes the captures anew, to be read.
@Suite("The page of watch")
struct WatchPageTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Captures")
  static let pond = (id: "pond.warm", en: "Pond temperature", ja: "養魚池の水温")
  static let fence = (id: "fence.boar", en: "Boar at the electric fence", ja: "電気柵のイノシシ")

  /// Three alarms of two sites, one shelved, a sensor without values and a box that is cut off.
  static func scene() throws -> (sites: WatchedSites, events: [WatchedSites.News]) {
    var sites = WatchedSitesTests.sites()
    let farm = WatchSamples.farm
    let messages = [
      try WatchSamples.status("online"),
      try WatchSamples.status("offline", reason: "lost", site: farm),
      try WatchSamples.event(
        1, "raised", stage: 3, from: 2, incident: 1,
        sentence: (
          "River level 3.95 m reached stage Evacuation decision level (3.90 m)",
          "那岐川の水位 3.95 m 「避難判断水位」（3.90 m）に到達しました"
        ),
        instruction: ("Close the underpass.", "地下道を閉鎖してください。")),
      try WatchSamples.state("unacknowledged", stage: 3),
      try WatchSamples.event(
        2, "raised", site: farm, alarm: fence, stage: 1, incident: 2,
        sentence: ("Boar at the electric fence: now Flood watch", "電気柵のイノシシ：「水防団待機水位」になりました")),
      try WatchSamples.event(
        3, "acknowledged", site: farm, alarm: fence, stage: 1, from: 1, incident: 2,
        command: (name: "sato", comment: "on my way"),
        time: "2026-11-30T08:25:00.000Z",
        sentence: ("Boar at the electric fence: alarm acknowledged", "電気柵のイノシシ：警報を確認しました")),
      try WatchSamples.state(
        "acknowledged", site: farm, alarm: fence, stage: 1, event: 3, incident: 2),
      try WatchSamples.event(
        4, "shelved", site: farm, alarm: pond, stage: 2, seconds: 2_280,
        command: (name: "ito", comment: ""),
        sentence: ("Pond temperature: alarm shelved for 38 min", "養魚池の水温：警報を 38 分間保留します")),
      try WatchSamples.state(
        "unacknowledged", site: farm, alarm: pond, stage: 2, shelved: true, event: 4,
        incident: 4),
      try WatchSamples.event(
        5, "sensorFault", alarm: nil, time: "2026-11-30T08:28:00.000Z",
        sentence: (
          "River level: the sensor gives no usable values", "那岐川の水位：センサーから有効な値が得られません"
        )),
    ]
    var events: [WatchedSites.News] = []
    for message in messages {
      let news = try sites.take(message)
      if case .event? = news, let news { events.append(news) }
    }
    return (sites, events)
  }

  static func page(
    _ columns: Int, _ rows: Int, _ controls: WatchControls, link: WatchPage.Link = .connected,
    sites: WatchedSites? = nil, isColoured: Bool = false
  ) throws -> [String] {
    let scene = try Self.scene()
    return WatchPage(
      sites: sites ?? scene.sites, events: sites == nil ? scene.events : [], controls: controls,
      address: "broker.town.example:8883", link: link, searched: "nomori/v1/+/#",
      now: WatchSamples.now,
      style: TerminalStyle(isColoured: isColoured), columns: columns, rows: rows
    ).lines
  }

  static func expect(_ lines: [String], asIn name: String) throws {
    let file = folder.appending(path: name + ".txt")
    let text =
      lines.map { String($0.reversed().drop { $0 == " " }.reversed()) }
      .joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["NOMORI_WRITE_CAPTURES"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  @Test(
    "It looks as it was looked at", arguments: [(40, 20), (80, 24), (160, 50)], Language.allCases)
  func captures(size: (columns: Int, rows: Int), language: Language) throws {
    let controls = WatchControls(operatorName: "sato", language: language)
    try Self.expect(
      try Self.page(size.columns, size.rows, controls),
      asIn: "watch-\(size.columns)x\(size.rows)-\(language.rawValue)")
  }

  @Test("A broker that is away, a question and the keys", arguments: Language.allCases)
  func others(language: Language) throws {
    var controls = WatchControls(operatorName: "sato", language: language)
    let trouble =
      language.pick(
        "broker.town.example:8883: broker not reachable: Connection refused; trying again every 3 s, 4 so far",
        "broker.town.example:8883: ブローカーに届きません（Connection refused）。3 秒ごとに再試行（4 回目）")
    try Self.expect(
      try Self.page(40, 20, controls, link: .failed(trouble)),
      asIn: "watch-away-\(language.rawValue)")
    let alarms = try Self.scene().sites.alarms
    _ = controls.press(.character("a"), alarms)
    try Self.expect(
      try Self.page(40, 20, controls), asIn: "watch-question-\(language.rawValue)")
    _ = controls.press(.escape, alarms)
    _ = controls.press(.character("?"), alarms)
    try Self.expect(try Self.page(80, 24, controls), asIn: "watch-keys-\(language.rawValue)")
  }

  @Test("Every size is filled and no line juts out", arguments: Language.allCases)
  func sizes(language: Language) throws {
    for columns in [40, 57, 80, 120, 200] {
      for rows in [20, 24, 33, 60] {
        let lines = try Self.page(
          columns, rows, WatchControls(operatorName: nil, language: language))
        #expect(lines.count == rows)
        for line in lines { #expect(TerminalText.width(line) <= columns, "\(line)") }
        // The stage, the state and the keys are what the page is for.
        let text = lines.joined().filter { !$0.isWhitespace }
        let words = language.pick(
          "Evacuationdecisionlevel[unacknowledged]", "避難判断水位［未確認］")
        #expect(text.contains(words), "\(columns)x\(rows)")
        #expect(lines.joined().contains(language.pick("quit", "終了")))
      }
    }
  }

  @Test("The chosen alarm is in sight however many stand, and the others are counted")
  func many() throws {
    var sites = WatchedSitesTests.sites()
    for index in 10..<40 {
      _ = try sites.take(
        WatchSamples.state(
          "unacknowledged", alarm: ("a\(index)", "Alarm \(index)", "警報 \(index)"), stage: 1,
          event: index, incident: index))
    }
    var controls = WatchControls(operatorName: nil, language: .en)
    for step in 0..<32 {
      let lines = try Self.page(80, 24, controls, sites: sites)
      let chosen = min(10 + step, 39)
      #expect(lines.contains { $0.hasPrefix("> ") && $0.contains("Alarm \(chosen) ") })
      let shown = lines.count { $0.contains("Flood watch [") }
      #expect(lines.contains { $0.hasPrefix("… \(30 - shown) more") })
      #expect(lines.contains("Events"))
      _ = controls.press(.down, sites.alarms)
    }
  }

  @Test("That no alarm stands is said only where it is known")
  func allClear() throws {
    let controls = WatchControls(operatorName: nil, language: .en)
    func says(_ words: String, _ sites: WatchedSites, _ link: WatchPage.Link) throws -> Bool {
      try Self.page(100, 24, controls, link: link, sites: sites).contains(words)
    }
    var sites = WatchedSitesTests.sites()
    #expect(try !says("No alarm stands", sites, .connected))
    #expect(
      try says(
        "no box is known below nomori/v1/+/#: check --root and --site, and what the login may read",
        sites, .connected))
    _ = try sites.take(WatchSamples.status("online"))
    #expect(try says("No alarm stands", sites, .connected))
    #expect(try !says("No alarm stands", sites, .connecting))
    #expect(try says("Whether alarms stand is not known", sites, .failed("gone")))
  }

  @Test("Colours change no character")
  func colours() throws {
    let controls = WatchControls(operatorName: nil, language: .ja)
    let plain = try Self.page(80, 24, controls)
    let coloured = try Self.page(80, 24, controls, isColoured: true)
    #expect(coloured != plain)
    #expect(coloured.map { $0.replacing(/\u{1B}\[[0-9;]*m/, with: "") } == plain)
  }
}
