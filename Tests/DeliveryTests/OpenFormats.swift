import Delivery
import DetectionCore

/// Formats of receivers that collect things and values, speaking for the river site.
enum OpenFormats {
  static let position = GeoPosition(latitude: 35.06, longitude: 134.21)

  static func speaker(
    _ site: SiteDescription = RiverSite.description(), operators: [String] = [],
    memory: [UInt8]? = nil
  ) -> Speaker {
    Speaker(
      site: site, session: RiverSite.session, version: "0.1.0", topics: Topics(site: site.id),
      operators: operators, memory: memory)
  }

  static func feed(_ name: String, factor: Double = 1, offset: Double = 0) -> NGSIPlan.Feed? {
    NGSIAttribute.named(name).map { NGSIPlan.Feed(attribute: $0, factor: factor, offset: offset) }
  }

  static func ngsi(
    _ form: NGSIPlan.Form = .normalized, level: String = "WaterObserved.waterLevel",
    position: GeoPosition? = OpenFormats.position
  ) -> NGSIPlan {
    NGSIPlan(
      form: form, position: position,
      feeds: [
        "river.level": feed(level), "river.temperature": feed("WaterQualityObserved.temperature"),
      ].compactMapValues(\.self), category: .naturalDisaster, subCategory: "floodRisk")
  }

  /// A transition of the site's alarm.
  static func transition(
    from before: UInt8, to stage: UInt8, site: SiteDescription = RiverSite.description()
  ) -> Fact {
    let event = RiverSite.event(
      stage > before ? .stageRaised : .stageCleared, stage: stage, previousStage: before,
      value: 3.92, limit: 3.9)
    return FactSource(site: site, session: RiverSite.session, boot: "boot").fact(
      DecidedEvent(event), incident: "river-nagi-5f0c9a1e-12-340")
  }

  /// The river site with this text wherever a person may write one.
  static func site(saying text: String) -> SiteDescription {
    var site = RiverSite.description()
    let words = LocalizedText(english: text, japanese: text)
    site.name = words
    for index in site.points.indices {
      site.points[index].name = words
      site.points[index].datum = text
      site.points[index].unit = text
    }
    for index in site.rules.indices {
      site.rules[index].name = words
      for stage in site.rules[index].stages.indices {
        site.rules[index].stages[stage].name = words
      }
    }
    return site
  }

  /// All messages that a format has for `site`, with every kind of event and every flag.
  static func everything(
    from format: inout some PayloadFormat, site: SiteDescription = RiverSite.description()
  ) -> [MQTTMessage] {
    let source = FactSource(site: site, session: RiverSite.session, boot: "boot")
    var messages = format.announcements(at: RiverSite.moment)
    for kind in DetectionEvent.Kind.allCases {
      let event = RiverSite.event(kind, stage: 2, previousStage: 1, value: 3.92, limit: 3.9)
      let fact = source.fact(DecidedEvent(event, history: RiverSite.history([3.5, .nan, 3.9])))
      messages += format.messages(of: fact, isDurable: true, at: RiverSite.moment)
    }
    for point in [UInt16(0), 1, 9] {
      for flag in QualityFlag.allCases {
        for value in [3.92, -1.25e-9, 5e15, .nan, .infinity] {
          messages += [
            format.point(RiverSite.reading(value, point: point, flag: flag), at: RiverSite.moment)
          ].compactMap(\.self)
        }
      }
    }
    let state = RiverSite.state(RiverSite.alarm(.unacknowledged, stage: 2))
    messages += [format.message(of: state, at: RiverSite.moment), format.will()].compactMap(\.self)
    messages.append(format.status(.online(since: RiverSite.wallTime), at: RiverSite.moment))
    return messages
  }
}
