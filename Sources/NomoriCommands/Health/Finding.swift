/// One thing that a gateway needs, how it stands, and what to do about it.
struct Finding: Equatable, Encodable {
  enum Verdict: String, Encodable {
    case ok
    /// It works, and could be better.
    case warning
    /// It does not work like this.
    case problem
  }

  /// What was looked at, such as `port field`.
  var subject: String
  var verdict: Verdict
  /// How it stands.
  var text: String
  /// What to do; nil where nothing is to be done.
  var remedy: String?
}

extension [Finding] {
  /// What is wrong with a gateway and what only could be better, taken together.
  var verdict: Finding.Verdict {
    contains { $0.verdict == .problem }
      ? .problem : contains { $0.verdict == .warning } ? .warning : .ok
  }
}
