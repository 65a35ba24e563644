internal import GatewayRuntime
internal import GatewayStatus
internal import LinuxHost

/// Keeps a terminal showing the state of a gateway; the terminal's own content comes back after it.
struct LiveScreen {
  private let view: LiveView
  private let screen = TerminalScreen()

  /// Takes over the terminal.
  init(gateway: Gateway, language: Language) {
    view = LiveView(
      site: gateway.site, language: language, style: TerminalStyle(isColoured: true),
      speed: gateway.clock.speed)
  }

  /// Draws the state.
  func draw(_ status: SiteStatus) {
    let size = terminalSize() ?? (columns: 100, rows: 30)
    screen.draw(view.lines(status, columns: size.columns, rows: size.rows))
  }

  /// Gives the terminal back.
  func close() { screen.close() }
}

/// A terminal that shows a page which is drawn again and again.
struct TerminalScreen {
  /// Takes over the terminal.
  init() { show("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J") }

  /// Draws a page; only what stands there already is written over, so that nothing flickers.
  func draw(_ lines: [String]) {
    show("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
  }

  /// Gives the terminal back.
  func close() { show("\u{1B}[?25h\u{1B}[?1049l") }
}
