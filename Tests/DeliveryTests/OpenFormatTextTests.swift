import Delivery
import DetectionCore
import Foundation
import Testing

@Suite("Any text in any format")
struct OpenFormatTextTests {
  /// Characters that JSON, templates and topics could stumble over, and any others.
  private static func text(_ dice: inout SystemRandomNumberGenerator) -> String {
    let odd: [Unicode.Scalar] = [
      "{", "}", "%", "\"", "\\", "\u{0}", "\n", "\u{301}", "野", "\u{2028}", "#",
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...12, using: &dice) {
      let any = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &dice))
      text.append(Bool.random(using: &dice) ? odd.randomElement(using: &dice) ?? "x" : any ?? "x")
    }
    return String(text)
  }

  @Test(
    "Everything that is said is JSON, whatever a person wrote into the site file", arguments: 0..<40
  )
  func everythingIsJSON(run: Int) throws {
    var dice = SystemRandomNumberGenerator()
    let text = Self.text(&dice)
    let site = OpenFormats.site(saying: text)
    let speaker = OpenFormats.speaker(site, operators: [text])
    var formats: [any PayloadFormat] = [
      HomeAssistantFormat(plan: HomeAssistantPlan(), speaker: speaker),
      NGSIFormat(plan: OpenFormats.ngsi(), speaker: speaker),
      NGSIFormat(plan: OpenFormats.ngsi(.keyValues), speaker: speaker),
      SensorThingsFormat(
        plan: SensorThingsPlan(position: OpenFormats.position), speaker: speaker),
    ]
    for index in formats.indices {
      var format = formats[index]
      let messages = Self.everything(from: &format, site: site)
      #expect(messages.count > 10)
      for message in messages {
        #expect(
          throws: Never.self,
          "\(message.topic) of a site that says \(text.unicodeScalars.map(\.value))"
        ) {
          try JSONSerialization.jsonObject(with: Data(message.payload))
        }
      }
      formats[index] = format
    }
  }

  private static func everything(
    from format: inout any PayloadFormat, site: SiteDescription
  ) -> [MQTTMessage] {
    func open<Format: PayloadFormat>(_ opened: Format) -> ([MQTTMessage], Format) {
      var opened = opened
      return (OpenFormats.everything(from: &opened, site: site), opened)
    }
    let (messages, opened) = open(format)
    format = opened
    return messages
  }

  @Test("Noise in a format's memory does no harm", arguments: 0..<20)
  func anyMemory(run: Int) {
    let memory = (0..<64).map { _ in UInt8.random(in: 0...255) } + Array("\n12 a b\nff\n".utf8)
    var homeAssistant = HomeAssistantFormat(
      plan: HomeAssistantPlan(), speaker: OpenFormats.speaker(memory: memory))
    let configurations = homeAssistant.announcements(at: RiverSite.moment)
    #expect(configurations.count >= 3, "\(memory)")
    var sensorThings = SensorThingsFormat(
      plan: SensorThingsPlan(), speaker: OpenFormats.speaker(memory: memory))
    let entities = sensorThings.announcements(at: RiverSite.moment)
    #expect(entities.count == 3, "\(memory)")
  }
}
