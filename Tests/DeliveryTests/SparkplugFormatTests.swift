@testable import Delivery
import DetectionCore
import Testing

@Suite("Sparkplug B")
struct SparkplugFormatTests {
  static func format(
    memory: [UInt8]? = nil, primaryHost: String? = nil, mode: SiteMode = .actual,
    observations: [ObservationPlan] = []
  ) -> SparkplugFormat {
    SparkplugFormat(
      plan: SparkplugPlan(group: "Town", primaryHost: primaryHost),
      speaker: Speaker(
        site: RiverSite.description(mode: mode), session: RiverSite.session, version: "0.1.0",
        topics: Topics(site: "river-nagi"), memory: memory, observations: observations))
  }

  /// A format that has connected and told its birth.
  static func born(observations: [ObservationPlan] = []) -> SparkplugFormat {
    var format = format(observations: observations)
    _ = format.will()
    _ = format.status(.online(since: RiverSite.wallTime), at: moment(0))
    format.published()
    return format
  }

  static func moment(_ seconds: Int64) -> SendingMoment { CAPFormatTests.moment(seconds) }
  static let siteMs: UInt64 = 1_451_141_100_250

  private static func birth(
    of format: inout SparkplugFormat, after seconds: Int64 = 0
  ) throws -> SparkplugPayload {
    let message = format.status(.online(since: RiverSite.wallTime), at: moment(seconds))
    return try #require(message.sparkplug)
  }

  /// What `message` says, by the names that the birth gave to its aliases.
  static func named(
    _ message: MQTTMessage?, by format: SparkplugFormat
  ) throws -> [String: SparkplugPayload.Metric] {
    let payload = try #require(message?.sparkplug)
    let names = format.catalogue.entries.map(\.name)
    let pairs = try payload.metrics.map { metric in
      (names[Int(try #require(metric.alias)) - 1], metric)
    }
    return Dictionary(pairs) { _, last in last }
  }

  // MARK: Birth and death

  @Test("A birth introduces every metric, with name, alias, type, time and value")
  func birth() throws {
    var format = Self.format()
    _ = format.will()
    let message = format.status(.online(since: RiverSite.wallTime), at: Self.moment(0))
    #expect(message.topic == "spBv1.0/Town/NBIRTH/river-nagi")
    #expect(message.quality == .atMostOnce && !message.isRetained)
    let payload = try #require(message.sparkplug)
    #expect(payload.sequence == 0 && payload.timestamp == Self.siteMs)
    #expect(
      payload.metrics.map(\.name) == [
        "bdSeq", "Node Control/Rebirth", "Site/Event", "Site/Gap", "Site/Mode", "Site/Version",
        "river.level", "river.temperature", "Alarms/river.stage/Stage",
        "Alarms/river.stage/Condition", "Alarms/river.stage/Acknowledged",
        "Alarms/river.stage/Silenced", "Alarms/river.stage/Event",
      ])
    #expect(payload.metrics.allSatisfy { $0.timestamp == Self.siteMs })
    #expect(payload.metrics.allSatisfy { $0.isNull == ($0.value == nil) })
    #expect(
      payload.metrics.map(\.datatype) == [4, 11, 12, 12, 12, 12, 10, 10, 3, 12, 11, 11, 12])
    #expect(payload.metrics.map(\.alias) == [nil, nil] + (1...11).map(UInt64.init))
    #expect(payload["bdSeq"]?.value == .number(0))
    #expect(payload["Node Control/Rebirth"]?.value == .boolean(false))
    #expect(payload["Site/Mode"]?.value == .text("actual"))
    let level = try #require(payload["river.level"])
    #expect(level.isNull && level.properties["Quality"] == .number(500))
    #expect(level.properties["engUnit"] == .text("m"))
    #expect(level.properties["datum"] == .text("station-zero"))
  }

  @Test("The will is the death of the coming birth: one metric, no sequence number, QoS 1")
  func death() throws {
    var format = Self.format()
    let will = format.will()
    #expect(will.topic == "spBv1.0/Town/NDEATH/river-nagi")
    #expect(will.quality == .atLeastOnce && !will.isRetained)
    let payload = try #require(will.sparkplug)
    #expect(payload.sequence == nil && payload.metrics.map(\.name) == ["bdSeq"])
    #expect(payload.metrics[0].datatype == 4)
    let stopped = format.status(.stopped(since: RiverSite.wallTime), at: Self.moment(0))
    #expect(stopped == will, "what is said at a planned stop is the will")
  }

  @Test("bdSeq counts attempts to connect, from 0 to 255 and on from 0, over restarts")
  func connectionNumbers() throws {
    var format = Self.format()
    for number in 0..<600 {
      let will = format.will()
      let death = try #require(will.sparkplug)
      let birth = try Self.birth(of: &format)
      #expect(death["bdSeq"]?.value == .number(Int64(number % 256)))
      #expect(birth["bdSeq"]?.value == death["bdSeq"]?.value)
      let memory = format.changedMemory()
      let unchanged = format.changedMemory()
      #expect(memory != nil && unchanged == nil)
      if number % 7 == 0 { format = Self.format(memory: memory) }
    }
  }

  @Test("A memory that makes no sense counts as none", arguments: ["", "256", "-1", "bdSeq"])
  func foreignMemory(_ text: String) throws {
    var format = Self.format(memory: Array(text.utf8))
    let will = format.will()
    #expect(will.sparkplug?["bdSeq"]?.value == .number(0))
  }

  @Test("A later birth has what was told; a value of three periods ago is stale")
  func laterBirth() throws {
    var format = Self.born()
    _ = format.point(RiverSite.reading(3.92), at: Self.moment(0))
    format.published()
    _ = format.point(RiverSite.reading(9.9), at: Self.moment(0))
    var birth = try Self.birth(of: &format, after: 60)
    let soon = try #require(birth["river.level"])
    #expect(soon.value == .double(3.92), "what has not gone out was not told")
    #expect(soon.properties["Quality"] == .number(192) && soon.timestamp == Self.siteMs)
    birth = try Self.birth(of: &format, after: 61)
    let late = try #require(birth["river.level"])
    #expect(late.value == .double(3.92) && late.properties["Quality"] == .number(500))
    #expect(late.timestamp == Self.siteMs)
  }

  // MARK: Data

  @Test("Data names metrics by alias alone, and counts on without a hole, from 255 to 0")
  func data() throws {
    var format = Self.born()
    for number in 1...600 {
      let told = format.point(RiverSite.reading(Double(number)), at: Self.moment(0))
      let message = try #require(told)
      // What the network did not take is written again, with the same number.
      let again = format.point(RiverSite.reading(Double(number)), at: Self.moment(0))
      #expect(again == message)
      #expect(message.topic == "spBv1.0/Town/NDATA/river-nagi")
      #expect(message.quality == .atMostOnce && !message.isRetained)
      let payload = try #require(message.sparkplug)
      #expect(payload.sequence == UInt64(number % 256) && payload.metrics.count == 1)
      let metric = payload.metrics[0]
      #expect(metric.name == nil && metric.datatype == nil && metric.alias == 5)
      #expect(metric.value == .double(Double(number)) && !metric.isHistorical)
      format.published()
    }
    let birth = try Self.birth(of: &format)
    #expect(birth.sequence == 0)
    format.published()
    let next = format.point(RiverSite.reading(1), at: Self.moment(0))
    #expect(next?.sparkplug?.sequence == 1)
  }

  @Test(
    "QARTOD flags are Sparkplug's qualities; the flag itself stands beside them",
    arguments: zip(
      [QualityFlag.pass, .notEvaluated, .suspect, .fail, .missing], [192, 192, 192, 0, 500]))
  func quality(_ flag: QualityFlag, _ quality: Int64) throws {
    var format = Self.born()
    let message = format.point(RiverSite.reading(3.92, flag: flag), at: Self.moment(0))
    let told = try Self.named(message, by: format)
    let metric = try #require(told["river.level"])
    #expect(metric.properties["Quality"] == .number(quality))
    #expect(metric.properties["QARTOD"] == .number(Int64(flag.rawValue)))
    #expect(metric.isNull == (flag == .missing))
    let notANumber = format.point(RiverSite.reading(.nan, flag: flag), at: Self.moment(0))
    let nothing = try Self.named(notANumber, by: format)
    #expect(nothing["river.level"]?.isNull == true)
  }

  @Test("An alarm's state is told where it has changed since it went out")
  func alarmState() throws {
    var format = Self.born()
    let standing = CAPFormatTests.standing(2)
    let first = try Self.named(format.message(of: standing, at: Self.moment(9)), by: format)
    #expect(first["Alarms/river.stage/Stage"]?.value == .number(2))
    #expect(first["Alarms/river.stage/Condition"]?.value == .text("unacknowledged"))
    #expect(first["Alarms/river.stage/Acknowledged"]?.value == .boolean(false))
    #expect(first["Alarms/river.stage/Silenced"]?.value == .boolean(false))
    #expect(first["Alarms/river.stage/Stage"]?.timestamp == Self.siteMs)
    let again = format.message(of: standing, at: Self.moment(9))
    #expect(again != nil, "it has not gone out")
    format.published()
    let afterwards = format.message(of: standing, at: Self.moment(9))
    #expect(afterwards == nil)
    let shelved = RiverSite.state(
      RiverSite.alarm(.acknowledged, stage: 2, silencedBy: .shelved))
    let second = try Self.named(format.message(of: shelved, at: Self.moment(9)), by: format)
    #expect(second["Alarms/river.stage/Acknowledged"]?.value == .boolean(true))
    #expect(second["Alarms/river.stage/Silenced"]?.value == .boolean(true))
    #expect(second["Alarms/river.stage/Stage"] == nil, "its stage is as it was")
  }

  @Test("Each transition is told with its own time; one that is over or late is historical")
  func transitions() throws {
    var format = Self.born()
    func tell(_ number: UInt64, _ stage: UInt8, at seconds: Int64, sent: Int64) throws
      -> [String: SparkplugPayload.Metric]
    {
      let fact = CAPFormatTests.transition(
        number, from: stage == 1 ? 0 : 1, to: stage, after: seconds)
      let messages = format.messages(of: fact, isDurable: true, at: Self.moment(sent))
      #expect(messages.count == 1)
      defer { format.published() }
      return try Self.named(messages.first, by: format)
    }
    let stage = "Alarms/river.stage/Stage"
    let second = try tell(2, 2, at: 20, sent: 21)
    #expect(second[stage]?.value == .number(2) && second[stage]?.isHistorical == false)
    #expect(second[stage]?.timestamp == Self.siteMs + 20_000)
    let event = try #require(second["Site/Event"])
    #expect(event.properties["id"] == .text("river-nagi-5f0c9a1e-12-2"))
    #expect(event.properties["kind"] == .text("raised"))
    #expect(event.properties["mode"] == .text("actual"))
    #expect(event.properties["alarm"] == .text("river.stage"))
    #expect(second["Alarms/river.stage/Event"]?.value == .text("river-nagi-5f0c9a1e-12-2"))
    let first = try tell(1, 1, at: 10, sent: 21)
    #expect(first[stage]?.value == .number(1) && first[stage]?.isHistorical == true)
    let late = try tell(3, 1, at: 30, sent: 151)
    #expect(late.values.allSatisfy { $0.isHistorical })
    let birth = try Self.birth(of: &format, after: 160)
    #expect(birth[stage]?.value == .number(2), "what is historical is not the current value")
  }

  @Test("A clock that was set back makes nothing historical")
  func clockSetBack() throws {
    var format = Self.born()
    var ahead = RiverSite.reading(1)
    ahead.reading.wallTime = Self.moment(86_400).now
    _ = format.point(ahead, at: Self.moment(86_400))
    format.published()
    let message = format.point(RiverSite.reading(2), at: Self.moment(1))
    #expect(message?.sparkplug?.metrics.first?.isHistorical == false)
  }

  @Test("Values for keeping are those of their points; intervals have metrics of their own")
  func observations() throws {
    let plan = ObservationPlan(
      point: PointIndex(rawValue: 0), interval: .seconds(600), change: 0.1)
    var format = Self.born(observations: [plan])
    func observation(_ content: Observation.Content) -> Observation {
      Observation(
        point: "river.level", unit: "m", datum: nil, decimals: 2, number: 7, time: RiverSite.time,
        content: content)
    }
    let interval = ObservedInterval(
      lengthNs: 600_000_000_000, mean: 2, minimum: 1, maximum: 3, last: 2, flag: 3, count: 60,
      coverage: 1)
    let fact = Fact(
      id: "o-1", site: "river-nagi", mode: .actual, precedence: .observation,
      time: RiverSite.time,
      content: .observations(
        ObservationFact([
          observation(.value(3.5, flag: 1)), observation(.interval(interval)),
        ])))
    func tell(_ seconds: Int64) throws -> [String: SparkplugPayload.Metric] {
      try Self.named(
        format.messages(of: fact, isDurable: true, at: Self.moment(seconds)).first, by: format)
    }
    let told = try tell(1)
    #expect(told["river.level"]?.value == .double(3.5))
    #expect(told["river.level/Mean"]?.value == .double(2))
    #expect(told["river.level/Minimum"]?.value == .double(1))
    #expect(told["river.level/Maximum"]?.properties["QARTOD"] == .number(3))
    #expect(told["river.level/Mean"]?.properties["number"] == .number(7))
    #expect(told["river.level/Mean"]?.properties["coverage"] == .double(1))
    #expect(told.values.allSatisfy { !$0.isHistorical })
    let late = try tell(121)
    #expect(late.values.allSatisfy { $0.isHistorical })
    var other = Self.born()
    let without = other.messages(of: fact, isDurable: true, at: Self.moment(1)).first
    let names = try Self.named(without, by: other).keys
    #expect(names.sorted() == ["river.level"])
  }

  @Test("What is missing is told with its reason and how much of it")
  func gap() throws {
    var format = Self.born()
    var gap = GapFact(reason: .quota)
    gap.add(.alarm, at: RiverSite.time)
    let fact = RiverSite.source().fact(
      gap, number: 1, at: Instant(nanoseconds: 1), RiverSite.wallTime)
    let message = format.messages(of: fact, isDurable: true, at: Self.moment(1)).first
    let told = try Self.named(message, by: format)
    let metric = try #require(told["Site/Gap"])
    #expect(metric.value == .text("quota") && metric.properties["alarms"] == .number(1))
  }
}
