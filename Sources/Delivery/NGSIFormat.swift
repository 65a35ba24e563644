public import DetectionCore

/// NGSI-LD (ETSI GS CIM 009) with the smart data models of FIWARE: an entity a point that the plan names, and an
/// `Alert` an incident, which is said anew with each stage and at its end. States of alarms, gaps and the status
/// are told in the native format beside them.
///
/// NGSI-LD knows no null: where there is no value, the entity says when that was and with which flag, and has no
/// value.
public struct NGSIFormat: FormatBesideNative {
  private let plan: NGSIPlan
  private let site: SiteDescription
  private let topics: Topics
  /// The native format beside it.
  public let native: NativeFormat

  /// Makes the format that speaks for `speaker`.
  public init(plan: NGSIPlan, speaker: Speaker) {
    self.plan = plan
    site = speaker.site
    topics = speaker.topics
    native = speaker.nativeFormat
  }

  /// The alert that tells a transition; gaps and what empties topics in the native format.
  public func messages(
    of fact: Fact, isDurable: Bool, at moment: SendingMoment
  ) -> [MQTTMessage] {
    switch fact.content {
    case .event(let event): return [alert(of: event, fact, at: moment)].compactMap(\.self)
    case .removal(let removal):
      guard removal.isAlarm else { return [] }
      let end = removal.event.flatMap { alert(of: $0, fact, at: moment) }
      let emptied = native.messages(of: fact, isDurable: isDurable, at: moment).last
      return [end, emptied].compactMap(\.self)
    case .observations: return []
    case .gap, .rendered:
      return native.messages(of: fact, isDurable: isDurable, at: moment)
    }
  }

  /// The entity of a point; nil for a point that the plan does not name.
  public func point(_ assessed: AssessedReading, at moment: SendingMoment) -> MQTTMessage? {
    let reading = assessed.reading
    guard let point = site.point(reading.point.rawValue), let feed = plan.feeds[point.id] else {
      return nil
    }
    let model = feed.attribute.model
    var entity = NGSIEntity(
      model, "\(site.id):\(point.id)", form: plan.form, observed: reading.wallTime)
    entity.add("name", .text(both(point.name)))
    entity.add(model.time, .time(reading.wallTime))
    let value = reading.value * feed.factor + feed.offset
    if reading.flag != .missing, value.isFinite {
      entity.add(
        feed.attribute.name, .number(value, unit: feed.attribute.commonCode), isObserved: true)
    }
    entity.add("qualityFlag", .integer(Int(reading.flag.rawValue)), isObserved: true)
    addCommon(to: &entity)
    if model == .floodMonitoring { entity.add("stationID", .text(site.id)) }
    return message(entity, quality: .atMostOnce, expirySeconds: point.expirySeconds)
  }

  private func alert(
    of event: EventFact, _ fact: Fact, at moment: SendingMoment
  ) -> MQTTMessage? {
    guard let category = plan.category, let alarm = event.alarm,
      ["raised", "cleared", "removed"].contains(event.kind), !event.marks.isSilenced
    else { return nil }
    let time = fact.time.wallTime(by: moment.reference)
    let isOver = alarm.stage.level == 0
    var entity = NGSIEntity(
      .alert, alarm.incident ?? fact.id, form: plan.form, observed: time)
    entity.add("name", .text(both(alarm.rule.name)))
    entity.add("alertSource", .relationship("urn:ngsi-ld:Device:\(fact.site)"))
    entity.add("category", .text(category.rawValue))
    entity.add("subCategory", plan.subCategory.map { .text($0) })
    entity.add("severity", .text(isOver ? "informational" : alarm.priority.rawValue))
    entity.add("dateIssued", .time(time))
    entity.add("validTo", isOver ? .time(time) : nil)
    entity.add("description", .text(both(event.text)))
    entity.add("data", .texts(details(of: event, alarm)))
    addCommon(to: &entity)
    return message(entity)
  }

  private func details(
    of event: EventFact, _ alarm: EventFact.Alarm
  ) -> [(String, String)] {
    var list = [
      ("alarm", alarm.rule.id), ("stage", alarm.stage.named.id),
      ("stageLevel", "\(alarm.stage.level)"),
    ]
    if let point = event.point { list.append(("point", point.id)) }
    if case .value(let value) = event.detail, value.isFinite {
      list.append(("value", value.description))
    }
    if let unit = event.unit { list.append(("unit", unit)) }
    list.append(("qualityFlag", "\(event.flag)"))
    return list
  }

  /// What every entity says: where it is, if that is public, whether it is meant, and who speaks.
  private func addCommon(to entity: inout NGSIEntity) {
    entity.add("location", plan.position.map { .position($0) })
    entity.add("mode", .text(site.mode.rawValue))
    entity.add("dataProvider", .text(both(site.name)))
  }

  private func both(_ text: LocalizedText) -> String {
    text.japanese == text.english ? text.english : "\(text.japanese) / \(text.english)"
  }

  private func message(
    _ entity: NGSIEntity, quality: MQTTMessage.Quality = .atLeastOnce, expirySeconds: UInt32? = nil
  ) -> MQTTMessage {
    MQTTMessage(
      topic: topics.topic("ngsi-ld/\(entity.model.rawValue)/\(entity.name)"),
      payload: entity.bytes, quality: quality, expirySeconds: expirySeconds,
      contentType: "application/ld+json",
      label: PayloadLabel(
        schema: "ngsi-ld/\(entity.model.rawValue)", site: site.id, mode: site.mode))
  }
}
