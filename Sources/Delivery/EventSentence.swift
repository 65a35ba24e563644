public import DetectionCore

/// The sentence that says an event to a person, in both languages. Below it, what its kind is called
/// in payloads and how views mark it.
///
/// All names in it are site data; the gateway adds only how they relate, and the mode where
/// nobody is to act.
struct EventSentence {
  var site: SiteDescription

  /// - Parameter trendPerHour: How fast the value changes, in its unit an hour; nil where that is unknown.
  func text(for event: DetectionEvent, trendPerHour: Double? = nil) -> LocalizedText {
    let text = body(of: event, trendPerHour: trendPerHour)
    let mark = site.mode.mark
    return LocalizedText(
      english: mark.english + text.english, japanese: mark.japanese + text.japanese)
  }

  private func body(of event: DetectionEvent, trendPerHour: Double?) -> LocalizedText {
    let count = event.value.text(decimals: 0)
    return switch event.kind {
    case .stageRaised: raised(event, trendPerHour: trendPerHour)
    case .stageCleared: cleared(event)
    case .sensorFaultRaised:
      say(
        event, ": no usable values from the sensor" + fault(event).english,
        "：センサーから有効な値が得られません" + fault(event).japanese)
    case .sensorFaultCleared:
      say(event, ": the sensor gives usable values again", "：センサーの値が正常に戻りました")
    case .outputOn: say(event, " switched on", "を作動させました")
    case .outputOff: say(event, " switched off", "を停止しました")
    case .outputStopped:
      say(event, " stopped by command; it stays off", "を操作により停止しました（解除まで作動しません）")
    case .outputReleased: say(event, " may switch on again", "の停止を解除しました")
    case .inputsLost:
      say(event, "Inputs lost before they could be judged: \(count)", "判定前に失われた入力：\(count)件")
    case .acknowledged: say(event, ": alarm acknowledged", "：警報を確認しました")
    case .reset: say(event, ": alarm reset", "：警報をリセットしました")
    case .shelved:
      say(
        event, ": alarm shelved for \(minutes(event.value)) min",
        "：警報を \(minutes(event.value)) 分間一時停止します")
    case .unshelved: say(event, ": alarm no longer shelved", "：警報の一時停止を終えました")
    case .suppressed: say(event, ": alarm suppressed by design", "：設定により警報を抑止します")
    case .resumed: say(event, ": alarm no longer suppressed", "：警報の抑止を終えました")
    case .takenOutOfService: say(event, ": alarm out of service", "：警報を休止しました")
    case .returnedToService: say(event, ": alarm in service again", "：警報を再開しました")
    case .reminded: say(event, ": alarm still present", "：警報が続いています")
    case .chatterStarted:
      say(event, ": alarm chatters; its ends are held back", "：警報が頻繁に変化するため、解除を保留します")
    case .chatterEnded: say(event, ": alarm no longer chatters", "：警報の頻繁な変化が収まりました")
    case .floodStarted:
      say(
        event, "More alarms than a person can follow: \(count) in ten minutes",
        "警報が多発しています：10 分間に \(count) 件")
    case .floodEnded: say(event, "The flood of alarms is over", "警報の多発が収まりました")
    case .signOfLife: say(event, "The box is at work", "装置は動作しています")
    case .commandRefused: say(event, "A command was refused: ", "操作を実行できません：", reason: "")
    case .deterrentHeld: say(event, " stays off: ", "は作動させません（", reason: "）")
    }
  }

  /// What is said behind the name of the event's subject, where it has one.
  private func say(
    _ event: DetectionEvent, _ english: String, _ japanese: String
  ) -> LocalizedText {
    switch event.kind.subject {
    case .rule: sentence(site.rule(event.subject)?.name, english: english, japanese: japanese)
    case .point: sentence(site.point(event.subject)?.name, english: english, japanese: japanese)
    case .output: sentence(site.output(event.subject)?.name, english: english, japanese: japanese)
    case .deterrent:
      sentence(site.deterrent(event.subject)?.name, english: english, japanese: japanese)
    case .flood, .site: LocalizedText(english: english, japanese: japanese)
    }
  }

  /// The same with the event's reason behind it, and what ends that in Japanese.
  private func say(
    _ event: DetectionEvent, _ english: String, _ japanese: String, reason end: String
  ) -> LocalizedText {
    let reason = EventDetail(event).reason
    return say(event, english + reason.english, japanese + reason.japanese + end)
  }

  private func minutes(_ seconds: Double) -> String { (seconds / 60).text(decimals: 0) }

  private func raised(_ event: DetectionEvent, trendPerHour: Double?) -> LocalizedText {
    let rule = site.rule(event.subject)
    let point = rule.flatMap { site.point(of: $0) }
    let stage = site.stageName(event.stage, of: rule)
    guard let point, point.unit != Self.noUnit else {
      return sentence(
        rule?.name, english: ": " + stage.english,
        japanese: "：「" + stage.japanese + "」になりました")
    }
    let value = measured(event.value, point)
    let limit = measured(event.limit, point).dropFirst()
    let trend = trendText(trendPerHour, of: point)
    let isFalling = rule?.direction == .falling
    return sentence(
      point.name,
      english: value + " reached stage " + stage.english
        + (limit.isEmpty ? "" : " (\(limit))") + trend.english,
      japanese: "が" + value + (value.isEmpty ? "" : " となり") + "「" + stage.japanese + "」"
        + (limit.isEmpty ? "" : "（\(limit)\(isFalling ? " 以下" : "")）")
        + (isFalling ? "になりました" : "に達しました") + trend.japanese)
  }

  private func cleared(_ event: DetectionEvent) -> LocalizedText {
    let rule = site.rule(event.subject)
    let point = rule.flatMap { site.point(of: $0) }
    let before = site.stageName(event.previousStage, of: rule)
    let now = site.stageName(event.stage, of: rule)
    let stages = (before: "「" + before.japanese + "」", now: "（現在：" + now.japanese + "）")
    guard let point, point.unit != Self.noUnit else {
      return sentence(
        rule?.name, english: ": now " + now.english + ", after " + before.english,
        japanese: "：" + stages.before + "が終わりました" + stages.now)
    }
    let value = measured(event.value, point)
    let left =
      value.isEmpty
      ? "の" + stages.before + "が終わりました"
      : "が" + value + " となり" + stages.before
        + (rule?.direction == .falling ? "ではなくなりました" : "を下回りました")
    return sentence(
      point.name,
      english: value + " left stage " + before.english + ", now " + now.english,
      japanese: left + stages.now)
  }

  /// Which way the value goes, and how fast; nothing where that is not worth a word.
  private func trendText(_ perHour: Double?, of point: PointDescription) -> LocalizedText {
    guard let perHour else { return both("", "") }
    let speed = perHour.magnitude.text(decimals: point.decimals)
    guard speed != (0.0).text(decimals: point.decimals) else { return both("", "") }
    let words = perHour > 0 ? both("rising", "上昇中") : both("falling", "下降中")
    let text = speed + point.unit.spoken + "/h"
    return both(", \(words.english) \(text)", "（\(words.japanese) \(text)）")
  }

  /// Why no value can be used: none came, or the first test that the last one failed; nothing where none tells.
  private func fault(_ event: DetectionEvent) -> LocalizedText {
    let failed = event.tests.inOrder.firstIndex { $0 == .fail }.map { Self.faults[$0] }
    let reason = event.flag == .missing ? Self.faults[0] : failed
    guard let reason else { return both("", "") }
    return both(" (\(reason.english))", "（\(reason.japanese)）")
  }

  /// What the failure of each test means, in the order of the tests; of the first one, that nothing came.
  private static let faults = [
    both("nothing comes", "値が届いていません"),
    both("its answers are damaged", "応答が壊れています"),
    both("out of range", "測定範囲外の値です"),
    both("outside of what the season has", "季節の範囲を外れた値です"),
    both("values jump", "値が突発的に変わっています"),
    both("values change too fast", "値の変化が速すぎます"),
    both("the value does not move", "値が変化していません"),
    both("another sensor does not show it", "他の観測項目と合いません"),
    both("values move too little", "値の変動が小さすぎます"),
    both("too far from its neighbour", "隣の観測項目との差が大きすぎます"),
  ]

  /// The unit of contacts, states and counts: their number tells a person nothing, and the rule is
  /// named instead of the point.
  private static let noUnit = "1"

  private func sentence(
    _ subject: LocalizedText?, english: String, japanese: String
  ) -> LocalizedText {
    LocalizedText(
      english: (subject?.english ?? "?") + english, japanese: (subject?.japanese ?? "?") + japanese)
  }

  /// A space, the value and its unit; nothing where there is no value.
  private func measured(_ value: Double, _ point: PointDescription?) -> String {
    guard value.isFinite, let point else { return "" }
    return " " + value.text(decimals: point.decimals) + point.unit.spoken
  }
}

extension DetectionEvent.Kind {
  /// The kind's name in payloads.
  public var name: String {
    switch self {
    case .stageRaised: "raised"
    case .stageCleared: "cleared"
    case .sensorFaultRaised: "sensorFault"
    case .sensorFaultCleared: "sensorFaultCleared"
    case .outputOn: "outputOn"
    case .outputOff: "outputOff"
    case .inputsLost: "inputsLost"
    case .acknowledged: "acknowledged"
    case .reset: "reset"
    case .shelved: "shelved"
    case .unshelved: "unshelved"
    case .suppressed: "suppressed"
    case .resumed: "resumed"
    case .takenOutOfService: "takenOutOfService"
    case .returnedToService: "returnedToService"
    case .reminded: "reminded"
    case .chatterStarted: "chatterStarted"
    case .chatterEnded: "chatterEnded"
    case .floodStarted: "floodStarted"
    case .floodEnded: "floodEnded"
    case .signOfLife: "signOfLife"
    case .commandRefused: "commandRefused"
    case .deterrentHeld: "deterrentHeld"
    case .outputStopped: "outputStopped"
    case .outputReleased: "outputReleased"
    }
  }

  /// How views mark an event.
  public enum Tone: Sendable {
    /// An alarm became worse.
    case worse
    /// An alarm became better.
    case better
    /// Something needs attention.
    case trouble
    /// Something is well again.
    case relief
    /// An output was switched.
    case switching
    /// Something to be known.
    case notice
  }

  /// How views mark events of this kind.
  public var tone: Tone {
    switch self {
    case .stageRaised: .worse
    case .stageCleared: .better
    case .sensorFaultRaised, .inputsLost, .reminded, .chatterStarted, .floodStarted,
      .commandRefused:
      .trouble
    case .sensorFaultCleared, .chatterEnded, .floodEnded, .acknowledged, .reset: .relief
    case .outputOn, .outputOff: .switching
    case .shelved, .unshelved, .suppressed, .resumed, .takenOutOfService, .returnedToService,
      .signOfLife, .deterrentHeld, .outputStopped, .outputReleased:
      .notice
    }
  }
}
