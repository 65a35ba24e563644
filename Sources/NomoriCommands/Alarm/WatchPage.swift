internal import Alerting
internal import Delivery
internal import DetectionCore

/// Draws the watched sites as a page of text: standing alarms on top, what happened below, the keys at the foot.
struct WatchPage {
  let sites: WatchedSites
  /// The events, oldest first.
  let events: [WatchedSites.News]
  let controls: WatchControls
  /// Where the broker is.
  let address: String
  /// Whether the broker is there.
  let link: Link
  /// The topics below which boxes are looked for.
  let searched: String
  /// This machine's time.
  let now: WallTime
  let style: TerminalStyle
  let columns: Int
  let rows: Int

  /// How it stands with the broker.
  enum Link: Equatable {
    case connecting
    case connected
    /// Not there, with the reason in words.
    case failed(String)
  }

  private var language: Language { controls.language }
  private var text: WatchText { WatchText(sites: sites, language: language, now: now) }

  /// Events that stay in sight however many alarms stand, where the page has room for both.
  private static let leastEventRows = 4

  /// The page's lines, each at most `columns` wide, at most `rows` of them.
  var lines: [String] {
    let header = header
    let footer = footer
    let room = max(0, rows - header.count - footer.count - 2)
    let alarmRoom = room - min(Self.leastEventRows, room / 3)
    let away = away(room: max(1, alarmRoom / 3))
    let alarms = alarms(room: max(1, alarmRoom - away.count))
    let top = Array((alarms + away).prefix(alarmRoom))
    var page = header + top + [rule]
    page += happened(room: room - top.count)
    page += Array(repeating: "", count: max(0, rows - page.count - footer.count - 1))
    return Array((page.prefix(max(0, rows - footer.count - 1)) + [rule] + footer).suffix(rows))
  }

  private var rule: String { style.dim(String(repeating: "─", count: columns)) }

  /// A text in as many lines as it takes, those after the first one indented. What it begins with, `lead`, is
  /// painted as `painted`.
  private func block(
    _ text: String, lead: String = "", as painted: String? = nil, indent: Int = 0,
    _ paint: (String) -> String = { $0 }
  ) -> [String] {
    let room = max(4, columns - indent)
    let pieces = TerminalText.wrap(lead + text, columns: room).flatMap { cut($0, room) }
    return pieces.enumerated().map { index, piece in
      guard index == 0 else { return String(repeating: " ", count: indent) + paint(piece) }
      guard let painted, piece.hasPrefix(lead) else { return paint(piece) }
      return painted + paint(String(piece.dropFirst(lead.count)))
    }
  }

  /// A word that is wider than its place, in pieces.
  private func cut(_ word: String, _ room: Int) -> [String] {
    var pieces = [""]
    for character in word {
      let width = TerminalText.width(String(character))
      if TerminalText.width(pieces[pieces.count - 1]) + width > room { pieces.append("") }
      pieces[pieces.count - 1].append(character)
    }
    return pieces
  }

  private var header: [String] {
    let clock = sites.clocks.common(at: now)
    let time = clock.text(now).dropFirst(11) + " " + clock.name
    let state =
      switch link {
      case .connecting: language.pick("connecting", "接続を試みています")
      case .connected: language.pick("connected", "接続中")
      case .failed: language.pick("NOT CONNECTED", "未接続")
      }
    let only =
      sites.boxes.count == 1 ? sites.boxes.values.first.map { text.site($0.site) + " " } : nil
    var lines = block("野守 \(only ?? "")\(address) \(state) \(time)") { style.bold($0) }
    if case .failed(let reason) = link {
      lines += block("! " + reason, indent: 2) { style.yellow($0) }
    }
    return lines + [rule]
  }

  private func alarms(room: Int) -> [String] {
    let alarms = sites.alarms
    guard !alarms.isEmpty else { return none }
    let open = alarms.count { $0.wantsAcknowledgement && !$0.isSilenced }
    let title = language.pick(
      "Alarms \(alarms.count)" + (open > 0 ? ", unacknowledged \(open)" : ""),
      "警報 \(alarms.count)" + (open > 0 ? "（未確認 \(open)）" : ""))
    let selection = controls.selection(in: alarms) ?? 0
    let blocks = alarms.enumerated().map { index, alarm in
      entry(alarm, isSelected: index == selection)
    }
    let places = room - 1
    let height = blocks.reduce(0) { $0 + $1.count }
    guard height > places else { return [style.bold(title)] + blocks.flatMap { $0 } }
    // One line says how many are out of sight; the chosen one is always in it.
    var first = 0
    while first < selection, blocks[first...selection].reduce(0, { $0 + $1.count }) > places - 1 {
      first += 1
    }
    var shown: [String] = []
    var count = 0
    for block in blocks[first...] {
      guard shown.count + block.count < places || count == 0 else { break }
      shown += block
      count += 1
    }
    let more = language.pick(
      "… \(alarms.count - count) more: up and down", "… ほか \(alarms.count - count) 件（↑↓）")
    return [style.bold(title)] + shown + [style.dim(TerminalText.fit(more, columns))]
  }

  /// That no alarm stands, where that is known.
  private var none: [String] {
    guard link == .connected else {
      return block(
        language.pick("Whether alarms stand is not known", "警報の状態は分かりません"), style.yellow)
    }
    guard !sites.boxes.isEmpty else { return block(text.noBox(below: searched), style.yellow) }
    let words =
      sites.filter.takesAll
      ? language.pick("No alarm stands", "継続中の警報はありません")
      : language.pick("No alarm stands that was asked for", "指定された条件で継続中の警報はありません")
    return block(words, style.green)
  }

  private func entry(_ alarm: WatchedSites.Alarm, isSelected: Bool) -> [String] {
    let level = UInt8(clamping: alarm.state.stage.level)
    let stage = (isSelected ? "> " : "- ") + text.stage(alarm)
    let summary = text.summary(alarm, site: text.shortSite(alarm.state.site))
    let painted = style.stage(stage, level, of: Self.stageCount)
    let lines = block(
      String(summary.dropFirst(stage.count - 2)), lead: stage,
      as: alarm.isSilenced ? nil : painted, indent: 4)
    return isSelected ? lines.map(style.bold) : alarm.isSilenced ? lines.map(style.dim) : lines
  }

  /// A payload does not tell how many stages a rule has: most have three.
  private static let stageCount = 3

  /// Boxes and sensors that say nothing, so that nothing is known of their alarms; where there is no room for each,
  /// how many.
  private func away(room: Int) -> [String] {
    let boxes = sites.boxes.values.filter { !$0.isOnline }.sorted { $0.site < $1.site }
    let faults = sites.sensorFaults.sorted { $0.key < $1.key }
    let words = boxes.map(text.words) + faults.map { text.words($0.value, at: $0.key.site) }
    let lines = words.flatMap { block("! " + $0, indent: 2, style.yellow) }
    guard lines.count > room else { return lines }
    let counts = [
      boxes.isEmpty ? nil : language.pick("boxes away: \(boxes.count)", "接続のない観測所 \(boxes.count)"),
      faults.isEmpty
        ? nil : language.pick("sensors without values: \(faults.count)", "センサー異常 \(faults.count)"),
    ]
    return block(
      "! " + counts.compactMap { $0 }.joined(separator: language.pick(", ", "、")), indent: 2,
      style.yellow)
  }

  private func happened(room: Int) -> [String] {
    guard room > 0 else { return [] }
    let shown = events.filter { news in
      guard let incident = controls.followed, case .event(let event) = news else {
        return controls.followed == nil
      }
      return event.received.incident == incident
    }
    let title =
      controls.followed == nil
      ? language.pick("Events", "イベント") : language.pick("Events of this incident", "この警報のイベント")
    var lines = [style.bold(title)]
    guard !shown.isEmpty else {
      let none = language.pick(
        "none since this was started: brokers keep only where alarms stand",
        "起動後はまだありません（ブローカーは警報の現在の状態だけを保持します）")
      return Array((lines + block(none) { style.dim($0) }).prefix(room))
    }
    for news in shown.reversed() {
      let block = line(news)
      // The newest is shown as far as there is room.
      guard lines.count + block.count <= room || lines.count == 1 else { break }
      lines += block
    }
    return Array(lines.prefix(room))
  }

  private func line(_ news: WatchedSites.News) -> [String] {
    switch news {
    case .event(let event):
      let site = event.received.site
      let time = WallTime(payload: event.received.time).map { text.moment($0, of: site) } ?? "-"
      let name = text.shortSite(site)
      let mark = TerminalStyle(isColoured: false).mark(of: event.tone)
      return block(
        (name.isEmpty ? "" : name + language.pick(": ", "：")) + text.sentence(event),
        lead: "\(time) \(mark) ", as: style.dim(time) + " \(style.mark(of: event.tone)) ", indent: 4
      )
    case .box(let box): return block("! " + text.words(box), indent: 4)
    case .gap(let gap): return block("! " + text.words(gap), indent: 4) { style.yellow($0) }
    case .alarm, .answer: return []
    }
  }

  private var footer: [String] {
    if let prompt = controls.prompt { return block(question(prompt)) { style.inverse($0) } }
    var lines = controls.notice.map { block($0) { style.bold($0) } } ?? []
    if controls.showsHelp {
      for (key, words) in Self.keys { lines += block("\(key)  \(language.pick(words.0, words.1))") }
    } else {
      let short = language.pick(
        "[↑↓]choose [a]acknowledge [s]shelve [f]follow [l]日本語 [?]keys [q]quit",
        "[↑↓]選択 [a]確認 [s]一時停止 [f]追跡 [l]English [?]キー [q]終了")
      lines += block(short) { style.dim($0) }
    }
    return lines
  }

  private static let keys: [(String, (String, String))] = [
    ("↑ ↓, k j", ("choose an alarm", "警報を選ぶ")),
    ("a", ("acknowledge it, up to the event that is shown", "選んだ警報を、表示されている時点まで確認済みにする")),
    ("s, u", ("shelve it for a time; end that", "選んだ警報を一時停止する・再開する")),
    ("f", ("only the events of its incident, and back", "その警報のイベントだけを表示する・戻す")),
    ("l", ("Japanese or English", "英語・日本語の切り替え")),
    ("?, q", ("these lines; quit", "この説明・終了")),
  ]

  private func question(_ prompt: WatchControls.Prompt) -> String {
    switch prompt {
    case .acknowledge(let alarm, _):
      language.pick(
        "Acknowledge \(name(alarm))? Enter: yes, Esc: no",
        "\(name(alarm)) を確認済みにしますか？ Enter：はい Esc：いいえ")
    case .shelve(let alarm, let minutes):
      language.pick(
        "Shelve \(name(alarm)) for \(minutes)_ minutes? Enter: yes, Esc: no",
        "\(name(alarm)) を \(minutes)_ 分間一時停止しますか？ Enter：はい Esc：いいえ")
    }
  }

  private func name(_ key: WatchedSites.Key) -> String {
    TerminalText.harmless(sites.alarm(key).map { language.pick($0.state.alarm.name) } ?? key.id)
  }
}
