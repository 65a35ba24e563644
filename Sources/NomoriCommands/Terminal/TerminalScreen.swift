/// A terminal that shows a page which is drawn again and again.
struct TerminalScreen {
  private let output: LineOutput

  /// Takes over the terminal that `output` leads to.
  init(_ output: LineOutput) {
    self.output = output
    // Where a terminal takes a character for wider than we do, the line is cut and the page stays whole.
    output.put("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J")
  }

  /// Draws a page; only what stands there already is written over, so that nothing flickers. A line is cleared, and
  /// with the last one what is below, before it is written: behind a line of full width the cursor still stands on
  /// its last character.
  func draw(_ lines: [String]) {
    let page = lines.enumerated().map { index, line in
      (index == lines.count - 1 ? "\u{1B}[J" : "\u{1B}[K") + line
    }
    output.show("\u{1B}[H" + page.joined(separator: "\r\n"))
  }

  /// Gives the terminal back.
  func close() { output.put("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l") }
}
