internal import Delivery
internal import DetectionCore
internal import SiteConfiguration
internal import Tables

/// What was understood of a table, in words, and what speaks against it.
struct TableReport {
  let summary: TableSummary
  /// The point of each column of values.
  let points: [PointDescription]
  /// The zone by which times are shown, and read where nothing else is said.
  let zone: TimeZoneRule
  /// Whether an option names the zone of the table.
  let isZoneGiven: Bool
  let language: Language

  /// One line after another.
  var lines: [String] { [head, times, steps] + columns + others }

  /// What somebody should look at before believing what follows.
  var warnings: [String] { (stepWarnings + clockWarnings + valueWarnings).map { warning($0) } }

  private func both(_ english: String, _ japanese: String) -> String {
    language.pick(english, japanese)
  }

  private func warning(_ text: String) -> String { both("warning: ", "警告: ") + text }

  // MARK: What was understood

  private var head: String {
    let separators: [CSVOptions.Delimiter: (String, String)] = [
      .comma: ("commas", "カンマ"), .semicolon: ("semicolons", "セミコロン"), .tab: ("tabs", "タブ"),
      .pipe: ("vertical bars", "縦棒"), .blanks: ("blanks", "空白"),
    ]
    let separator = separators[summary.delimiter] ?? ("", "")
    let names = summary.namesLine.map {
      both(", names in line \($0)", "、列名 \($0) 行目")
    }
    return both(
      "\(summary.file): \(summary.encoding.rawValue), \(separator.0)\(names ?? ", no names")"
        + ", data from line \(summary.dataLine)",
      "\(summary.file): \(summary.encoding.rawValue)、\(separator.1)区切り\(names ?? "、列名なし")"
        + "、データ \(summary.dataLine) 行目から")
  }

  private var times: String {
    let columns = summary.timeColumns.map { "\"\($0)\"" }.joined(separator: " + ")
    return both(
      "  time: \(columns) as \(summary.timeFormat), \(zoneText)",
      "  時刻: \(columns)、形式 \(summary.timeFormat)、\(zoneText)")
  }

  private var zoneText: String {
    let clock = Self.text(summary.zone)
    return switch summary.zoneOrigin {
    case .times: both("each with its zone", "各時刻に時差付き")
    case .table(let name): both("in \(name) as the table says", "表の記載により \(name)")
    case .options: both("in \(clock)", "\(clock)")
    case .none: both("of no day", "日付なし")
    }
  }

  /// `UTC`, `UTC+09:00` or, with summer time, `UTC+01:00/+02:00`.
  static func text(_ zone: TimeZoneRule) -> String {
    func offset(_ seconds: Int32) -> String {
      let minutes = abs(seconds) / 60
      func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
      return (seconds < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
    }
    guard zone != .utc else { return "UTC" }
    return "UTC" + offset(zone.offsetSeconds)
      + (zone.summer.map { "/" + offset($0.offsetSeconds) } ?? "")
  }

  private func time(_ time: WallTime) -> String {
    summary.isDated ? zone.stamp(time) : String(CivilTime(time).timestamp.dropFirst(11).dropLast(5))
  }

  private var steps: String {
    let step = summary.step.map { step in
      let share = Int((step.share * 100).rounded(.down))
      return both(
        ", every \(Self.text(step.length, .en)) (\(share) % of the steps)",
        "、\(Self.text(step.length, .ja))ごと (間隔の \(share) %)")
    }
    return both(
      "  \(summary.rows) rows from \(time(summary.first)) to \(time(summary.last))"
        + "\(step ?? "")\(summary.isNewestFirst ? ", the newest first" : "")",
      "  \(summary.rows) 行、\(time(summary.first)) から \(time(summary.last))"
        + "\(step ?? "")\(summary.isNewestFirst ? "、新しい順" : "")")
  }

  /// A span in its largest whole unit.
  static func text(_ span: TimeSpan, _ language: Language) -> String {
    let units: [(Int64, String, String)] = [
      (86_400_000_000_000, "d", "日"), (3_600_000_000_000, "h", "時間"),
      (60_000_000_000, "min", "分"), (1_000_000_000, "s", "秒"), (1_000_000, "ms", "ミリ秒"),
    ]
    let unit = units.first { abs(span.nanoseconds) >= $0.0 && span.nanoseconds % $0.0 == 0 }
    guard let unit else { return span.seconds.text(decimals: 6) + language.pick(" s", " 秒") }
    return "\(span.nanoseconds / unit.0) " + language.pick(unit.1, unit.2)
  }

  private var columns: [String] {
    zip(points, summary.columns).map { point, column in
      let (low, high) = (
        column.low.text(decimals: point.decimals), column.high.text(decimals: point.decimals)
      )
      let range =
        column.count == 0 ? "" : both(", \(low) to \(high) ", "、\(low) から \(high) ") + point.unit
      return both(
        "  \(point.id): \"\(column.name)\", \(column.count) values\(range)",
        "  \(point.id): \"\(column.name)\"、値 \(column.count) 個\(range)")
    }
  }

  private var others: [String] {
    func list(_ counts: [(text: String, count: Int)]) -> String {
      counts.map { "\($0.count) \($0.text.isEmpty ? both("empty", "空欄") : "\"\($0.text)\"")" }
        .joined(separator: ", ")
    }
    var parts: [String] = []
    if summary.numberForm == .decimalComma { parts.append(both("decimal commas", "小数点はカンマ")) }
    if !summary.missing.isEmpty {
      parts.append(both("missing: ", "欠測: ") + list(summary.missing))
    }
    if !summary.marks.isEmpty { parts.append(both("marked: ", "記号付き: ") + list(summary.marks)) }
    func add(_ count: Int, _ english: String, _ japanese: String) {
      if count > 0 { parts.append(both("\(english): \(count)", "\(japanese): \(count)")) }
    }
    add(summary.repeatedRows, "rows that repeat a time", "同じ時刻の行")
    add(summary.backwardRows, "rows back in time", "時刻が戻る行")
    add(summary.otherRows, "other rows passed over", "対象外の行")
    add(summary.headerRows, "headers between rows", "途中の見出し行")
    add(summary.doubledTimes.earlier, "in the first of the doubled hour", "重複する 1 時間の 1 回目")
    add(summary.doubledTimes.later, "in the second", "2 回目")
    return parts.isEmpty ? [] : ["  " + parts.joined(separator: "; ")]
  }

  // MARK: What speaks against it

  private var stepWarnings: [String] {
    guard let step = summary.step else { return [] }
    return points.compactMap { point in
      let ratio = step.length.seconds / point.period.seconds
      guard ratio >= 2 || ratio <= 0.5 else { return nil }
      return both(
        "the rows are \(Self.text(step.length, .en)) apart, but \(point.id) has a period of "
          + Self.text(point.period, .en),
        "行の間隔は \(Self.text(step.length, .ja))ですが、\(point.id) の周期は "
          + "\(Self.text(point.period, .ja))です")
    }
  }

  private var clockWarnings: [String] {
    var warnings: [String] = []
    if !summary.isDated {
      warnings.append(
        both(
          "the times have no date, so that events are dated 1970; --start gives one",
          "時刻に日付がなく、イベントは 1970 年になります。--start で指定できます"))
    }
    if isZoneGiven, case .times = summary.zoneOrigin {
      warnings.append(
        both(
          "each time says its own zone; the one that is given is not used",
          "各時刻に時差があるため、指定した時差は使いません"))
    }
    if summary.skippedTimes > 0 {
      warnings.append(
        both(
          "\(summary.skippedTimes) times do not exist by this clock, as summer time begins; does the "
            + "table's clock keep summer time? --utc-offset says that it does not",
          "夏時間の開始により存在しない時刻が \(summary.skippedTimes) 個あります。夏時間のない表なら "
            + "--utc-offset を指定してください"))
    }
    if summary.doubledTimes.earlier > 0, summary.doubledTimes.later == 0 {
      warnings.append(
        both(
          "the hour that the clock shows twice as summer time ends is there once; does the table's "
            + "clock keep summer time? --utc-offset says that it does not",
          "夏時間の終了で 2 回あるはずの 1 時間が 1 回しかありません。夏時間のない表なら "
            + "--utc-offset を指定してください"))
    }
    return warnings
  }

  private var valueWarnings: [String] {
    zip(points, summary.columns).flatMap { point, column -> [String] in
      var warnings: [String] = []
      if column.count == 0 {
        warnings.append(
          both("\(point.id) has no value at all", "\(point.id) の値が 1 つもありません"))
      }
      if column.implausible * 2 > column.count {
        warnings.append(
          both(
            "\(column.implausible) of \(column.count) values are outside of what the sensor of "
              + "\(point.id) can show; is it the right column, in the right unit?",
            "値 \(column.count) 個のうち \(column.implausible) 個が \(point.id) の計測範囲の外です。"
              + "列と単位を確かめてください"))
      }
      return warnings
    }
  }
}
