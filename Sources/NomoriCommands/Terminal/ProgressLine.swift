internal import Glibc

/// One line at the foot of a terminal that tells how far long work has come; on standard error, and
/// nothing where that is no terminal.
struct ProgressLine {
  private let isShown = isatty(STDERR_FILENO) == 1
  private var isDrawn = false

  /// Writes over the line.
  mutating func show(_ text: String) {
    guard isShown else { return }
    let columns = terminalColumns ?? 80
    write("\r" + TerminalText.fit(text, columns - 1) + "\u{1B}[K")
    isDrawn = true
  }

  /// Takes the line away, so that something else can be said.
  mutating func clear() {
    guard isDrawn else { return }
    write("\r\u{1B}[K")
    isDrawn = false
  }

  private func write(_ text: String) {
    unsafe text.withCString { unsafe _ = Glibc.write(STDERR_FILENO, $0, strlen($0)) }
  }
}

/// True where somebody sits at standard input.
var hasKeyboard: Bool { isatty(STDIN_FILENO) == 1 }
