internal import DetectionCore

/// One CAP 1.2 message as XML.
///
/// Times carry the site's offset and no fraction, as the schema wants them; there is one `info` a language.
struct CAPDocument {
  let plan: CAPPlan
  let site: SiteDescription
  let content: CAPContent
  /// The message itself.
  let sent: CAPIncidents.Sent
  /// The alerts that it updates.
  let before: [CAPIncidents.Sent]

  private var isOver: Bool { content.stage.level == 0 }
  private var severity: CAPPlan.Severity { plan.severity(ofStage: content.stage.level) }

  var bytes: [UInt8] {
    XMLWriter.document("alert", namespace: "urn:oasis:names:tc:emergency:cap:1.2") { xml in
      xml.element("identifier", sent.identifier)
      xml.element("sender", plan.sender)
      xml.element("sent", time(sent.sentNs))
      xml.element("status", status)
      xml.element("msgType", before.isEmpty ? "Alert" : "Update")
      xml.element("scope", "Public")
      xml.element("note", site.mode == .actual ? nil : site.mode.note)
      if !before.isEmpty {
        let references = before.map { "\(plan.sender),\($0.identifier),\(time($0.sentNs))" }
        xml.element("references", references.joined(separator: " "))
      }
      xml.element("incidents", before.first?.identifier ?? sent.identifier)
      for language in [\LocalizedText.japanese, \LocalizedText.english] {
        xml.element("info") { info(&$0, in: language) }
      }
    }
  }

  private var status: String {
    switch site.mode {
    case .actual: "Actual"
    case .exercise: "Exercise"
    case .test: "Test"
    }
  }

  private func info(_ xml: inout XMLWriter, in language: KeyPath<LocalizedText, String>) {
    xml.element("language", language == \.japanese ? "ja-JP" : "en-US")
    xml.element("category", plan.category.rawValue)
    xml.element("event", content.rule.name[keyPath: language])
    xml.element("responseType", isOver ? "AllClear" : "Monitor")
    xml.element("urgency", isOver ? "Past" : severity.urgency)
    xml.element("severity", severity.rawValue)
    xml.element("certainty", content.flag == QualityFlag.suspect.rawValue ? "Likely" : "Observed")
    xml.element("effective", time(sent.sentNs))
    xml.element("onset", time(content.onset.nanosecondsSince1970))
    xml.element("expires", time(sent.sentNs &+ plan.validityNs))
    xml.element("senderName", (plan.senderName ?? site.name)[keyPath: language])
    xml.element("headline", content.text[keyPath: language])
    xml.element("description", description(in: language))
    xml.element("instruction", isOver ? nil : content.instruction?[keyPath: language])
    for (name, value) in parameters {
      xml.element("parameter") { parameter in
        parameter.element("valueName", name)
        parameter.element("value", value)
      }
    }
    xml.element("area") { area(&$0, in: language) }
  }

  private func area(_ xml: inout XMLWriter, in language: KeyPath<LocalizedText, String>) {
    xml.element("areaDesc", plan.area[keyPath: language])
    if let circle = plan.circle {
      xml.element(
        "circle",
        "\(circle.latitude.text(decimals: 6)),\(circle.longitude.text(decimals: 6)) "
          + circle.radiusKilometres.text(decimals: 3))
    }
    guard let municipality = plan.municipality else { return }
    xml.element("geocode") { geocode in
      geocode.element("valueName", "全国地方公共団体コード")
      geocode.element("value", municipality)
    }
  }

  /// The station, the sentence, the value and since when.
  private func description(in language: KeyPath<LocalizedText, String>) -> String {
    let isJapanese = language == \.japanese
    var parts = [site.name[keyPath: language], content.text[keyPath: language]]
    if let value = content.value, let point = content.point, let unit = content.unit {
      let number = value.text(decimals: content.decimals ?? 2)
      parts.append("\(point.name[keyPath: language]) \(number)" + unit.spoken)
    }
    let clock = site.zone.stamp(content.onset)
    parts.append(isJapanese ? "発生 \(clock)" : "since \(clock)")
    return parts.joined(separator: isJapanese ? "。" : ". ")
  }

  private var parameters: [(String, String)] {
    var list = [
      ("site", site.id), ("alarm", content.rule.id), ("stage", content.stage.named.id),
      ("stageLevel", "\(content.stage.level)"), ("priority", content.priority.rawValue),
    ]
    if let point = content.point { list.append(("point", point.id)) }
    if let value = content.value { list.append(("value", value.description)) }
    if let unit = content.unit { list.append(("unit", unit)) }
    if let limit = content.limit { list.append(("limit", limit.description)) }
    if let trend = content.trendPerHour { list.append(("trendPerHour", trend.description)) }
    if let flag = content.flag { list.append(("qartodFlag", "\(flag)")) }
    list.append(("synchronized", content.onset.synchronized ? "true" : "false"))
    return list
  }

  private func time(_ nanoseconds: Int64) -> String {
    site.zone.timestamp(WallTime(nanosecondsSince1970: nanoseconds, synchronized: true))
  }
}

extension SiteMode {
  /// What is put before sentences where nobody is to act on them.
  var mark: LocalizedText {
    switch self {
    case .actual: LocalizedText(english: "", japanese: "")
    case .exercise: LocalizedText(english: "[EXERCISE] ", japanese: "【訓練】")
    case .test: LocalizedText(english: "[TEST] ", japanese: "【試験】")
    }
  }

  fileprivate var note: String {
    self == .exercise
      ? "訓練です。This is an exercise." : "試験です。This is a test."
  }
}

extension String {
  /// A unit by its UCUM code, as it is put behind a number.
  var spoken: String {
    switch self {
    case "1": ""
    case "Cel": " °C"
    default: " " + self
    }
  }
}
