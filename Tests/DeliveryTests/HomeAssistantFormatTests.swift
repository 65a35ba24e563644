@testable import Delivery
import DetectionCore
import Foundation
import Testing

@Suite("Home Assistant")
struct HomeAssistantFormatTests {
  static func format(
    _ site: SiteDescription = RiverSite.description(), operators: [String] = ["sato"],
    memory: [UInt8]? = nil, plan: HomeAssistantPlan = HomeAssistantPlan()
  ) -> HomeAssistantFormat {
    HomeAssistantFormat(
      plan: plan,
      speaker: OpenFormats.speaker(site, operators: operators, memory: memory))
  }

  private func announced(by format: inout HomeAssistantFormat) -> [MQTTMessage] {
    format.announcements(at: RiverSite.moment)
  }

  private func takes(_ message: ReceivedMessage, _ format: inout HomeAssistantFormat) -> Bool {
    format.take(message)
  }

  private func remembers(_ format: inout HomeAssistantFormat) -> [UInt8]? {
    format.changedMemory()
  }

  static let topics = [
    "homeassistant/sensor/river-nagi/river_level/config",
    "homeassistant/sensor/river-nagi/river_temperature/config",
    "homeassistant/binary_sensor/river-nagi/river_stage/config",
    "homeassistant/button/river-nagi/river_stage/config",
  ]

  @Test("A point is a sensor, byte for byte")
  func sensor() {
    var format = Self.format()
    let messages = format.announcements(at: RiverSite.moment)
    #expect(messages.map(\.topic) == Self.topics)
    #expect(messages.allSatisfy { $0.isRetained && $0.quality == .atLeastOnce })
    #expect(
      messages[1].text == """
        {"name":"Water","unique_id":"nomori_river-nagi_sensor_river.temperature",\
        "state_topic":"nomori/v1/river-nagi/point/river.temperature",\
        "value_template":"{{ value_json.value }}","device_class":"temperature",\
        "unit_of_measurement":"°C","state_class":"measurement","suggested_display_precision":1,\
        "expire_after":1800,"json_attributes_topic":"nomori/v1/river-nagi/point/river.temperature",\
        "json_attributes_template":"{{ {'flag': value_json.flag, 'datum': value_json.datum, \
        'time': value_json.time, 'mode': value_json.mode} | tojson }}",\
        "availability_topic":"nomori/v1/river-nagi/status",\
        "availability_template":"{{ value_json.state }}","payload_available":"online",\
        "payload_not_available":"offline","device":{"identifiers":["nomori_river-nagi"],\
        "name":"Nagi bridge","manufacturer":"Nomori","sw_version":"0.1.0"},\
        "origin":{"name":"Nomori","sw_version":"0.1.0"}}
        """)
  }

  @Test("Names are in the language that the site file chose")
  func language() {
    var format = Self.format(plan: HomeAssistantPlan(discoveryPrefix: "ha", language: .japanese))
    let messages = format.announcements(at: RiverSite.moment)
    #expect(messages.first?.topic == "ha/sensor/river-nagi/river_level/config")
    #expect(messages.map { $0.text.hasPrefix(#"{"name":"河川水位","#) } == [true, false, false, false])
    #expect(messages.last?.text.hasPrefix(#"{"name":"増水を確認","#) == true)
  }

  @Test("Buttons are there only where commands are taken")
  func buttons() {
    var format = Self.format(operators: [])
    #expect(announced(by: &format).map(\.topic) == Array(Self.topics.prefix(3)))
  }

  /// A template that Home Assistant fills in must not take an operator's name for a part of itself.
  @Test("A press is a command with an id of its own; names in it stay names")
  func command() throws {
    let name = #"sa{{ 1 }}{% to "\ {# x"#
    var format = Self.format(operators: [name])
    let button = try #require(announced(by: &format).last)
    let json =
      try JSONSerialization.jsonObject(with: Data(button.payload)) as? [String: Any] ?? [:]
    #expect(json["command_topic"] as? String == "nomori/v1/river-nagi/command/acknowledge")
    #expect(json["retain"] as? Bool == false && json["qos"] as? Int == 1)
    let template = try #require(json["command_template"] as? String)
    let now = "{{ now().strftime('%Y%m%d%H%M%S%f') }}"
    let pressed = try #require(template.firstRange(of: now)).lowerBound
    #expect(template.split(separator: "{{").count == 3 - 1 && pressed > template.startIndex)
    #expect(!template.contains("{%") && !template.contains("{#"))
    let command = try JSONDecoder().decode(
      CommandPayload.self, from: Data(template.replacing(now, with: "2026").utf8))
    #expect(command.id == "ha-2026" && command.operator == name && command.alarm == "river.stage")
    #expect(command.isComplete(for: .acknowledge))
  }

  @Test("What the broker has is not said again, over reconnects and restarts; what changed is")
  func announcedOnce() throws {
    var format = Self.format()
    #expect(announced(by: &format).count == 4)
    // The connection was lost before the broker had them all.
    #expect(remembers(&format) == nil)
    #expect(announced(by: &format).count == 4)
    format.announced()
    let remembered = format.changedMemory()
    let memory = try #require(remembered)
    #expect(remembers(&format) == nil)
    #expect(announced(by: &format).isEmpty)

    var restarted = Self.format(memory: memory)
    #expect(announced(by: &restarted).isEmpty)

    var site = RiverSite.description()
    site.points[1].name.english = "Water temperature"
    var edited = Self.format(site, memory: memory)
    #expect(announced(by: &edited).map(\.topic) == [Self.topics[1]])
  }

  @Test("What the site no longer has is emptied")
  func removed() throws {
    var format = Self.format()
    _ = format.announcements(at: RiverSite.moment)
    format.announced()
    let remembered = format.changedMemory()
    let memory = try #require(remembered)
    var site = RiverSite.description()
    site.points.removeLast()
    site.rules[0].id = "river.flood"
    var edited = Self.format(site, operators: [], memory: memory)
    let messages = edited.announcements(at: RiverSite.moment)
    #expect(
      messages.filter(\.payload.isEmpty).map(\.topic).sorted()
        == [Self.topics[1], Self.topics[2], Self.topics[3]].sorted())
    #expect(messages.allSatisfy { $0.isRetained })
    #expect(
      messages.last?.topic == "homeassistant/binary_sensor/river-nagi/river_flood/config")
    edited.announced()
    #expect(announced(by: &edited).isEmpty)
  }

  @Test("A Home Assistant that comes up is told all again, once")
  func birth() {
    var format = Self.format()
    _ = format.announcements(at: RiverSite.moment)
    format.announced()
    #expect(format.subscriptions == ["homeassistant/status"])
    func message(_ text: String, retained: Bool = false, on topic: String = "homeassistant/status")
      -> ReceivedMessage
    {
      ReceivedMessage(topic: topic, payload: Array(text.utf8), isRetained: retained)
    }
    for other in [
      message("offline"), message("online", retained: true), message("online", on: "a/status"),
    ] {
      #expect(!takes(other, &format))
    }
    #expect(announced(by: &format).isEmpty)
    #expect(takes(message("online"), &format))
    #expect(announced(by: &format).count == 4)
    format.announced()
    #expect(announced(by: &format).isEmpty)
    #expect(takes(message("online"), &format))
  }

  @Test("Everything else is the native format")
  func native() {
    let format = Self.format()
    let native = NativeFormat(
      site: RiverSite.description(), session: RiverSite.session, version: "0.1.0",
      topics: Topics(site: "river-nagi"))
    let fact = OpenFormats.transition(from: 0, to: 2)
    #expect(
      format.messages(of: fact, isDurable: true, at: RiverSite.moment)
        == native.messages(of: fact, isDurable: true, at: RiverSite.moment))
    let reading = RiverSite.reading(3.9)
    #expect(
      format.point(reading, at: RiverSite.moment) == native.point(reading, at: RiverSite.moment))
    #expect(format.will() == native.will())
    #expect(format.answer(.done("5c1f")) == native.answer(.done("5c1f")))
  }
}
