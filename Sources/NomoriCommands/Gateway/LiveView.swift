internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import Polling

/// Draws the state of a gateway as a page of text.
struct LiveView {
  let site: SiteDescription
  let language: Language
  let style: TerminalStyle
  /// Field seconds per real second, shown when it is not 1.
  let speed: Double

  /// The page's lines, each at most `columns` wide, at most `rows` of them.
  func lines(_ status: SiteStatus, columns: Int, rows: Int) -> [String] {
    var lines = header(status, columns)
    lines += points(status, columns)
    lines.append("")
    lines += alarms(status, columns)
    lines += outputs(status)
    lines.append("")
    let footer = footer(status, columns)
    lines += events(status, columns, room: rows - lines.count - footer.count - 2)
    lines.append("")
    return Array((lines + footer).prefix(rows))
  }

  private func header(_ status: SiteStatus, _ columns: Int) -> [String] {
    let name = "\(language.pick(site.name))  \(site.id)"
    let mode =
      switch site.mode {
      case .actual: ""
      case .exercise: language.pick(" EXERCISE ", " 訓練 ")
      case .test: language.pick(" TEST ", " 試験 ")
      }
    let pace = speed == 1 ? "" : "  ×\(Int(speed))"
    let time = String(status.time.prefix(19)) + "Z" + pace
    let left = "野守 Nomori  "
    let room = columns - TerminalText.width(left + mode + time) - 3
    return [
      style.bold(style.cyan(left)) + TerminalText.fit(name, max(0, room)) + " "
        + style.inverse(mode) + "  " + style.dim(time),
      style.dim(String(repeating: "─", count: columns)),
    ]
  }

  private func points(_ status: SiteStatus, _ columns: Int) -> [String] {
    let nameWidth = min(30, columns / 3)
    return zip(site.points, status.points).map { description, point in
      let name = TerminalText.fit(language.pick(description.name), nameWidth)
      guard let flag = point.flag else {
        return "\(name) \(style.dim(language.pick("waiting", "受信待ち")))"
      }
      let value = point.value.map { $0.text(decimals: description.decimals) } ?? "–"
      let number = TerminalText.fit(value, 9, alignRight: true)
      let unit = TerminalText.fit(TerminalText.unit(point.unit), 5)
      let spark = TerminalText.sparkline(point.trace?.thinned(to: columns - nameWidth - 28) ?? [])
      let word = TerminalText.fit(language.flag(flag), 10)
      return "\(name) \(style.bold(number)) \(unit) \(mark(word, flag)) \(style.cyan(spark))"
    }
  }

  private func mark(_ text: String, _ flag: QualityFlag) -> String {
    switch flag {
    case .pass: style.green(text)
    case .notEvaluated: style.dim(text)
    case .suspect: style.yellow(text)
    case .fail, .missing: style.red(text)
    }
  }

  private func alarms(_ status: SiteStatus, _ columns: Int) -> [String] {
    zip(site.rules, status.alarms.map(\.stage)).map { rule, stage in
      let name = TerminalText.fit(language.pick(rule.name), min(30, columns / 3))
      let scale = (1...max(1, rule.stages.count)).map { $0 <= Int(stage) ? "■" : "□" }.joined()
      let words =
        stage == 0
        ? language.pick("normal", "平常") : language.pick(rule.stages[Int(stage) - 1].name)
      return name + " " + style.stage(" \(scale) \(words) ", stage, of: rule.stages.count)
    }
  }

  private func outputs(_ status: SiteStatus) -> [String] {
    zip(site.outputs, status.outputs).map { output, told in
      let state =
        (told.isOn ? language.pick("ON", "作動中") : language.pick("off", "停止中"))
        + certainty(told.state)
      return TerminalText.fit(language.pick(output.name), 30) + " "
        + (told.isOn ? style.bold(style.yellow(" ● \(state)")) : style.dim(" ○ \(state)"))
    }
  }

  /// What is not known for sure; nothing where the device shows the state.
  private func certainty(_ state: SiteStatus.Output.State?) -> String {
    switch state {
    case .confirmed, nil: ""
    case .unverified: language.pick(", unverified", " (未確認)")
    case .pending: language.pick(", pending", " (実行中)")
    case .faulty: language.pick(", not obeyed", " (応答せず)")
    }
  }

  private func events(_ status: SiteStatus, _ columns: Int, room: Int) -> [String] {
    let title = style.bold(language.pick("Events", "イベント"))
    guard !status.recentEvents.isEmpty else {
      return [title, style.dim(language.pick("none yet", "まだありません"))]
    }
    return [title]
      + status.recentEvents.suffix(max(1, room - 1)).reversed().map { entry in
        let time = String(entry.time.dropFirst(5).prefix(11))
        let text = TerminalText.fit(language.pick(entry.text), columns - 16)
        return
          "\(style.dim(time.map { $0 == "T" ? " " : String($0) }.joined()))  \(style.mark(of: entry.kind.tone)) \(text)"
      }
  }

  /// The time in which 95 of 100 answers came.
  private func responseTime(_ times: SiteStatus.ResponseTimes?) -> String {
    guard let times else { return "" }
    return "  " + language.pick("answers within", "応答")
      + " \(times.p95.text(decimals: 0)) ms"
  }

  private func footer(_ status: SiteStatus, _ columns: Int) -> [String] {
    var lines = [style.dim(String(repeating: "─", count: columns))]
    for bus in status.buses {
      let load = status.windowSeconds > 0 ? bus.recent.busySeconds / status.windowSeconds : 0
      lines.append(
        language.pick("bus", "バス") + " \(bus.id)  " + language.pick("load", "負荷")
          + " \((load * 100).text(decimals: 1)) %  " + language.pick("requests", "要求")
          + " \(bus.total.requests)  " + language.pick("faults", "異常")
          + " \(bus.total.requests - min(bus.total.requests, bus.total.answers))"
          + responseTime(bus.responseMs))
    }
    for destination in status.destinations {
      let link =
        destination.isConnected
        ? style.green(language.pick("connected", "接続中"))
        : style.red(language.pick("not connected", "切断"))
      lines.append(
        "MQTT \(destination.mqttVersion ?? "") \(destination.id)  \(link) \(destination.broker)  "
          + language.pick("outbox", "送信待ち")
          + " \(destination.waitingEvents)  " + language.pick("readings", "計測")
          + " \(status.readingCount)  " + language.pick("events", "イベント")
          + " \(status.eventCount)  " + language.pick("recorded", "記録")
          + " \(status.recording.bytes / 1024) KiB")
    }
    for (subject, problem) in status.problems.sorted(by: { $0.key < $1.key }) {
      let text = "! \(subject): " + problem.text(in: language)
      lines.append(style.yellow(TerminalText.fit(text, columns)))
    }
    return lines
  }
}

extension Language {
  /// What a flag is called on screens.
  func flag(_ flag: QualityFlag) -> String {
    switch flag {
    case .pass: pick("pass", "正常")
    case .notEvaluated: pick("untested", "未検定")
    case .suspect: pick("suspect", "要確認")
    case .fail: pick("fail", "異常値")
    case .missing: pick("missing", "欠測")
    }
  }
}
