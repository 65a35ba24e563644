import Delivery
import DetectionCore
import Foundation
import Testing

/// What the formats of receivers that collect things and values say; `Tests/Oracles/formats.check` gives it to
/// programs of other people.
@Suite("Samples of further formats")
struct OpenFormatSamplesTests {
  /// The river site with a point in each unit.
  private static func site(mode: SiteMode, units: [String]) -> SiteDescription {
    var site = RiverSite.description(mode: mode)
    for (index, unit) in units.enumerated() {
      var point = site.points[1]
      point.id = "unit.\(index)"
      point.unit = unit
      site.points.append(point)
    }
    return site
  }

  private static let units = [
    "1", "%", "[pH]", "[NTU]", "K", "cm", "mm", "km", "um", "[ft_i]", "hPa", "kPa", "bar", "mbar",
    "dbar", "mm[H2O]", "V", "mV", "A", "mA", "W", "kW", "W.h", "kW.h", "A.h", "s", "min", "h", "d",
    "kg", "g", "m/s", "km/h", "mm/h", "m3/s", "m3/h", "L/min", "L/s", "mS/cm", "uS/cm", "mg/L",
    "W/m2", "lx", "Hz", "dB", "deg", "[ppm]", "[ppth]", "m2", "m/s2",
  ]

  /// Each attribute of the smart data models, by a point that measures it.
  private static func attributes(_ form: NGSIPlan.Form) -> [MQTTMessage] {
    NGSIAttribute.all.flatMap { attribute -> [MQTTMessage] in
      var plan = OpenFormats.ngsi(form)
      plan.feeds["river.level"] = NGSIPlan.Feed(attribute: attribute)
      let format = NGSIFormat(plan: plan, speaker: OpenFormats.speaker())
      return QualityFlag.allCases.compactMap {
        format.point(RiverSite.reading(0.75, flag: $0), at: RiverSite.moment)
      }
    }
  }

  private static func alerts(_ form: NGSIPlan.Form) -> [MQTTMessage] {
    SiteMode.allCases.flatMap { mode -> [MQTTMessage] in
      let site = RiverSite.description(mode: mode)
      let format = NGSIFormat(plan: OpenFormats.ngsi(form), speaker: OpenFormats.speaker(site))
      return [(UInt8(0), UInt8(2)), (2, 0)].flatMap { before, stage in
        format.messages(
          of: OpenFormats.transition(from: before, to: stage, site: site), isDurable: true,
          at: RiverSite.moment)
      }
    }
  }

  static func samples() -> [String: [MQTTMessage]] {
    var samples: [String: [MQTTMessage]] = [:]
    for mode in SiteMode.allCases {
      let site = site(mode: mode, units: units)
      var homeAssistant = HomeAssistantFormat(
        plan: HomeAssistantPlan(), speaker: OpenFormats.speaker(site, operators: ["sa{{to}}"]))
      samples["homeassistant", default: []] += homeAssistant.announcements(at: RiverSite.moment)
      for point in site.points.indices {
        let reading = RiverSite.reading(3.92, point: UInt16(point))
        samples["homeassistant", default: []] += [
          homeAssistant.point(reading, at: RiverSite.moment)
        ].compactMap(\.self)
      }
      for stage in [UInt8(0), 2] {
        let alarm = RiverSite.alarm(stage > 0 ? .unacknowledged : .normal, stage: stage)
        samples["homeassistant", default: []] += [
          homeAssistant.message(of: RiverSite.state(alarm), at: RiverSite.moment)
        ].compactMap(\.self)
      }
      samples["homeassistant", default: []] += [
        homeAssistant.will(),
        homeAssistant.status(.online(since: RiverSite.wallTime), at: RiverSite.moment),
      ]

      var sensorThings = SensorThingsFormatTests.format(site: RiverSite.description(mode: mode))
      if mode == .actual {
        samples["sensorthings", default: []] += sensorThings.announcements(at: RiverSite.moment)
      }
      samples["sensorthings", default: []] += sensorThings.messages(
        of: SensorThingsFormatTests.keptFact(), isDurable: true, at: RiverSite.moment)
      for flag in QualityFlag.allCases {
        samples["sensorthings", default: []] += [UInt16(0), 1].compactMap {
          sensorThings.point(
            RiverSite.reading(3.92, point: $0, flag: flag), at: RiverSite.moment)
        }
      }
    }
    samples["normalized"] = attributes(.normalized) + alerts(.normalized)
    samples["keyvalues"] = attributes(.keyValues) + alerts(.keyValues)
    return samples
  }

  @Test("Samples are JSON; they are written out where asked for, a message a line")
  func samplesAreWritten() throws {
    let folder = ProcessInfo.processInfo.environment["NOMORI_ORACLE_OUT"]
    for (name, messages) in Self.samples() {
      #expect(messages.count > 10)
      var lines = ""
      for message in messages {
        let payload = try JSONSerialization.jsonObject(with: Data(message.payload))
        #expect(payload is [String: Any])
        lines += #"{"topic":"\#(message.topic)","retained":\#(message.isRetained),"#
        lines += #""type":"\#(message.contentType)","payload":\#(message.text)}"# + "\n"
      }
      if let folder { try Data(lines.utf8).write(to: URL(filePath: "\(folder)/\(name).jsonl")) }
    }
  }
}
