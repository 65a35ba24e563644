internal import GatewayStatus

/// Says on standard error what became worse with a gateway, and what is well again.
struct ProblemLog {
  let language: Language
  private let output: LineOutput
  private var known: [String: GatewayProblem] = [:]

  init(language: Language, output: LineOutput) {
    self.language = language
    self.output = output
  }

  /// Compares a gateway's problems with the last ones.
  mutating func report(_ problems: [String: GatewayProblem]) {
    for (key, problem) in problems.sorted(by: { $0.key < $1.key }) where known[key] != problem {
      output.say("\(key): " + problem.text(in: language))
    }
    for key in known.keys.sorted() where problems[key] == nil {
      output.say("\(key): " + language.pick("well again", "復旧しました"))
    }
    known = problems
  }
}
