import Delivery
import DetectionCore
import LinuxHost
import Testing

@testable import NomoriCommands

@Suite("The keys of watch")
struct WatchControlsTests {
  static func order(_ request: WatchControls.Request?) throws -> Order {
    guard case .order(let order) = request else { throw WatchedSites.Unreadable() }
    return order
  }

  @Test("What is acknowledged is the event that was seen when the key was pressed")
  func acknowledge() throws {
    var sites = WatchedSitesTests.sites()
    _ = try sites.take(WatchSamples.state("unacknowledged", stage: 2, event: 7))
    var controls = WatchControls(operatorName: "sato", language: .en)
    #expect(controls.press(.character("a"), sites.alarms) == nil)
    // It turns while the question stands.
    _ = try sites.take(WatchSamples.state("unacknowledged", stage: 3, event: 8))
    let order = try Self.order(controls.press(.enter, sites.alarms))
    #expect(order.kind == .acknowledge && order.site == "river-nagi")
    #expect(order.subject == "river.stage" && order.operatorName == "sato")
    #expect(order.event == "river-nagi-5f0c9a1e-1-7")
    #expect(controls.prompt == nil)
  }

  @Test(
    "A question that is denied does nothing", arguments: [Keyboard.Key.escape, .character("n")])
  func denied(_ key: Keyboard.Key) throws {
    let alarms = try WatchPageTests.scene().sites.alarms
    var controls = WatchControls(operatorName: "sato", language: .en)
    _ = controls.press(.character("a"), alarms)
    #expect(controls.prompt != nil)
    #expect(controls.press(key, alarms) == nil)
    #expect(controls.prompt == nil)
  }

  @Test("Shelving takes the minutes that are typed")
  func shelve() throws {
    let alarms = try WatchPageTests.scene().sites.alarms
    var controls = WatchControls(operatorName: "sato", language: .en)
    for key in Keyboard.keys(in: "s\u{7F}\u{7F}\u{7F}") { _ = controls.press(key, alarms) }
    #expect(controls.press(.enter, alarms) == nil)
    for key in Keyboard.keys(in: "12x0") { _ = controls.press(key, alarms) }
    let order = try Self.order(controls.press(.enter, alarms))
    #expect(order.kind == .shelve && order.minutes == 120 && order.event == nil)
  }

  @Test(
    "Without an operator no key gives a command, and it is said how", arguments: ["a", "s", "u"])
  func nobody(_ key: Character) throws {
    let alarms = try WatchPageTests.scene().sites.alarms
    var controls = WatchControls(operatorName: nil, language: .en)
    #expect(controls.press(.character(key), alarms) == nil)
    #expect(controls.prompt == nil)
    #expect(controls.notice?.contains("--operator") == true)
  }

  @Test("Without an alarm no key does anything")
  func nothing() {
    var controls = WatchControls(operatorName: "sato", language: .en)
    for key in Keyboard.keys(in: "asufjk\r\u{1B}[A\u{1B}[B") {
      #expect(controls.press(key, []) == nil)
    }
    #expect(controls.prompt == nil && controls.followed == nil)
  }

  @Test("An incident is followed until the key is pressed again; q quits")
  func follow() throws {
    let alarms = try WatchPageTests.scene().sites.alarms
    var controls = WatchControls(operatorName: nil, language: .en)
    _ = controls.press(.character("f"), alarms)
    #expect(controls.followed == "river-nagi-5f0c9a1e-1-1")
    _ = controls.press(.character("f"), alarms)
    #expect(controls.followed == nil)
    guard case .quit = controls.press(.character("q"), alarms) else {
      Issue.record("q does not quit")
      return
    }
  }

  @Test("What a terminal sends for keys is understood, and nothing else")
  func keys() {
    #expect(
      Keyboard.keys(in: "\u{1B}[A\u{1B}OB\u{1B}[1;5A\u{1B}[3~\u{1}a\r\u{8}あ\u{1B}")
        == [.up, .down, .up, .character("a"), .enter, .backspace, .character("あ"), .escape])
    #expect(Keyboard.keys(in: "") == [])
    #expect(Keyboard.keys(in: "\u{1B}[") == [])
  }

  @Test(
    "Since when history is asked for",
    arguments: [
      ("90min", 5_400), ("2h", 7_200), ("2 h", 7_200), ("1d", 86_400), ("30s", 30),
      ("2026-11-30T08:00:00Z", 1_800), ("2026-11-30T08:29:59.500Z", 0.5),
    ])
  func since(text: String, seconds: Double) throws {
    let time = try #require(WatchedMoment(text)).time(from: WatchSamples.now)
    #expect(
      WatchSamples.now.nanosecondsSince1970 - time.nanosecondsSince1970 == Int64(seconds * 1e9))
  }

  @Test(
    "What is no time is refused",
    arguments: ["", "h", "-2h", "2", "yesterday", "99999999999999999999h", "2026-11-30"])
  func noTime(_ text: String) { #expect(WatchedMoment(text) == nil) }
}
