internal import Alerting
internal import Delivery
internal import DetectionCore

/// What `watch` says of alarms, events and boxes, as text without colours; each in one line, and harmless to a
/// terminal whatever a box has sent.
struct WatchText {
  let sites: WatchedSites
  let language: Language
  /// This machine's time.
  let now: WallTime

  /// An event: what, whose command, and the incident that it belongs to.
  func sentence(_ event: WatchedEvent) -> String {
    let received = event.received
    var text = language.pick(received.text)
    if event.giver == nil, received.marks.silenced, let name = received.alarm?.id,
      let alarm = sites.alarm(WatchedSites.Key(site: received.site, id: name)), alarm.isSilenced
    {
      text += bracket(silence(of: alarm))
    }
    if let giver = event.giver {
      text += language.pick(" (\(words(giver)))", "（\(words(giver))）")
    }
    if received.kind == "raised", let instruction = received.instruction {
      text += language.pick(" → ", " → ") + language.pick(instruction)
    }
    return TerminalText.harmless(text + tag(received.incident, of: received.site))
  }

  /// An alarm: its stage, how it stands, its name, `site` where it is given, since when.
  func summary(_ alarm: WatchedSites.Alarm, site: String = "") -> String {
    let state = alarm.state
    let since = WallTime(payload: state.since).map { time in
      language.pick("since \(moment(time, of: state.site))", "\(moment(time, of: state.site)) から")
    }
    let words = [
      stage(alarm) + standing(alarm), language.pick(state.alarm.name), site, since ?? "",
    ]
    return TerminalText.harmless(
      words.filter { !$0.isEmpty }.joined(separator: " ") + tag(state.incident, of: state.site))
  }

  /// What an alarm's stage is called.
  func stage(_ alarm: WatchedSites.Alarm) -> String {
    TerminalText.harmless(language.pick(alarm.state.stage.name))
  }

  /// What silences an alarm, who knows of it and whether it is meant, in brackets; empty where nothing is to
  /// be said.
  private func standing(_ alarm: WatchedSites.Alarm) -> String {
    let mode: [String] =
      switch alarm.state.mode {
      case .actual: []
      case .exercise: [language.pick("exercise", "訓練")]
      case .test: [language.pick("test", "試験")]
      }
    return bracket(silence(of: alarm) + [condition(alarm)].filter { !$0.isEmpty } + mode)
  }

  private func bracket(_ parts: [String]) -> String {
    guard !parts.isEmpty else { return "" }
    return language.pick(
      " [" + parts.joined(separator: "; ") + "]", "［" + parts.joined(separator: "、") + "］")
  }

  private func silence(of alarm: WatchedSites.Alarm) -> [String] {
    var parts: [String] = []
    let giver = alarm.told.silencedBy.map(words)
    if alarm.state.silence.shelved {
      let left = alarm.told.shelving?.minutesLeft(at: now)
      let rest = left.map { language.pick(", \($0) min left", " あと\($0)分") }
      parts.append(
        language.pick("shelved", "一時停止中") + (rest ?? "")
          + (giver.map { language.pick(", by \($0)", "・\($0)") } ?? ""))
    }
    if alarm.state.silence.outOfService {
      parts.append(
        language.pick("out of service", "休止中")
          + (giver.map { language.pick(", by \($0)", "・\($0)") } ?? ""))
    }
    if alarm.state.silence.suppressed {
      parts.append(language.pick("suppressed by design", "設定により抑止"))
    }
    return parts
  }

  private func condition(_ alarm: WatchedSites.Alarm) -> String {
    switch alarm.state.state {
    case "normal": ""
    case "unacknowledged": language.pick("unacknowledged", "未確認")
    case "acknowledged":
      language.pick("acknowledged", "確認済み")
        + (alarm.told.acknowledgedBy.map {
          language.pick(" by \(words($0))", "・\(words($0))")
        } ?? "")
    case "returnedUnacknowledged": language.pick("over, unacknowledged", "復帰・未確認")
    case "latched": language.pick("waits for its reset", "リセット待ち")
    default: alarm.state.state
    }
  }

  private func words(_ giver: CommandGiver) -> String {
    giver.name
      + (giver.comment.isEmpty
        ? "" : language.pick(": \"\(giver.comment)\"", "「\(giver.comment)」"))
  }

  /// A box: whether it is there.
  func words(_ box: ReceivedStatus) -> String {
    let state =
      switch (box.state, box.reason) {
      case ("online", _): language.pick("online", "接続中")
      case (_, "stopped"): language.pick("stopped by its people", "人が停止しました")
      default:
        language.pick(
          "cut off; alarms as last known", "通信断（警報は最後に分かった状態）")
      }
    return TerminalText.harmless(
      site(box.site) + language.pick(": ", "：") + state)
  }

  /// That no box is there, which may mean that it is not looked for where it is.
  func noBox(below topics: String) -> String {
    language.pick(
      "no box is known below \(topics): check --root and --site, and what the login may read",
      "\(topics) に観測所が見つかりません。--root、--site と、ログインの読み取り権限を確かめてください")
  }

  /// A command and the alarm that it is meant for.
  func name(of order: Order) -> String {
    let key = WatchedSites.Key(site: order.site, id: order.subject ?? "")
    let alarm = sites.alarm(key).map { language.pick($0.state.alarm.name) } ?? key.id
    let kind =
      switch order.kind {
      case .acknowledge: "確認"
      case .shelve: "一時停止"
      case .unshelve: "一時停止の解除"
      case .reset, .takeOutOfService, .returnToService, .stopOutput, .releaseOutput:
        order.kind.rawValue
      }
    return TerminalText.harmless(
      language.pick("\(order.kind.rawValue) \(alarm)", "\(alarm)の\(kind)"))
  }

  /// A sensor that gives no usable values.
  func words(_ fault: WatchedSites.SensorFault, at site: String) -> String {
    let since = WallTime(payload: fault.since).map { moment($0, of: site) } ?? ""
    return TerminalText.harmless(
      self.site(site) + language.pick(": ", "：") + language.pick(fault.point.name)
        + language.pick(
          ", sensor without usable values since \(since)", "のセンサー異常（\(since) から）"))
  }

  /// What was never told, and why.
  func words(_ gap: WatchedGap) -> String {
    let (alarms, others) = (gap.missing.alarms, gap.missing.others)
    let reason =
      switch gap.reason {
      case "quota": language.pick("the broker's share of the box's disk was full", "送信箱の割り当てが満杯")
      case "memory":
        language.pick("the box's disk took none and its memory was full", "ディスク不可でメモリーも満杯")
      case "damaged": language.pick("the box's disk was damaged", "ディスクの破損")
      case "outboxLost": language.pick("the box's outbox was lost", "送信箱の消失")
      default: gap.reason
      }
    let count =
      alarms + others == 0
      ? language.pick("nobody knows how many", "件数不明")
      : language.pick("\(alarms) of alarms, \(others) others", "警報 \(alarms) 件・その他 \(others) 件")
    return TerminalText.harmless(
      site(gap.site)
        + language.pick(
          ": events are missing (\(count)): \(reason)", "：届かなかったイベントがあります（\(count)、\(reason)）"))
  }

  /// A site by its name, and by its id where the name does not say it.
  func site(_ id: String) -> String {
    let name = language.pick(sites.name(of: id))
    return TerminalText.harmless(name == id ? id : "\(name) \(id)")
  }

  /// A site by its name alone, where there are several; nothing where there is no other.
  func shortSite(_ id: String) -> String {
    sites.boxes.count > 1 ? TerminalText.harmless(language.pick(sites.name(of: id))) : ""
  }

  /// A moment at a site, as short as it can be told from others: without the date today, with the zone where it is
  /// not the one that all sites have in common.
  func moment(_ time: WallTime, of site: String) -> String {
    let clock = sites.clocks.clock(of: site, at: time)
    let common = sites.clocks.common(at: now)
    let (text, today) = (clock.text(time), clock.text(now))
    let short = text.prefix(10) == today.prefix(10) ? text.dropFirst(11) : text.dropFirst(5)
    return short.prefix(short.count - 3) + (clock == common ? "" : " \(clock.name)")
  }

  /// A moment at a site, whole: `2026-11-30 17:05:09 JST`. As it came where it is none.
  func stamp(_ time: String, of site: String) -> String {
    guard let moment = WallTime(payload: time) else { return TerminalText.harmless(time) }
    let clock = sites.clocks.clock(of: site, at: moment)
    return "\(clock.text(moment)) \(clock.name)"
  }

  /// What the lines of one incident have in common: the end of its id, which no other of the site has since
  /// its outbox was made.
  private func tag(_ incident: String?, of site: String) -> String {
    guard let incident else { return "" }
    guard let id = EventIdentifier(incident, of: site) else { return " #\(incident)" }
    return " #\(id.session.number)-\(id.sequence)"
  }
}

extension WatchedEvent {
  /// How views mark it.
  var tone: DetectionEvent.Kind.Tone {
    DetectionEvent.Kind.allCases.first { $0.name == received.kind }?.tone ?? .notice
  }
}
