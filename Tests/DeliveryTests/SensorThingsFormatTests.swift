@testable import Delivery
import DetectionCore
import Testing

@Suite("SensorThings")
struct SensorThingsFormatTests {
  static func format(
    _ plan: SensorThingsPlan = SensorThingsPlan(position: OpenFormats.position),
    site: SiteDescription = RiverSite.description(), memory: [UInt8]? = nil
  ) -> SensorThingsFormat {
    SensorThingsFormat(plan: plan, speaker: OpenFormats.speaker(site, memory: memory))
  }

  private func announced(by format: inout SensorThingsFormat) -> [MQTTMessage] {
    format.announcements(at: RiverSite.moment)
  }

  @Test("A value is an observation, byte for byte", arguments: ["own", "number", "text"])
  func observation(kind: String) throws {
    let (plan, link): (SensorThingsPlan, String) =
      switch kind {
      case "number":
        (SensorThingsPlan(path: "sta/v1.1", datastreams: ["river.level": .number(17)]), "17")
      case "text": (SensorThingsPlan(datastreams: ["river.level": .text("17")]), "\"17\"")
      default: (SensorThingsPlan(), "\"river-nagi/river.level\"")
      }
    let format = Self.format(plan)
    let message = try #require(format.point(RiverSite.reading(3.92), at: RiverSite.moment))
    #expect(message.topic == (kind == "number" ? "sta/v1.1" : "v1.1") + "/Observations")
    #expect(message.quality == .atMostOnce && !message.isRetained)
    #expect(
      message.text == """
        {"phenomenonTime":"2015-12-26T14:45:00.250Z","resultTime":"2015-12-26T14:45:00.250Z",\
        "result":3.92,"resultQuality":{"scheme":"QARTOD","flag":1},\
        "parameters":{"mode":"actual","synchronized":true,"gap":2,"syntax":2,"grossRange":1,\
        "climatology":2,"spike":3,"rateOfChange":2,"flatLine":2,"multivariate":2,\
        "attenuatedSignal":2,"neighbour":2},"Datastream":{"@iot.id":\(link)}}
        """)
    let other = format.point(RiverSite.reading(9, point: 1), at: RiverSite.moment)
    #expect((other == nil) == (kind != "own"))
  }

  @Test("A missing value is null with its flag")
  func missing() throws {
    let message = try #require(
      Self.format().point(RiverSite.reading(7, flag: .missing), at: RiverSite.moment))
    #expect(
      message.text.contains(
        #""result":null,"resultQuality":{"scheme":"QARTOD","flag":9}"#))
  }

  @Test("A site is a thing, byte for byte; a point is a datastream of it")
  func entities() {
    var format = Self.format()
    let messages = format.announcements(at: RiverSite.moment)
    #expect(messages.map(\.topic) == ["v1.1/Things", "v1.1/Datastreams", "v1.1/Datastreams"])
    #expect(messages.allSatisfy { $0.quality == .atLeastOnce && !$0.isRetained })
    #expect(
      messages[0].text == """
        {"@iot.id":"river-nagi","name":"Nagi bridge","description":"奈義橋",\
        "properties":{"mode":"actual"},"Locations":[{"name":"Nagi bridge","description":"奈義橋",\
        "encodingType":"application/geo+json",\
        "location":{"type":"Point","coordinates":[134.21,35.06]}}]}
        """)
    #expect(
      messages[2].text == """
        {"@iot.id":"river-nagi/river.temperature","name":"Water","description":"水温",\
        "observationType":"http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",\
        "unitOfMeasurement":{"name":"Cel","symbol":"Cel","definition":"ucum:Cel"},\
        "properties":{"datum":null,"decimals":1},"Thing":{"@iot.id":"river-nagi"},\
        "Sensor":{"name":"Water","description":"水温","encodingType":"text/html",\
        "metadata":"river.temperature"},\
        "ObservedProperty":{"name":"Water","description":"水温",\
        "definition":"urn:nomori:point:river.temperature"}}
        """)
  }

  @Test("Nothing says where the site is unless its file does")
  func noPosition() {
    var format = Self.format(SensorThingsPlan())
    let messages = OpenFormats.everything(from: &format)
    #expect(!messages.contains { $0.text.contains("Location") || $0.text.contains("coordinates") })
  }

  @Test("Entities are made once, over reconnects and restarts; new points get theirs")
  func madeOnce() throws {
    var format = Self.format()
    #expect(announced(by: &format).count == 3)
    #expect(announced(by: &format).count == 3)
    format.announced()
    let remembered = format.changedMemory()
    let memory = try #require(remembered)
    let unchanged = format.changedMemory()
    #expect(unchanged == nil)
    #expect(announced(by: &format).isEmpty)

    var site = RiverSite.description()
    site.name.english = "Another name"
    site.points.append(site.points[0])
    site.points[2].id = "river.flow"
    var edited = Self.format(site: site, memory: memory)
    let messages = edited.announcements(at: RiverSite.moment)
    #expect(messages.count == 1 && messages[0].text.contains("river.flow"))
  }

  @Test("Where the receiver's datastreams are named nothing is made")
  func named() {
    var format = Self.format(SensorThingsPlan(datastreams: ["river.level": .number(17)]))
    #expect(announced(by: &format).isEmpty)
  }

  @Test("Events are told in the native format")
  func events() {
    let fact = OpenFormats.transition(from: 0, to: 2)
    let messages = Self.format().messages(of: fact, isDurable: true, at: RiverSite.moment)
    #expect(messages.map(\.topic) == ["nomori/v1/river-nagi/event"])
  }

  /// A reading, an interval and a gap for keeping.
  static func keptFact() -> Fact {
    let interval = ObservedInterval(
      lengthNs: 600_000_000_000, mean: 3.5, minimum: 3, maximum: 4, last: 3.75, flag: 3, count: 59,
      coverage: 0.98)
    let gap = ObservationGap(reason: .boxOff, since: nil)
    let contents: [Observation.Content] = [
      .value(3.25, flag: 1), .interval(interval), .gap(gap),
    ]
    let observations = contents.enumerated().map { index, content in
      Observation(
        point: "river.level", unit: "m", datum: nil, decimals: 2, number: UInt64(index + 1),
        time: RiverSite.time, content: content)
    }
    return Fact(
      id: "river-nagi-5f0c9a1e-12-1", site: "river-nagi", mode: .actual, precedence: .observation,
      time: RiverSite.time, content: .observations(ObservationFact(observations)))
  }

  @Test("Observations for keeping are observations: readings, intervals, and gaps without a result")
  func kept() {
    let fact = Self.keptFact()
    let messages = Self.format().messages(of: fact, isDurable: true, at: RiverSite.moment)
    #expect(messages.map(\.topic) == Array(repeating: "v1.1/Observations", count: 3))
    #expect(messages.allSatisfy { $0.quality == .atLeastOnce })
    #expect(
      messages[1].text == """
        {"phenomenonTime":"2015-12-26T14:35:00.250Z/2015-12-26T14:45:00.250Z","result":3.5,\
        "resultQuality":{"scheme":"QARTOD","flag":3},"resultTime":"2015-12-26T14:45:00.250Z",\
        "parameters":{"mode":"actual","synchronized":true,"kind":"interval","number":2,\
        "minimum":3.0,"maximum":4.0,"last":3.75,"count":59,"coverage":0.98},\
        "Datastream":{"@iot.id":"river-nagi/river.level"}}
        """)
    #expect(
      messages[0].text.contains(#""result":3.25,"resultQuality":{"scheme":"QARTOD","flag":1}"#))
    #expect(
      messages[2].text.contains(#""result":null,"resultQuality":{"scheme":"QARTOD","flag":9}"#))
    #expect(messages[2].text.contains(#""reason":"boxOff""#))
    let other = Self.format(SensorThingsPlan(datastreams: [:]))
    #expect(other.messages(of: fact, isDurable: true, at: RiverSite.moment).isEmpty)
  }

  @Test("A point whose values are given for keeping is not told twice")
  func toldOnce() {
    var speaker = OpenFormats.speaker(RiverSite.description(), memory: nil)
    speaker.observations = [
      ObservationPlan(point: PointIndex(rawValue: 0), interval: .seconds(600), change: nil)
    ]
    let format = SensorThingsFormat(
      plan: SensorThingsPlan(position: OpenFormats.position), speaker: speaker)
    #expect(format.point(RiverSite.reading(1), at: RiverSite.moment) == nil)
    #expect(format.point(RiverSite.reading(1, point: 1), at: RiverSite.moment) != nil)
  }
}
