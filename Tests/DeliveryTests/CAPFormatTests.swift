@testable import Delivery
import DetectionCore
import Testing

@Suite("Common Alerting Protocol")
struct CAPFormatTests {
  static let plan = CAPPlan(
    sender: "bosai@town.example.jp", senderName: nil, category: .meteorology,
    area: LocalizedText(english: "Left bank below the bridge", japanese: "橋の下流の左岸"),
    circle: CAPPlan.Circle(latitude: 35.06, longitude: 134.21, radiusKilometres: 0.8),
    municipality: "990019", severities: CAPPlan.standardSeverities, renewal: .seconds(1_800))

  static func format(memory: [UInt8]? = nil, mode: SiteMode = .actual) -> CAPFormat {
    CAPFormat(
      plan: plan,
      speaker: Speaker(
        site: RiverSite.description(mode: mode), session: RiverSite.session, version: "0.1.0",
        topics: Topics(site: "river-nagi"), memory: memory))
  }

  /// A transition of the site's alarm so many seconds after the site's moment.
  static func transition(
    _ number: UInt64, from before: UInt8, to stage: UInt8, after seconds: Int64 = 0,
    mode: SiteMode = .actual, isSilenced: Bool = false
  ) -> Fact {
    var event = RiverSite.event(
      stage > before ? .stageRaised : .stageCleared, sequence: number, stage: stage,
      previousStage: before, value: 3.92, limit: 3.9)
    event.wallTime = moment(seconds).now
    event.marks.isSilenced = isSilenced
    return RiverSite.source(mode: mode).fact(DecidedEvent(event))
  }

  static func moment(_ seconds: Int64) -> SendingMoment {
    SendingMoment(
      now: WallTime(
        nanosecondsSince1970: RiverSite.wallTime.nanosecondsSince1970 + seconds * 1_000_000_000,
        synchronized: true))
  }

  static func standing(_ stage: UInt8) -> AlarmState {
    RiverSite.state(
      RiverSite.alarm(.unacknowledged, stage: stage), lastEvent: "river-nagi-5f0c9a1e-12-1")
  }

  private static func element(_ name: String, of message: MQTTMessage?) -> String? {
    guard let text = message?.text, let start = text.firstRange(of: "<\(name)>"),
      let end = text.firstRange(of: "</\(name)>")
    else { return nil }
    return String(text[start.upperBound..<end.lowerBound])
  }

  private static let name = "river-nagi-5f0c9a1e-12-"

  @Test("An alarm that begins is an Alert, byte for byte")
  func alert() throws {
    var format = Self.format()
    let messages = format.messages(
      of: Self.transition(7, from: 0, to: 2), isDurable: true, at: Self.moment(1))
    #expect(messages.count == 1)
    let message = try #require(messages.first)
    #expect(message.topic == "nomori/v1/river-nagi/cap" && !message.isRetained)
    #expect(message.contentType == "application/cap+xml" && message.expirySeconds == 5_400)
    let info = { (language: String, words: [String]) in
      """
      <info><language>\(language)</language><category>Met</category><event>\(words[0])</event>\
      <responseType>Monitor</responseType><urgency>Expected</urgency><severity>Moderate</severity>\
      <certainty>Observed</certainty><effective>2015-12-26T23:45:01+09:00</effective>\
      <onset>2015-12-26T23:45:00+09:00</onset><expires>2015-12-27T01:15:01+09:00</expires>\
      <senderName>\(words[1])</senderName><headline>\(words[2])</headline>\
      <description>\(words[3])</description><instruction>\(words[4])</instruction>\
      <parameter><valueName>site</valueName><value>river-nagi</value></parameter>\
      <parameter><valueName>alarm</valueName><value>river.stage</value></parameter>\
      <parameter><valueName>stage</valueName><value>caution</value></parameter>\
      <parameter><valueName>stageLevel</valueName><value>2</value></parameter>\
      <parameter><valueName>priority</valueName><value>medium</value></parameter>\
      <parameter><valueName>point</valueName><value>river.level</value></parameter>\
      <parameter><valueName>value</valueName><value>3.92</value></parameter>\
      <parameter><valueName>unit</valueName><value>m</value></parameter>\
      <parameter><valueName>limit</valueName><value>3.9</value></parameter>\
      <parameter><valueName>qartodFlag</valueName><value>1</value></parameter>\
      <parameter><valueName>synchronized</valueName><value>true</value></parameter>\
      <area><areaDesc>\(words[5])</areaDesc><circle>35.060000,134.210000 0.800</circle>\
      <geocode><valueName>全国地方公共団体コード</valueName><value>990019</value></geocode></area></info>
      """
    }
    let japanese = info(
      "ja-JP",
      [
        "増水", "奈義橋", "河川水位が 3.92 m となり「注意」（3.90 m）に達しました",
        "奈義橋。河川水位が 3.92 m となり「注意」（3.90 m）に達しました。河川水位 3.92 m。発生 2015-12-26 23:45 (UTC+09:00)",
        "岸に近づかないでください", "橋の下流の左岸",
      ])
    let english = info(
      "en-US",
      [
        "Flood", "Nagi bridge", "River level 3.92 m reached stage Caution (3.90 m)",
        "Nagi bridge. River level 3.92 m reached stage Caution (3.90 m). River level 3.92 m. "
          + "since 2015-12-26 23:45 (UTC+09:00)", "Keep away from the bank",
        "Left bank below the bridge",
      ])
    #expect(
      message.text == """
        <?xml version="1.0" encoding="UTF-8"?>
        <alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>river-nagi-5f0c9a1e-12-7</identifier>\
        <sender>bosai@town.example.jp</sender><sent>2015-12-26T23:45:01+09:00</sent><status>Actual</status>\
        <msgType>Alert</msgType><scope>Public</scope><incidents>river-nagi-5f0c9a1e-12-7</incidents>\
        \(japanese)\(english)</alert>

        """)
  }

  @Test(
    "Stages are Updates that refer to all that holds, the end is an all-clear, the next begins anew"
  )
  func lifeCycle() {
    var format = Self.format()
    func tell(_ fact: Fact, _ seconds: Int64) -> MQTTMessage? {
      format.messages(of: fact, isDurable: true, at: Self.moment(seconds)).first
    }
    let first = tell(Self.transition(1, from: 0, to: 1), 0)
    let second = tell(Self.transition(2, from: 1, to: 2, after: 60), 60)
    let end = tell(Self.transition(3, from: 2, to: 0, after: 120), 120)
    let next = tell(Self.transition(4, from: 0, to: 1, after: 180), 180)
    let kinds = [first, second, end, next].map { Self.element("msgType", of: $0) }
    #expect(kinds == ["Alert", "Update", "Update", "Alert"])
    let references = [first, second, end, next].map { Self.element("references", of: $0) }
    let triples = [
      "bosai@town.example.jp,\(Self.name)1,2015-12-26T23:45:00+09:00",
      "bosai@town.example.jp,\(Self.name)2,2015-12-26T23:46:00+09:00",
    ]
    #expect(references == [nil, triples[0], triples.joined(separator: " "), nil])
    #expect(
      [first, second, end, next].map { Self.element("incidents", of: $0) }
        == [Self.name + "1", Self.name + "1", Self.name + "1", Self.name + "4"])
    #expect(Self.element("responseType", of: end) == "AllClear")
    #expect(Self.element("urgency", of: end) == "Past")
    #expect(Self.element("instruction", of: end) == nil)
  }

  @Test("What the broker did not get is said again as it was, also after a restart")
  func again() throws {
    var format = Self.format()
    let facts = [Self.transition(1, from: 0, to: 1), Self.transition(2, from: 1, to: 2, after: 9)]
    let first = facts.map { format.messages(of: $0, isDurable: true, at: Self.moment(10)) }
    let changed = format.changedMemory()
    let memory = try #require(changed)
    let unchanged = format.changedMemory()
    #expect(unchanged == nil)
    var later = Self.format(memory: memory)
    for fact in facts.indices {
      for again in [
        format.messages(of: facts[fact], isDurable: true, at: Self.moment(500)),
        later.messages(of: facts[fact], isDurable: true, at: Self.moment(500)),
      ] {
        #expect(again.map(\.payload) == first[fact].map(\.payload))
        #expect(again.first?.expirySeconds == 4_910)
      }
    }
    let known = later.changedMemory()
    #expect(known == nil)
  }

  @Test("An alert that holds is said again before it goes out of date, with the newest value")
  func renewal() throws {
    var format = Self.format()
    #expect(format.nextRenewalNs == nil)
    _ = format.messages(of: Self.transition(1, from: 0, to: 2), isDurable: true, at: Self.moment(0))
    _ = format.message(of: Self.standing(2), at: Self.moment(0))
    _ = format.point(RiverSite.reading(4.07), at: Self.moment(0))
    let due = try #require(format.nextRenewalNs)
    #expect(due == Self.moment(1_800).now.nanosecondsSince1970)
    let early = format.renewals(at: Self.moment(1_799))
    #expect(early.isEmpty)
    let renewed = format.renewals(at: Self.moment(1_800))
    #expect(renewed.count == 1)
    let message = try #require(renewed.first)
    #expect(Self.element("msgType", of: message) == "Update")
    #expect(Self.element("references", of: message)?.contains(Self.name + "1,") == true)
    #expect(message.text.contains("<description>Nagi bridge. Flood: Caution since"))
    #expect(message.text.contains("River level 4.07 m"))
    #expect(format.nextRenewalNs == Self.moment(3_600).now.nanosecondsSince1970)
    // An alarm that is silent is let go out of date.
    _ = format.message(
      of: RiverSite.state(RiverSite.alarm(.unacknowledged, stage: 2, silencedBy: .shelved)),
      at: Self.moment(1_900))
    #expect(format.nextRenewalNs == nil)
  }

  @Test("A silenced alarm begins no alert; when it may be heard again, what stands is said")
  func silenced() throws {
    var format = Self.format()
    let silent = Self.transition(1, from: 0, to: 2, isSilenced: true)
    let silence = format.messages(of: silent, isDurable: true, at: Self.moment(0))
    #expect(silence.isEmpty)
    _ = format.message(of: Self.standing(2), at: Self.moment(60))
    #expect(try #require(format.nextRenewalNs) <= Self.moment(60).now.nanosecondsSince1970)
    let message = format.renewals(at: Self.moment(60)).first
    #expect(Self.element("msgType", of: message) == "Alert")
    // The end of what was never told is not told either; that of what was told is.
    let end = Self.transition(2, from: 2, to: 0, after: 90, isSilenced: true)
    let told = format.messages(of: end, isDurable: true, at: Self.moment(90))
    #expect(told.map { Self.element("responseType", of: $0) } == ["AllClear"])
    var other = Self.format()
    let untold = other.messages(of: end, isDurable: true, at: Self.moment(90))
    #expect(untold.isEmpty)
  }

  @Test("What is long over when it can be sent alarms nobody")
  func stale() {
    var format = Self.format()
    let facts = [Self.transition(1, from: 0, to: 2), Self.transition(2, from: 2, to: 0, after: 60)]
    for fact in facts {
      let messages = format.messages(of: fact, isDurable: true, at: Self.moment(86_400))
      #expect(messages.isEmpty)
    }
    let memory = format.changedMemory()
    #expect(memory == nil)
  }

  @Test("A drill says so", arguments: zip([SiteMode.exercise, .test], ["Exercise", "Test"]))
  func drill(mode: SiteMode, word: String) {
    var format = Self.format(mode: mode)
    let message = format.messages(
      of: Self.transition(1, from: 0, to: 1, mode: mode), isDurable: true, at: Self.moment(0)
    ).first
    #expect(Self.element("status", of: message) == word)
    #expect(message?.label.mode == mode)
    #expect(message?.text.contains("<headline>[\(word.uppercased())] ") == true)
  }

  @Test("Texts of any characters make well-formed XML")
  func escaping() {
    let text = String(
      decoding: XMLWriter.document("a", namespace: "urn:x") {
        $0.element("b", "1 < 2 & 3 > 2 \u{0} \u{8} \u{FFFE} 水 😀 \" '")
      }, as: UTF8.self)
    #expect(
      text == """
        <?xml version="1.0" encoding="UTF-8"?>
        <a xmlns="urn:x"><b>1 &lt; 2 &amp; 3 &gt; 2 \u{FFFD} \u{FFFD} \u{FFFD} 水 😀 " '</b></a>

        """)
  }
}
