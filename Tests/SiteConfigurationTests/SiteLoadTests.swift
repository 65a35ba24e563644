import Delivery
import DetectionCore
import Polling
import SiteConfiguration
import Testing

/// What is said of buses that cannot read their points in time, and which points go first.
@Suite struct SiteLoadTests {
  static func load(_ text: String) throws -> Site {
    try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile
    ).site
  }

  /// Two registers that one read each fetches, the first so often.
  static func distances(period: String, sampling: String = "") -> String {
    """
    site: {id: s, name: {en: Site, ja: サイト}, mode: test}
    buses:
      - id: other
        tcp: {host: box}
        devices: [{id: far, profile: dfrobot/sen0492, unit: 1}]
      - id: field
        serial: {port: /dev/field, baud: 9600, parity: none, stopBits: 1}
        devices:
          - {id: near, profile: dfrobot/sen0492, unit: 1}
    points:
      - id: p
        name: {en: Distance, ja: 距離}
        unit: m
        decimals: 3
        source: {device: near, quantity: distance}
        period: \(period)
        quality: {grossRange: {fail: [-1, 8]}}
      - id: t
        name: {en: Alarm distance, ja: 警報距離}
        unit: m
        decimals: 3
        source: {device: near, quantity: alarm-distance}
        period: 1 min
      - id: l
        name: {en: Level, ja: 水位}
        unit: m
        decimals: 2
        source: {levelFromDistance: {point: p, mountHeight: 5 m}}
    rules:
      - id: r
        name: {en: Rule, ja: ルール}
        point: l
        direction: rising
        \(sampling)
        stages:
          - id: high
            name: {en: High, ja: 高}
            limit: 1
            deadband: 0.1
            onDelay: 0 s
            offDelay: 0 s
    """
  }

  /// Everything but warnings about factory settings.
  static func errors(_ text: String, language: MessageLanguage = .english) -> [String] {
    SiteFixtures.diagnostics(text).filter { $0.severity == .error }
      .map { $0.rendered(in: language) }
  }

  @Test func aPeriodThatTheBusCannotKeepIsRefusedWithWhatWouldFit() {
    let messages = Self.errors(Self.distances(period: "30 ms"))
    #expect(
      messages == [
        "s.yaml:6:5: buses[1]: 49 ms — expected at most 30 ms from when a sample of near is due "
          + "until it is complete; this would fit: 100 ms instead of 30 ms for near, or all "
          + "periods 2 times as long, or 19200 baud"
      ])
    let japanese = Self.errors(Self.distances(period: "30 ms"), language: .japanese)
    #expect(
      japanese == [
        "s.yaml:6:5: buses[1]: 49 ms — 必要: near の 1 回の計測が予定時刻から 30 ms 以内に完了すること "
          + "(対策: near の周期を 30 ms から 100 ms に、または全周期を 2 倍に、"
          + "または通信速度を 19200 baud に)"
      ])
  }

  @Test func aPeriodThatARuleMayAskForIsRefusedToo() {
    let text = Self.distances(
      period: "1 s", sampling: "sampling: {point: p, normal: 1 s, high: 20 ms}")
    #expect(
      Self.errors(text) == [
        "s.yaml:6:5: buses[1]: 122 % — expected reads that take at most 90 % of the bus's time, "
          + "also when rules ask for their shortest periods; this would fit: 100 ms instead of "
          + "20 ms for near, or all periods 3 times as long, or 57600 baud"
      ])
    let slower = Self.distances(
      period: "1 s", sampling: "sampling: {point: p, normal: 1 s, high: 200 ms}")
    #expect(Self.errors(slower) == [])
  }

  @Test func whatRulesWatchIsReadFirst() throws {
    let site = try Self.load(Self.distances(period: "1 s"))
    #expect(site.buses[1].devices[0].points.map(\.isWatched) == [true, false])
  }

  @Test(arguments: ["river", "road", "wildlife", "estuary", "pond"])
  func theExamplesHaveRoom(name: String) throws {
    let site = try Self.load(try #require(SiteFixtures.read("deploy/sites/\(name).yaml")))
    for bus in site.buses {
      let load = try BusLoad(plan: bus.atFastest(site.samplings))
      #expect(load.isSchedulable && load.utilisation < 0.5)
    }
  }
}
