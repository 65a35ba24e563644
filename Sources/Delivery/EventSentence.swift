import DetectionCore

/// The sentence that says an event to a person, in both languages.
///
/// All names in it are site data; the gateway adds only how they relate, and the mode where
/// nobody is to act.
struct EventSentence {
  var site: SiteDescription

  func text(for event: DetectionEvent) -> LocalizedText {
    var text = body(of: event)
    switch site.mode {
    case .actual: break
    case .exercise:
      text = LocalizedText(
        english: "[EXERCISE] " + text.english, japanese: "【訓練】" + text.japanese)
    case .test:
      text = LocalizedText(english: "[TEST] " + text.english, japanese: "【試験】" + text.japanese)
    }
    return text
  }

  private func body(of event: DetectionEvent) -> LocalizedText {
    switch event.kind {
    case .stageRaised: raised(event)
    case .stageCleared: cleared(event)
    case .sensorFaultRaised:
      sentence(
        site.point(event.subject)?.name,
        english: ": the sensor gives no usable values",
        japanese: "：センサーから有効な値が得られません")
    case .sensorFaultCleared:
      sentence(
        site.point(event.subject)?.name,
        english: ": the sensor gives usable values again",
        japanese: "：センサーの値が正常に戻りました")
    case .outputOn:
      sentence(
        site.output(event.subject)?.name, english: " switched on", japanese: "を作動させました")
    case .outputOff:
      sentence(
        site.output(event.subject)?.name, english: " switched off", japanese: "を停止しました")
    case .outputStopped:
      sentence(
        site.output(event.subject)?.name, english: " stopped by command; it stays off",
        japanese: "を指令で停止しました（解除まで作動しません）")
    case .outputReleased:
      sentence(
        site.output(event.subject)?.name, english: " may switch on again",
        japanese: "の停止を解除しました")
    case .inputsLost: lost(event.value)
    case .floodStarted, .floodEnded, .signOfLife, .commandRefused, .deterrentHeld:
      aboutTheBox(event)
    case .acknowledged, .reset, .shelved, .unshelved, .suppressed, .resumed, .takenOutOfService,
      .returnedToService, .reminded, .chatterStarted, .chatterEnded:
      aboutAnAlarm(event)
    }
  }

  private func aboutAnAlarm(_ event: DetectionEvent) -> LocalizedText {
    let words: (english: String, japanese: String) =
      switch event.kind {
      case .acknowledged: (": alarm acknowledged", "：警報を確認しました")
      case .reset: (": alarm reset", "：警報をリセットしました")
      case .shelved:
        (
          ": alarm shelved for \(minutes(event.value)) min",
          "：警報を \(minutes(event.value)) 分間保留します"
        )
      case .unshelved: (": alarm no longer shelved", "：警報の保留を終えました")
      case .suppressed: (": alarm suppressed by design", "：警報を設計どおり抑止します")
      case .resumed: (": alarm no longer suppressed", "：警報の抑止を終えました")
      case .takenOutOfService: (": alarm out of service", "：警報を休止しました")
      case .returnedToService: (": alarm in service again", "：警報を再開しました")
      case .reminded: (": alarm still present", "：警報が続いています")
      case .chatterStarted:
        (": alarm chatters; its ends are held back", "：警報が頻繁に変化するため、解除を保留します")
      case .chatterEnded: (": alarm no longer chatters", "：警報の頻繁な変化が収まりました")
      case .stageRaised, .stageCleared, .sensorFaultRaised, .sensorFaultCleared, .outputOn,
        .outputOff, .inputsLost, .floodStarted, .floodEnded, .signOfLife, .commandRefused,
        .deterrentHeld, .outputStopped, .outputReleased:
        (": \(event.kind.name)", "：\(event.kind.name)")
      }
    return sentence(
      site.rule(event.subject)?.name, english: words.english, japanese: words.japanese)
  }

  private func aboutTheBox(_ event: DetectionEvent) -> LocalizedText {
    switch event.kind {
    case .floodStarted:
      LocalizedText(
        english:
          "More alarms than a person can follow: \(event.value.text(decimals: 0)) in ten minutes",
        japanese: "警報が多発しています：10 分間に \(event.value.text(decimals: 0)) 件")
    case .floodEnded:
      LocalizedText(english: "The flood of alarms is over", japanese: "警報の多発が収まりました")
    case .signOfLife:
      LocalizedText(english: "The box is at work", japanese: "装置は動作しています")
    case .deterrentHeld: held(event)
    case .commandRefused: refused(event)
    case .stageRaised, .stageCleared, .sensorFaultRaised, .sensorFaultCleared, .outputOn,
      .outputOff, .inputsLost, .acknowledged, .reset, .shelved, .unshelved, .suppressed,
      .resumed, .takenOutOfService, .returnedToService, .reminded, .chatterStarted,
      .chatterEnded, .outputStopped, .outputReleased:
      LocalizedText(english: event.kind.name, japanese: event.kind.name)
    }
  }

  private func held(_ event: DetectionEvent) -> LocalizedText {
    let reason = EventDetail(event).reason
    return sentence(
      site.deterrent(event.subject)?.name, english: " stays off: " + reason.english,
      japanese: "は作動させません（" + reason.japanese + "）")
  }

  private func refused(_ event: DetectionEvent) -> LocalizedText {
    let reason = EventDetail(event).reason
    return LocalizedText(
      english: "A command was refused: " + reason.english,
      japanese: "指令を実行できません：" + reason.japanese)
  }

  private func minutes(_ seconds: Double) -> String { (seconds / 60).text(decimals: 0) }

  private func raised(_ event: DetectionEvent) -> LocalizedText {
    let rule = site.rule(event.subject)
    let point = rule.flatMap { site.point(of: $0) }
    let stage = site.stageName(event.stage, of: rule)
    guard point?.unit != Self.noUnit else {
      return sentence(
        rule?.name, english: ": " + stage.english,
        japanese: "：「" + stage.japanese + "」になりました")
    }
    let value = measured(event.value, point)
    let limit = measured(event.limit, point)
    return sentence(
      point?.name,
      english: value + " reached stage " + stage.english
        + (limit.isEmpty ? "" : " (\(limit.dropFirst()))"),
      japanese: value + " 「" + stage.japanese + "」"
        + (limit.isEmpty ? "" : "（\(limit.dropFirst())）") + "に到達しました")
  }

  private func cleared(_ event: DetectionEvent) -> LocalizedText {
    let rule = site.rule(event.subject)
    let point = rule.flatMap { site.point(of: $0) }
    let before = site.stageName(event.previousStage, of: rule)
    let now = site.stageName(event.stage, of: rule)
    let ended = "「" + before.japanese + "」を終え、現在は「" + now.japanese + "」です"
    guard point?.unit != Self.noUnit else {
      return sentence(
        rule?.name, english: ": now " + now.english + ", after " + before.english,
        japanese: "：" + ended)
    }
    let value = measured(event.value, point)
    return sentence(
      point?.name,
      english: value + " left stage " + before.english + ", now " + now.english,
      japanese: value + " " + ended)
  }

  /// The unit of contacts, states and counts: their number tells a person nothing, and the rule is
  /// named instead of the point.
  private static let noUnit = "1"

  private func lost(_ count: Double) -> LocalizedText {
    let number = count.text(decimals: 0)
    return LocalizedText(
      english: "Inputs lost before they could be judged: " + number,
      japanese: "判定前に失われた入力：" + number + "件")
  }

  private func sentence(
    _ subject: LocalizedText?, english: String, japanese: String
  ) -> LocalizedText {
    LocalizedText(
      english: (subject?.english ?? "?") + english, japanese: (subject?.japanese ?? "?") + japanese)
  }

  /// A space, the value and its unit; nothing where there is no value.
  private func measured(_ value: Double, _ point: PointDescription?) -> String {
    guard value.isFinite, let point else { return "" }
    let unit =
      switch point.unit {
      case Self.noUnit: ""
      case "Cel": " °C"
      default: " " + point.unit
      }
    return " " + value.text(decimals: point.decimals) + unit
  }
}
