internal import Delivery
internal import DetectionCore

/// One thing that a notification tells, in words.
struct NotificationText {
  let entry: Notification.Entry
  /// When the notification was decided.
  let made: Int64
  let zone: LocalZone
  let language: MessageLanguage
  /// Where the reader says that it is known; nil where there is nothing to say.
  let link: String?

  private var event: ReceivedEvent { entry.event }

  private func pick(_ english: String, _ japanese: String) -> String {
    language == .english ? english : japanese
  }

  private func words(_ text: LocalizedText) -> String { text.text(in: language).tidied() }

  /// What says that it is not meant; nil where it is.
  var label: String? {
    switch entry.mode {
    case .actual: nil
    case .exercise: pick("EXERCISE", "訓練")
    case .test: pick("TEST", "試験")
    }
  }

  var site: String { words(entry.siteName) }

  /// The alarm, the sensor or the box.
  var subjectName: String {
    if let name = event.alarm?.name ?? event.point?.name { return words(name) }
    return pick("Field box", "観測装置")
  }

  /// The same and where it stands; an alarm whose stage has its name is said once.
  var title: String {
    headline.hasPrefix(subjectName) ? headline : subjectName + pick(": ", "：") + headline
  }

  /// Where it stands, in a few words.
  var headline: String {
    switch entry.reason {
    case .raised: return stage
    case .standing, .reminded: return stage + pick(" (still present)", "（継続中）")
    case .eased: return pick("down to \(stage)", "「\(stage)」に下がりました")
    case .over:
      if event.kind == "removed" { return pick("no longer watched", "監視の対象から外れました") }
      return event.subject?.kind == .sensor
        ? pick("measures again", "測定が回復しました") : pick("back to normal", "平常に戻りました")
    case .acknowledged:
      let name = (entry.acknowledgedBy ?? "?").tidied(to: 64)
      return pick("\(stage) — acknowledged by \(name)", "\(stage)（\(name) が確認）")
    case .escalated:
      return pick("\(stage) — nobody has acknowledged", "\(stage)（まだ誰も確認していません）")
    }
  }

  private var stage: String {
    if event.kind.hasPrefix("sensorFault") { return pick("no usable values", "有効な値なし") }
    return event.stage.map { words($0.name) } ?? "?"
  }

  /// What tells this alone, in one line.
  var subject: String {
    let mark = label.map { pick("[\($0)] ", "【\($0)】") } ?? ""
    return
      (mark + title + pick(" — \(site)", "（\(site)）"))
      .tidied(to: AlertingLimits.subjectCharacters)
  }

  /// The box's own sentence; the label stands above it already.
  var sentence: String {
    let text = words(event.text)
    let marks = ["[EXERCISE] ", "[TEST] ", "【訓練】", "【試験】"]
    guard let mark = marks.first(where: text.hasPrefix) else { return text }
    return String(text.dropFirst(mark.count))
  }

  /// What is to be done: the office's words, then those of the site's author.
  var advice: [String] {
    entry.reason == .over ? [] : [entry.advice, event.instruction].compactMap { $0.map(words) }
  }

  /// What is measured and when, as names and values.
  var rows: [(name: String, value: String)] {
    var rows: [(String, String)] = []
    if let point = event.point, event.alarm != nil {
      rows.append((pick("Sensor", "センサー"), words(point.name)))
    }
    if let value = event.value, let unit {
      var text = number(value) + unit
      if let limit = event.limit {
        text += pick(" (limit \(number(limit))\(unit))", "（基準 \(number(limit))\(unit)）")
      }
      rows.append((pick("Value", "値"), text))
    }
    if let trend = event.trend, let unit, trend.readable != "0",
      let minutes = plot?.minutes, minutes >= AlertingLimits.trendMinutes
    {
      let arrow = trend > 0 ? "↑ +" : "↓ "
      rows.append(
        (pick("Trend", "変化"), arrow + trend.readable + unit + pick(" per hour", " / 時")))
    }
    rows.append((pick("Time", "時刻"), time))
    if let late { rows.append((pick("Heard", "受信"), late)) }
    return rows
  }

  /// A value as the site shows it.
  private func number(_ value: Double) -> String {
    event.decimals.map { value.text(decimals: $0) } ?? value.readable
  }

  /// A space and the unit; nil where the value is a plain number, which the sentence tells.
  private var unit: String? {
    switch event.unit {
    case nil, "1": nil
    case "Cel": " °C"
    case .some(let unit): " " + unit.tidied(to: 20)
    }
  }

  /// The time of the event in the office's zone.
  var time: String {
    guard let wall = event.wallTime else { return event.time.tidied(to: 40) }
    let text = zone.text(wall, language)
    return event.synchronized
      ? text : text + pick(" (the box's clock was not set)", "（装置の時計は未設定）")
  }

  /// When the relay heard of it, where that was so much later that the reader has to know.
  private var late: String? {
    guard let wall = event.wallTime, wall.synchronized else { return nil }
    let delay = made - wall.nanosecondsSince1970
    guard delay > 600_000_000_000, delay < 7 * 86_400_000_000_000 else { return nil }
    return zone.text(WallTime(nanosecondsSince1970: made, synchronized: true), language)
  }

  /// The readings that led up to it; nil where there are too few to show, or where they are plain numbers, which
  /// say nothing to a reader.
  var plot: HistoryPlot? {
    guard let unit else { return nil }
    return HistoryPlot(
      event.history.suffix(AlertingLimits.plottedReadings),
      limit: event.limit.flatMap { $0.isFinite ? $0 : nil }, unit: unit, number: number)
  }
}

extension LocalZone {
  /// A time as people read it, with the zone's name.
  func text(_ wall: WallTime, _ language: MessageLanguage) -> String {
    let (time, name) = local(wall)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let clock = "\(two(time.hour)):\(two(time.minute)) \(name)"
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    let japaneseDays = ["月", "火", "水", "木", "金", "土", "日"]
    return language == .english
      ? "\(clock), \(days[time.dayOfWeek]) \(time.year)-\(two(time.month))-\(two(time.day))"
      : "\(clock)　\(time.year)年\(time.month)月\(time.day)日（\(japaneseDays[time.dayOfWeek])）"
  }
}

extension Double {
  /// With as many places as a person reads at a glance.
  var readable: String {
    let decimals = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2
    var text = self.text(decimals: decimals)
    guard text.contains(".") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text == "-0" ? "0" : text
  }
}
