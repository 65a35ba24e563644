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
