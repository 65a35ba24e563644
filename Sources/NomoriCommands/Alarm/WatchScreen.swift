internal import Alerting
internal import Delivery
internal import DetectionCore
internal import Glibc
internal import LinuxHost

/// Shows the watched sites as a page of the terminal, and takes its keys.
struct WatchScreen: WatchView {
  /// Events that are kept to be looked at: more than a page of the largest terminal shows.
  private static let eventLimit = 500
  /// A box answers within seconds, or something is wrong.
  private static let answerTimeout = TimeSpan.seconds(10)

  private let address: String
  private let searched: String
  private let style: TerminalStyle
  private let output: LineOutput
  private let screen: TerminalScreen
  private let keyboard: Keyboard?
  private var sites: WatchedSites
  private var events: [WatchedSites.News] = []
  private var controls: WatchControls
  private var bell: Bell
  private var link = WatchPage.Link.connecting
  /// The command that waits for its answer, and until when.
  private var pending: (order: Order, until: Instant)?

  /// Takes over the terminal.
  init(
    filter: WatchFilter, address: String, searched: String, style: TerminalStyle,
    controls: WatchControls,
    rings: Bool
  ) throws(HostError) {
    sites = WatchedSites(filter: filter)
    self.address = address
    self.searched = searched
    self.style = style
    self.controls = controls
    let output = try LineOutput(STDOUT_FILENO)
    self.output = output
    bell = Bell(rings ? { output.put("\u{7}") } : nil)
    screen = TerminalScreen(output)
    keyboard = Keyboard()
  }

  /// Gives the terminal back.
  func close() {
    screen.close()
    output.close()
    keyboard?.close()
  }

  /// Short enough for keys to be answered at once.
  var pollMilliseconds: Int32 { 50 }

  mutating func connected(to address: String, at now: Instant) {
    sites.connected()
    link = .connected
  }

  mutating func failed(_ error: BrokerError, _ words: String, at now: Instant) {
    link = .failed(words)
  }

  mutating func say(_ words: String) { controls.notice = words }

  mutating func take(_ message: ReceivedMessage, at now: Instant, _ wall: WallTime) {
    guard let news = try? sites.take(message) else { return }
    bell.sound(AlarmSound(news))
    switch news {
    case .event, .gap: keep(news)
    case .box where !message.isRetained: keep(news)
    case .answer(let answer): take(answer, wall)
    case .box, .alarm: break
    }
  }

  private mutating func keep(_ news: WatchedSites.News) {
    if events.count == Self.eventLimit { events.removeFirst() }
    events.append(news)
  }

  private mutating func take(_ answer: OrderAnswer, _ wall: WallTime) {
    guard let order = pending?.order, answer.command == order.id, answer.isFinal else { return }
    pending = nil
    let subject = WatchText(sites: sites, language: language, now: wall).name(of: order)
    controls.notice =
      answer.isRefused
      ? language.pick("\(subject): refused: ", "\(subject)：拒否されました：")
        + order.words(for: answer.reason, in: language)
      : language.pick("\(subject): done", "\(subject)：実行しました")
  }

  private var language: Language { controls.language }

  mutating func turn(at now: Instant, _ wall: WallTime) -> [Order]? {
    var orders: [Order] = []
    for key in keyboard?.pressed() ?? [] {
      switch controls.press(key, sites.alarms) {
      case .quit: return nil
      case .order(let order):
        orders.append(order)
        pending = (order, now + Self.answerTimeout)
        controls.notice = language.pick("sent; waiting for the box", "送信しました。応答を待っています")
      case nil: break
      }
    }
    if let pending, pending.until <= now {
      self.pending = nil
      let site = TerminalText.harmless(pending.order.site)
      controls.notice = language.pick(
        "\(site) did not answer: is it connected, and does its site file name commands?",
        "\(site) から応答がありません。接続と観測所ファイルの commands を確かめてください")
    }
    bell.turn(at: now)
    draw(wall)
    return orders
  }

  private func draw(_ wall: WallTime) {
    let size = terminalSize() ?? (columns: 80, rows: 24)
    let page = WatchPage(
      sites: sites, events: events, controls: controls, address: address, link: link,
      searched: searched,
      now: wall, style: style, columns: size.columns, rows: size.rows)
    screen.draw(page.lines)
  }
}
