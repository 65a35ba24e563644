internal import Alerting
internal import Delivery
internal import LinuxHost

/// What a person at the terminal has chosen, key by key. Pure: the keys' meaning, and nothing else.
struct WatchControls {
  /// Something that waits for its answer; about the alarm as it was seen when the key was pressed.
  enum Prompt: Equatable {
    case acknowledge(WatchedSites.Key, event: String?)
    /// With the minutes as they were typed.
    case shelve(WatchedSites.Key, minutes: String)
  }
  /// What is to be done now.
  enum Request {
    case order(Order)
    case quit
  }

  /// Who gives commands; nil where nobody may.
  let operatorName: String?
  var language: Language
  private(set) var prompt: Prompt?
  /// What was said last.
  var notice: String?
  /// True while the keys are explained.
  private(set) var showsHelp = false
  /// The incident whose events alone are shown.
  private(set) var followed: String?
  private var chosen: WatchedSites.Key?

  init(operatorName: String?, language: Language) {
    self.operatorName = operatorName
    self.language = language
  }

  /// Which of `alarms` is meant; the worst one until another is chosen, nil where there is none.
  func selection(in alarms: [WatchedSites.Alarm]) -> Int? {
    alarms.firstIndex { $0.key == chosen } ?? (alarms.isEmpty ? nil : 0)
  }

  /// Takes a key; gives what is to be done.
  mutating func press(_ key: Keyboard.Key, _ alarms: [WatchedSites.Alarm]) -> Request? {
    notice = nil
    if let prompt { return answer(prompt, key) }
    let index = selection(in: alarms)
    switch key {
    case .up, .character("k"): choose((index ?? 0) - 1, of: alarms)
    case .down, .character("j"): choose((index ?? -1) + 1, of: alarms)
    case .character("a"):
      ask(index.map { .acknowledge(alarms[$0].key, event: alarms[$0].state.lastEvent) })
    case .character("s"): ask(index.map { .shelve(alarms[$0].key, minutes: "30") })
    case .character("u"): return index.flatMap { order(.unshelve, alarms[$0].key) }
    case .character("f"):
      followed = followed == nil ? index.flatMap { alarms[$0].state.incident } : nil
    case .character("l"): language = language == .ja ? .en : .ja
    case .character("?"): showsHelp.toggle()
    case .character("q"): return .quit
    default: break
    }
    return nil
  }

  private mutating func choose(_ index: Int, of alarms: [WatchedSites.Alarm]) {
    guard alarms.indices.contains(index) else { return }
    chosen = alarms[index].key
  }

  private mutating func ask(_ prompt: Prompt?) {
    guard let prompt else { return }
    guard operatorName != nil else { return sayNobody() }
    self.prompt = prompt
  }

  private mutating func sayNobody() {
    notice = language.pick(
      "start with --operator NAME to give commands; the site file lists who may",
      "操作するには --operator 名前 を付けて起動してください（観測所ファイルの operators）")
  }

  private mutating func answer(_ prompt: Prompt, _ key: Keyboard.Key) -> Request? {
    switch (prompt, key) {
    case (_, .escape), (_, .character("q")), (_, .character("n")): self.prompt = nil
    case (.acknowledge(let alarm, let event), .enter),
      (.acknowledge(let alarm, let event), .character("y")):
      self.prompt = nil
      return order(.acknowledge, alarm, event: event)
    case (.shelve(let alarm, let minutes), .enter):
      guard let count = Double(minutes), count > 0 else { break }
      self.prompt = nil
      return order(.shelve, alarm, minutes: count)
    case (.shelve(let alarm, let minutes), .backspace):
      self.prompt = .shelve(alarm, minutes: String(minutes.dropLast()))
    case (.shelve(let alarm, let minutes), .character(let digit))
    where "0"..."9" ~= digit && minutes.count < 5:
      self.prompt = .shelve(alarm, minutes: minutes + String(digit))
    default: break
    }
    return nil
  }

  private mutating func order(
    _ kind: CommandKind, _ alarm: WatchedSites.Key, event: String? = nil, minutes: Double? = nil
  ) -> Request? {
    guard let operatorName else {
      sayNobody()
      return nil
    }
    return .order(
      Order(
        kind: kind, site: alarm.site, subject: alarm.id, operatorName: operatorName,
        minutes: minutes, event: event))
  }
}
