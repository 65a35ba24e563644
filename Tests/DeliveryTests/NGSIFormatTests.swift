import Delivery
import DetectionCore
import Testing

@Suite("NGSI-LD")
struct NGSIFormatTests {
  private static func format(_ plan: NGSIPlan = OpenFormats.ngsi()) -> NGSIFormat {
    NGSIFormat(plan: plan, speaker: OpenFormats.speaker())
  }

  private static let contexts = """
    "@context":["https://raw.githubusercontent.com/smart-data-models/dataModel.Environment/master/\
    context.jsonld","https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"]
    """

  @Test("A value is an entity, byte for byte")
  func normalized() throws {
    let message = try #require(
      Self.format().point(RiverSite.reading(3.92), at: RiverSite.moment))
    #expect(
      message.topic == "nomori/v1/river-nagi/ngsi-ld/WaterObserved/river-nagi:river.level")
    #expect(message.contentType == "application/ld+json" && !message.isRetained)
    #expect(message.quality == .atMostOnce && message.expirySeconds == 60)
    let time = #""observedAt":"2015-12-26T14:45:00.250Z""#
    #expect(
      message.text == """
        {"id":"urn:ngsi-ld:WaterObserved:river-nagi:river.level","type":"WaterObserved",\
        "name":{"type":"Property","value":"河川水位 / River level"},\
        "dateObserved":{"type":"Property","value":{"@type":"DateTime",\
        "@value":"2015-12-26T14:45:00.250Z"}},\
        "waterLevel":{"type":"Property","value":3.92,"unitCode":"MTR",\(time)},\
        "qualityFlag":{"type":"Property","value":1,\(time)},\
        "location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[134.21,35.06]}},\
        "mode":{"type":"Property","value":"actual"},\
        "dataProvider":{"type":"Property","value":"奈義橋 / Nagi bridge"},\(Self.contexts)}
        """)
  }

  @Test("The same by values alone, byte for byte")
  func keyValues() throws {
    let message = try #require(
      Self.format(OpenFormats.ngsi(.keyValues, level: "FloodMonitoring.currentLevel"))
        .point(RiverSite.reading(3.92), at: RiverSite.moment))
    #expect(
      message.text == """
        {"id":"urn:ngsi-ld:FloodMonitoring:river-nagi:river.level","type":"FloodMonitoring",\
        "name":"河川水位 / River level","observationDateTime":"2015-12-26T14:45:00.250Z",\
        "currentLevel":3.92,"qualityFlag":1,\
        "location":{"type":"Point","coordinates":[134.21,35.06]},"mode":"actual",\
        "dataProvider":"奈義橋 / Nagi bridge","stationID":"river-nagi",\(Self.contexts)}
        """)
  }

  @Test("A value comes in the unit of the model")
  func conversion() throws {
    var plan = OpenFormats.ngsi(.keyValues)
    plan.feeds["river.temperature"] = OpenFormats.feed(
      "WaterQualityObserved.temperature", factor: 1, offset: -273.15)
    let message = try #require(
      Self.format(plan).point(RiverSite.reading(283.15, point: 1), at: RiverSite.moment))
    #expect(message.text.contains(#""temperature":10.0,"#))
  }

  @Test("What is not there is left out, and its flag says so")
  func missing() throws {
    for reading in [
      RiverSite.reading(7, flag: .missing), RiverSite.reading(.nan), RiverSite.reading(.infinity),
    ] {
      let message = try #require(Self.format().point(reading, at: RiverSite.moment))
      #expect(!message.text.contains("waterLevel") && !message.text.contains("null"))
      #expect(message.text.contains("qualityFlag"))
    }
  }

  @Test(
    "Nothing says where the site is unless its file does; points that are not named are not told")
  func silence() {
    var plan = OpenFormats.ngsi(position: nil)
    plan.feeds["river.temperature"] = nil
    plan.category = nil
    var format = Self.format(plan)
    let messages = OpenFormats.everything(from: &format)
    #expect(!messages.contains { $0.text.contains("coordinates") || $0.text.contains("location") })
    #expect(!messages.contains { $0.topic.contains("river.temperature") })
    #expect(!messages.contains { $0.topic.contains("Alert") })
    #expect(messages.contains { $0.topic.contains("WaterObserved") })
  }

  @Test("An incident is one alert, from its first stage to its end")
  func alerts() throws {
    let format = Self.format(OpenFormats.ngsi(.keyValues))
    let told = [(UInt8(0), UInt8(1)), (1, 2), (2, 0)].compactMap { before, stage in
      format.messages(
        of: OpenFormats.transition(from: before, to: stage), isDurable: true, at: RiverSite.moment
      ).first
    }
    #expect(told.count == 3)
    #expect(
      Set(told.map(\.topic)) == [
        "nomori/v1/river-nagi/ngsi-ld/Alert/river-nagi-5f0c9a1e-12-340"
      ])
    #expect(told.allSatisfy { $0.quality == .atLeastOnce && !$0.isRetained })
    #expect(told.map { $0.text.contains(#""severity":"medium""#) } == [true, true, false])
    #expect(
      told.map { $0.text.contains(#""validTo":"2015-12-26T14:45:00.250Z""#) }
        == [false, false, true])
    #expect(
      told[1].text.contains(#""data":{"alarm":"river.stage","stage":"caution","stageLevel":"2","#))
    #expect(told[1].text.contains(#""category":"naturalDisaster","subCategory":"floodRisk","#))
  }

  @Test("A silenced alarm alerts nobody")
  func silenced() {
    var event = RiverSite.event(.stageRaised, stage: 2, value: 4, limit: 3.9)
    event.marks.isSilenced = true
    let fact = RiverSite.source().fact(DecidedEvent(event))
    #expect(Self.format().messages(of: fact, isDurable: true, at: RiverSite.moment).isEmpty)
  }
}
