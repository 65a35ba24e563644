internal import Alerting
internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import Glibc

/// How `watch` shows what comes.
protocol WatchView {
  /// How long it may be waited for the broker before the view has its turn.
  var pollMilliseconds: Int32 { get }
  /// The broker is there, and says anew what it keeps.
  mutating func connected(to address: String, at now: Instant)
  /// The broker is not there; in words, for the reason of `error`.
  mutating func failed(_ error: BrokerError, _ words: String, at now: Instant)
  /// Something else is to be known.
  mutating func say(_ words: String)
  /// A message has come; `wall` is this machine's time.
  mutating func take(_ message: ReceivedMessage, at now: Instant, _ wall: WallTime)
  /// Does what is due; gives the commands that are to be sent, or nil at the end.
  mutating func turn(at now: Instant, _ wall: WallTime) -> [Order]?
  /// Gives back what it has taken over.
  func close()
}

/// Tells what comes as a stream of lines: text for people, or payloads for programs.
struct WatchStream: WatchView {
  let format: OutputFormat
  let language: Language
  /// From when on the kept states are told; nil for those of alarms that stand.
  let since: WallTime?
  /// What the lines with nothing to see say that they looked for.
  let searched: String
  private var sites: WatchedSites
  private let style: TerminalStyle
  private var bell: Bell
  /// What was said last of a broker that is not there, and when.
  private var complaint: (code: String, at: Instant)?
  /// When what the broker had kept has come; nil once it is told.
  private var settled: Instant?
  /// A broker that stays away for the same reason is spoken of so often.
  private static let complaintPause = TimeSpan.seconds(60)
  /// What a broker has kept comes at once; nobody says when it has all come.
  private static let settling = TimeSpan.seconds(1)

  init(
    filter: WatchFilter, format: OutputFormat, language: Language, style: TerminalStyle,
    since: WallTime?, searched: String, rings: Bool
  ) {
    bell = Bell(rings && isatty(STDERR_FILENO) == 1 ? { write("\u{7}", to: STDERR_FILENO) } : nil)
    sites = WatchedSites(filter: filter)
    self.format = format
    self.language = language
    self.style = style
    self.since = since
    self.searched = searched
  }

  var pollMilliseconds: Int32 { 250 }

  mutating func connected(to address: String, at now: Instant) {
    sites.connected()
    complaint = nil
    settled = now + Self.settling
    complain(language.pick("watching \(address)", "\(address) を監視中"))
  }

  mutating func failed(_ error: BrokerError, _ words: String, at now: Instant) {
    let code = GatewayProblem(error).code
    if let complaint, complaint.code == code, now - complaint.at < Self.complaintPause { return }
    complaint = (code, now)
    complain(words)
  }

  func say(_ words: String) { complain(words) }

  mutating func take(_ message: ReceivedMessage, at now: Instant, _ wall: WallTime) {
    do throws(WatchedSites.Unreadable) {
      guard let news = try sites.take(message) else { return }
      bell.sound(AlarmSound(news))
      switch format {
      case .json:
        if isAsked(news) { put(TerminalText.harmlessJSON(message.payload)) }
      case .text: tell(news, isKept: message.isRetained, wall)
      }
    } catch {
      complain(
        TerminalText.harmless(message.topic)
          + language.pick(": not what a box sends", "：観測所のメッセージとして解釈できません"))
    }
  }

  mutating func turn(at now: Instant, _ wall: WallTime) -> [Order]? {
    bell.turn(at: now)
    if let settled, settled <= now {
      self.settled = nil
      tellStates(wall)
    }
    return []
  }

  func close() {}

  /// Tells where alarms stand, once it is known.
  private func tellStates(_ wall: WallTime) {
    let text = WatchText(sites: sites, language: language, now: wall)
    if sites.boxes.isEmpty { complain(text.noBox(below: searched)) }
    if since != nil {
      complain(
        language.pick(
          "brokers keep only where each alarm stands; what happened before is in the box's recording (nomori replay)",
          "ブローカーは警報の現在の状態だけを保持します。過去のイベントは観測所の記録にあります（nomori replay）"))
    }
    guard format == .text, sites.filter.kinds.isEmpty else { return }
    for box in sites.boxes.values.sorted(by: { $0.site < $1.site }) { put("  " + text.words(box)) }
    let alarms = since.map { since in sites.history.filter { $0.isSince(since) } } ?? sites.alarms
    for alarm in alarms { tell(alarm, text) }
  }

  private func put(_ line: String) { show(line + "\n") }

  private func isAsked(_ news: WatchedSites.News) -> Bool {
    switch news {
    case .event, .gap: true
    case .alarm(let alarm): sites.filter.kinds.isEmpty && since.map(alarm.isSince) ?? true
    case .box: sites.filter.takesAll
    case .answer: false
    }
  }

  private func tell(_ news: WatchedSites.News, isKept: Bool, _ wall: WallTime) {
    let text = WatchText(sites: sites, language: language, now: wall)
    switch news {
    case .event(let event):
      let site = event.received.site
      put(
        "\(style.dim(text.stamp(event.received.time, of: site)))  \(text.site(site))  "
          + "\(style.mark(of: event.tone)) \(text.sentence(event))")
    // What comes by itself is told by its event; what comes late is told after all.
    case .alarm(let alarm):
      if isKept, settled == nil { tell(alarm, text) }
    case .box(let box):
      if settled == nil { put("  " + text.words(box)) }
    case .gap(let gap): put(style.yellow("! " + text.words(gap)))
    case .answer: break
    }
  }

  private func tell(_ alarm: WatchedSites.Alarm, _ text: WatchText) {
    let site = alarm.state.site
    let since = style.dim(text.stamp(alarm.state.since, of: site))
    put("\(since)  = \(text.summary(alarm, site: text.site(site)))")
  }
}

extension WatchedSites.Alarm {
  /// True where it stands as it does since `time` or later.
  fileprivate func isSince(_ time: WallTime) -> Bool {
    WallTime(payload: state.since).map { $0.nanosecondsSince1970 >= time.nanosecondsSince1970 }
      ?? true
  }
}
