internal import Logging

/// Writes what is logged as lines of a `LineOutput`: with its priority in front for the journal (sd-daemon(3)),
/// without for people. Whoever logs never waits.
struct LogLines: LogHandler {
  let output: LineOutput
  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let text = event.message.description
    guard output.isJournal else { return output.say(text) }
    // Each line of the journal is a message of its own.
    let lines = text.split(separator: "\n").map { "<\(event.level.journalPriority)>\($0)" }
    output.say(lines.joined(separator: "\n"))
  }
}

extension Logger {
  /// Logs to `output`.
  init(to output: LineOutput) {
    self.init(label: "nomori") { _ in LogLines(output: output) }
  }

  /// Logs a text in the user's language.
  func say(_ level: Level, _ text: String) { log(level: level, "\(text)") }
}

extension Logger.Level {
  /// The priority of syslog(3).
  fileprivate var journalPriority: Int {
    switch self {
    case .critical: 2
    case .error: 3
    case .warning: 4
    case .notice: 5
    case .info: 6
    case .debug, .trace: 7
    }
  }
}
