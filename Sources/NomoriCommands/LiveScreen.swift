internal import GatewayRuntime
internal import LinuxHost

/// Keeps a terminal showing the state of a gateway; the terminal's own content comes back after it.
struct LiveScreen {
  private let view: LiveView

  /// Takes over the terminal.
  init(gateway: Gateway, language: Language) {
    view = LiveView(
      site: gateway.site, language: language, style: TerminalStyle(isColoured: true),
      speed: gateway.clock.speed)
    show("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
  }

  /// Draws the state; only what stands there already is written over, so that nothing flickers.
  func draw(_ status: GatewayStatus) {
    let size = terminalSize() ?? (columns: 100, rows: 30)
    let lines = view.lines(status, columns: size.columns, rows: size.rows)
    show("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
  }

  /// Gives the terminal back.
  func close() { show("\u{1B}[?25h\u{1B}[?1049l") }
}
