internal import Glibc

/// The keys of the terminal on standard input, one by one and not shown, until `close`.
public struct Keyboard: Sendable {
  /// A key that was pressed.
  public enum Key: Hashable, Sendable {
    case up, down, enter, escape, backspace
    /// A key that stands for a character.
    case character(Character)
  }

  private let before: termios

  /// Takes over the terminal's keys; nil where standard input is no terminal. Ctrl-C still ends the program; Ctrl-Z
  /// and Ctrl-\ do nothing, as nobody would give the terminal back.
  public init?() {
    var line = termios()
    guard isatty(STDIN_FILENO) == 1, unsafe tcgetattr(STDIN_FILENO, &line) == 0 else {
      return nil
    }
    before = line
    line.c_lflag &= ~(tcflag_t(ICANON) | tcflag_t(ECHO))
    // VQUIT and VSUSP.
    line.c_cc.1 = 0
    line.c_cc.10 = 0
    guard unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &line) == 0 else { return nil }
  }

  /// The keys that were pressed since the last call; waits for none.
  public func pressed() -> [Key] {
    var waited = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&waited, 1, 0) > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
    return Self.keys(in: String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
  }

  /// The keys that a terminal tells by `text`; those without a meaning here are left out.
  public static func keys(in text: String) -> [Key] {
    var keys: [Key] = []
    var rest = Substring(text)
    while let first = rest.popFirst() {
      switch first {
      case "\u{1B}": keys += escaped(&rest)
      case "\r", "\n", "\r\n": keys.append(.enter)
      case "\u{7F}", "\u{8}": keys.append(.backspace)
      case _ where first.unicodeScalars.allSatisfy { $0.value >= 0x20 }:
        keys.append(.character(first))
      default: break
      }
    }
    return keys
  }

  /// What follows an escape: a sequence of ECMA-48 (`[` or `O`, parameters, a letter), or nothing.
  private static func escaped(_ rest: inout Substring) -> [Key] {
    guard rest.first == "[" || rest.first == "O" else { return [.escape] }
    rest.removeFirst()
    while let next = rest.popFirst() {
      switch next {
      case "A": return [.up]
      case "B": return [.down]
      case "@"..."~": return []
      default: continue
      }
    }
    return []
  }

  /// Gives the terminal back as it was.
  public func close() {
    var line = before
    _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &line)
  }
}
