internal import GatewayRuntime

/// Says on standard error what became worse with a gateway, and what is well again.
struct ProblemLog {
  let language: Language
  private var known: [String: String] = [:]

  init(language: Language) { self.language = language }

  /// Compares the state with the last one.
  mutating func report(_ status: GatewayStatus) {
    var problems = status.problems
    for destination in status.destinations {
      if let problem = destination.problem { problems["destination \(destination.id)"] = problem }
    }
    for (key, problem) in problems.sorted(by: { $0.key < $1.key }) where known[key] != problem {
      complain("\(key): \(problem)")
    }
    for key in known.keys.sorted() where problems[key] == nil {
      complain("\(key): " + language.pick("well again", "復旧しました"))
    }
    known = problems
  }
}
