internal import GatewayRuntime
internal import GatewayStatus
internal import LinuxHost

/// Keeps a terminal showing the state of a gateway; the terminal's own content comes back after it.
struct LiveScreen {
  private let view: LiveView
  private let screen: TerminalScreen

  /// Takes over the terminal that `output` leads to.
  init(gateway: Gateway, language: Language, output: LineOutput) {
    screen = TerminalScreen(output)
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
  private let output: LineOutput

  /// Takes over the terminal that `output` leads to.
  init(_ output: LineOutput) {
    self.output = output
    output.put("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
  }

  /// Draws a page; only what stands there already is written over, so that nothing flickers.
  func draw(_ lines: [String]) {
    output.show("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
  }

  /// Gives the terminal back.
  func close() { output.put("\u{1B}[?25h\u{1B}[?1049l") }
}
