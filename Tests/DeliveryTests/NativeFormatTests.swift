@testable import Delivery
import DetectionCore
import Foundation
import Testing

@Suite("Payloads")
struct NativeFormatTests {
  @Test("A raised stage, byte for byte")
  func raisedEvent() throws {
    let message = try RiverSite.message(
      DecidedEvent(
        RiverSite.event(.stageRaised, stage: 2, previousStage: 1, value: 3.92, limit: 3.9),
        history: RiverSite.history([3.90, .nan, 3.91, 3.92]), delay: .milliseconds(2)),
      incident: "river-nagi-5f0c9a1e-12-340")

    #expect(message.topic == "nomori/v1/river-nagi/event")
    #expect(message.quality == .atLeastOnce)
    #expect(!message.isRetained)
    #expect(
      message.text == """
        {"schema":"nomori/event/4","id":"river-nagi-5f0c9a1e-12-345","site":"river-nagi","mode":"actual",\
        "siteName":{"en":"Nagi bridge","ja":"奈義橋"},"kind":"raised","incident":"river-nagi-5f0c9a1e-12-340",\
        "alarm":{"id":"river.stage","name":{"en":"Flood","ja":"増水"}},\
        "version":1,"priority":"medium","state":"unacknowledged",\
        "marks":{"firstOut":false,"flood":false,"silenced":false,"chattering":false},\
        "stage":{"id":"caution","level":2,"name":{"en":"Caution","ja":"注意"}},\
        "previousStage":{"id":"standby","level":1,"name":{"en":"Stand-by","ja":"待機"}},\
        "instruction":{"en":"Keep away from the bank","ja":"岸に近づかないでください"},\
        "point":{"id":"river.level","name":{"en":"River level","ja":"河川水位"}},"output":null,\
        "value":3.92,"count":null,"seconds":null,"reason":null,"unit":"m",\
        "datum":"station-zero","decimals":2,"limit":3.9,"flag":1,"tests":{"gap":2,\
        "syntax":2,"grossRange":2,"climatology":2,"spike":2,"rateOfChange":2,"flatLine":2,\
        "multivariate":2,"attenuatedSignal":2,"neighbour":2},"trend":23.142857142857217,"history":[\
        {"time":"2015-12-26T14:44:57.250Z","value":3.9,"flag":1},\
        {"time":"2015-12-26T14:44:58.250Z","value":null,"flag":9},\
        {"time":"2015-12-26T14:44:59.250Z","value":3.91,"flag":1},\
        {"time":"2015-12-26T14:45:00.250Z","value":3.92,"flag":1}],"command":null,"decisionDelay":0.002,\
        "provisional":true,\
        "time":"2015-12-26T14:45:00.250Z","synchronized":true,"localTime":"2015-12-26T23:45:00+09:00","durable":true,\
        "text":{"en":"River level 3.92 m reached stage Caution (3.90 m)",\
        "ja":"河川水位が 3.92 m となり「注意」（3.90 m）に達しました"}}
        """)
  }

  @Test("An alarm's state, byte for byte")
  func alarmState() throws {
    let decided = DecidedEvent(
      RiverSite.event(.stageRaised, stage: 2),
      state: .rule(RiverSite.alarm(.unacknowledged, stage: 2)))

    let alarm = try #require(
      RiverSite.source().alarm(after: decided, incident: "river-nagi-5f0c9a1e-12-340"))
    let message = try #require(RiverSite.format().message(of: alarm, at: RiverSite.moment))

    #expect(alarm.rule == 0)

    #expect(message.topic == "nomori/v1/river-nagi/alarm/river.stage")
    #expect(message.isRetained && message.quality == .atLeastOnce && message.expirySeconds == nil)
    #expect(
      message.text == """
        {"schema":"nomori/alarm/3","site":"river-nagi","mode":"actual",\
        "alarm":{"id":"river.stage","name":{"en":"Flood","ja":"増水"}},"state":"unacknowledged",\
        "silence":{"shelved":false,"suppressed":false,"outOfService":false},"stage":{"id":"caution","level":2,"name":{"en":"Caution","ja":"注意"}},\
        "since":"2015-12-26T14:45:00.250Z","synchronized":true,"lastEvent":"river-nagi-5f0c9a1e-12-345",\
        "incident":"river-nagi-5f0c9a1e-12-340"}
        """)
  }

  @Test("A point's value, byte for byte")
  func pointValue() throws {
    let message = try #require(
      RiverSite.format().point(RiverSite.reading(3.92), at: RiverSite.moment))

    #expect(message.topic == "nomori/v1/river-nagi/point/river.level")
    #expect(message.isRetained && message.quality == .atMostOnce)
    #expect(
      message.text == """
        {"schema":"nomori/point/2","site":"river-nagi","mode":"actual",\
        "point":{"id":"river.level","name":{"en":"River level","ja":"河川水位"}},"value":3.92,\
        "unit":"m","datum":"station-zero","flag":1,"tests":{"gap":2,"syntax":2,\
        "grossRange":1,"climatology":2,"spike":3,"rateOfChange":2,"flatLine":2,\
        "multivariate":2,"attenuatedSignal":2,"neighbour":2},"provisional":true,"time":"2015-12-26T14:45:00.250Z",\
        "synchronized":true}
        """)
  }

  @Test("A last will, byte for byte")
  func lastWill() {
    let message = RiverSite.format(mode: .exercise).will()

    #expect(message.topic == "nomori/v1/river-nagi/status")
    #expect(message.isRetained)
    #expect(
      message.label
        == PayloadLabel(
          schema: "nomori/status/2", site: "river-nagi", mode: .exercise))
    #expect(
      message.text == """
        {"schema":"nomori/status/2","site":"river-nagi","name":{"en":"Nagi bridge","ja":"奈義橋"},\
        "mode":"exercise","state":"offline","reason":"lost","version":"0.1.0","session":12,"since":null,\
        "synchronized":false}
        """)
  }

  @Test("Topics have the root and the separator of their destination")
  func topicRoot() throws {
    let topics = Topics(site: "river-nagi", root: "a/b", separator: .slash)
    let format = NativeFormat(
      site: RiverSite.description(), session: RiverSite.session, version: "0.1.0", topics: topics)
    let value = format.point(RiverSite.reading(1), at: RiverSite.moment)
    #expect(value?.topic == "a/b/river-nagi/point/river/level")
    let fact = RiverSite.source().fact(DecidedEvent(RiverSite.event(.stageRaised, stage: 1)))
    let messages = format.messages(of: fact, isDurable: true, at: RiverSite.moment)
    #expect(messages.map(\.topic) == ["a/b/river-nagi/event"])
  }

  @Test("A missing value is null, whatever number came with it")
  func missingValue() throws {
    let message = try #require(
      RiverSite.format().point(RiverSite.reading(7, flag: .missing), at: RiverSite.moment))
    #expect(message.text.contains(#""value":null,"#))
    #expect(message.text.contains(#""flag":9,"#))
  }

  @Test(
    "A point's value lives for three periods, at least a minute",
    arguments: [(UInt16(0), UInt32(60)), (1, 1800)])
  func expiry(point: UInt16, seconds: UInt32) {
    #expect(
      RiverSite.format().point(RiverSite.reading(1, point: point), at: RiverSite.moment)?
        .expirySeconds == seconds)
  }

  @Test("Subjects that the site does not have give null, or no message")
  func unknownSubjects() throws {
    let state = RiverSite.alarm(.normal, stage: 0)
    let event = try RiverSite.message(
      DecidedEvent(RiverSite.event(.stageRaised, subject: 9, stage: 200)))
    #expect(event.text.contains(#""stage":null,"previousStage":null"#))
    let format = RiverSite.format()
    #expect(format.point(RiverSite.reading(1, point: 9), at: RiverSite.moment) == nil)
    #expect(format.message(of: RiverSite.state(state, rule: 1), at: RiverSite.moment) == nil)
  }

  @Test(
    "A number that is no value of the point does not pass for one",
    arguments: [
      (DetectionEvent.Kind.stageRaised, 3.92, "value", "3.92"),
      (.shelved, 3_600, "seconds", "3600.0"),
      (.chatterEnded, 4, "count", "4.0"), (.inputsLost, 12, "count", "12.0"),
      (.commandRefused, 3, "reason", "\"stillActive\""),
      (.deterrentHeld, 2, "reason", "\"quietHours\""),
    ])
  func numbersOfEvents(kind: DetectionEvent.Kind, number: Double, key: String, json: String) throws
  {
    let text = try RiverSite.message(DecidedEvent(RiverSite.event(kind, value: number))).text
    for name in ["value", "count", "seconds", "reason"] {
      #expect(text.contains("\"\(name)\":\(name == key ? json : "null"),"))
    }
  }

  @Test("Contacts, states and counts are told by the rule and its stage")
  func sentencesWithoutUnit() {
    var site = RiverSite.description()
    site.points[0].unit = "1"
    let sentence = EventSentence(site: site)
    let raised = RiverSite.event(.stageRaised, stage: 2, value: 7, limit: 5)
    #expect(sentence.text(for: raised).english == "Flood: Caution")
    #expect(sentence.text(for: raised).japanese == "増水：「注意」になりました")
    let cleared = RiverSite.event(.stageCleared, previousStage: 2, value: 1, limit: 5)
    #expect(sentence.text(for: cleared).english == "Flood: now Normal, after Caution")
    #expect(
      sentence.text(for: cleared).japanese == "増水：「注意」が終わりました（現在：平常）")
  }

  @Test(
    "The sentence says what happened, in both languages, and the mode",
    arguments: [
      (
        SiteMode.actual,
        RiverSite.event(.stageCleared, stage: 1, previousStage: 2, value: 3.6951, limit: 3.9),
        "River level 3.70 m left stage Caution, now Stand-by",
        "河川水位が 3.70 m となり「注意」を下回りました（現在：待機）"
      ),
      (
        .actual, RiverSite.event(.stageCleared, previousStage: 1, value: 2.5),
        "River level 2.50 m left stage Stand-by, now Normal",
        "河川水位が 2.50 m となり「待機」を下回りました（現在：平常）"
      ),
      (
        .exercise, RiverSite.event(.stageRaised, stage: 1),
        "[EXERCISE] River level reached stage Stand-by", "【訓練】河川水位が「待機」に達しました"
      ),
      (
        .test, RiverSite.event(.outputOn, stage: 1), "[TEST] Warning lamp switched on",
        "【試験】警告灯を作動させました"
      ),
      (
        .actual, RiverSite.event(.sensorFaultRaised, subject: 1, flag: .missing),
        "Water: no usable values from the sensor (nothing comes)",
        "水温：センサーから有効な値が得られません（値が届いていません）"
      ),
      (
        .actual, RiverSite.event(.inputsLost, value: 12),
        "Inputs lost before they could be judged: 12", "判定前に失われた入力：12件"
      ),
      (
        .actual, RiverSite.event(.commandRefused, value: 6),
        "A command was refused: the stage is too high to be shelved",
        "操作を実行できません：この段階の警報は一時停止できません"
      ),
    ])
  func sentence(mode: SiteMode, event: DetectionEvent, english: String, japanese: String) throws {
    let payload = try RiverSite.message(DecidedEvent(event), mode: mode).payload
    let object = try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any]
    let text = try #require(object?["text"] as? [String: String])
    #expect(text == ["en": english, "ja": japanese])
  }

  @Test("Which way is worse, and which way the value goes, is said")
  func fallingSentences() {
    var site = RiverSite.description()
    site.rules[0].direction = .falling
    let sentence = EventSentence(site: site)
    let raised = RiverSite.event(.stageRaised, stage: 2, value: 0.4, limit: 0.5)
    let falling = sentence.text(for: raised, trendPerHour: -0.254)
    #expect(
      falling.english == "River level 0.40 m reached stage Caution (0.50 m), falling 0.25 m/h")
    #expect(falling.japanese == "河川水位が 0.40 m となり「注意」（0.50 m 以下）になりました（下降中 0.25 m/h）")
    #expect(!sentence.text(for: raised, trendPerHour: 0.004).english.contains("/h"))
    let cleared = RiverSite.event(.stageCleared, previousStage: 2, value: 1)
    #expect(
      sentence.text(for: cleared).japanese == "河川水位が 1.00 m となり「注意」ではなくなりました（現在：平常）")
  }

  @Test(
    "Why a sensor gives no usable values is said where a test tells",
    arguments: [
      (TestFlags(syntax: .fail), "its answers are damaged", "応答が壊れています"),
      (TestFlags(syntax: .pass, grossRange: .fail), "out of range", "測定範囲外の値です"),
      (TestFlags(grossRange: .suspect, flatLine: .fail), "the value does not move", "値が変化していません"),
    ])
  func faultSentences(tests: TestFlags, english: String, japanese: String) {
    var event = RiverSite.event(.sensorFaultRaised, subject: 1)
    event.tests = tests
    let text = EventSentence(site: RiverSite.description()).text(for: event)
    #expect(text.english == "Water: no usable values from the sensor (\(english))")
    #expect(text.japanese == "水温：センサーから有効な値が得られません（\(japanese)）")
  }

  @Test(
    "What silences an alarm is said with its state",
    arguments: [
      (AlarmSuppression.none, [false, false, false]), (.shelved, [true, false, false]),
      (.shelvedOnce, [true, false, false]), (.byDesign, [false, true, false]),
      (.outOfService, [false, false, true]),
      (AlarmSuppression(rawValue: 13), [true, true, true]),
    ])
  func silence(by suppression: AlarmSuppression, _ said: [Bool]) throws {
    let state = RiverSite.alarm(.unacknowledged, stage: 1, silencedBy: suppression)
    let message = try #require(
      RiverSite.format().message(of: RiverSite.state(state), at: RiverSite.moment))
    let names = ["shelved", "suppressed", "outOfService"]
    let members = zip(names, said).map { "\"\($0)\":\($1)" }.joined(separator: ",")
    #expect(message.text.contains("\"silence\":{\(members)}"), "\(message.text)")
  }

  @Test("An event that is about no alarm changes none")
  func noAlarm() {
    let source = RiverSite.source()
    let fault = RiverSite.event(.sensorFaultRaised)
    #expect(source.alarm(after: DecidedEvent(fault, state: .sensor(isFaulty: true))) == nil)
    #expect(source.alarm(after: DecidedEvent(RiverSite.event(.signOfLife))) == nil)
  }
}
