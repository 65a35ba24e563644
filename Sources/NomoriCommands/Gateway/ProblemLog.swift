internal import GatewayStatus
internal import Logging

/// Logs what became worse with a gateway, and what is well again.
struct ProblemLog {
  let language: Language
  private let log: Logger
  private var known: [String: GatewayProblem] = [:]

  init(language: Language, log: Logger) {
    self.language = language
    self.log = log
  }

  /// Compares a gateway's problems with the last ones.
  mutating func report(_ problems: [String: GatewayProblem]) {
    for (key, problem) in problems.sorted(by: { $0.key < $1.key }) where known[key] != problem {
      log.say(problem.level, "\(key): " + problem.text(in: language))
    }
    for key in known.keys.sorted() where problems[key] == nil {
      log.say(.notice, "\(key): " + language.pick("well again", "復旧しました"))
    }
    known = problems
  }
}

extension GatewayProblem {
  /// An error where something is lost or not done for as long as it lasts; a warning where the gateway tries again
  /// and loses nothing; else something to know.
  var level: Logger.Level {
    switch code {
    case "recordingFailed", "outputNotSwitched": .error
    case _ where code.hasPrefix("outbox"): .error
    case "memoryNotLocked", "notRealtime": .notice
    default: .warning
    }
  }
}
