/// A command as the events that it causes name it: its id, and who gave it.
public struct IssuedCommand: Hashable, Codable, Sendable {
  /// The id that its sender gave it.
  public var id: String
  /// The operator's name.
  public var `operator`: String
  /// What the operator says about it; may be empty.
  public var comment: String
  /// Makes one.
  public init(id: String, operator: String, comment: String) {
    self.id = id
    self.operator = `operator`
    self.comment = comment
  }
}

/// What became of a command when it came in.
public enum CommandAnswer: Hashable, Sendable {
  /// It was handed to the core; an event says what came of it.
  case accepted(String)
  /// It was not.
  case refused(String, Reason)

  /// Why not.
  public enum Reason: String, Sendable, CaseIterable {
    /// The broker had kept it from before.
    case retained
    /// It is no JSON of the right keys, or too large.
    case malformed
    /// It lacks what it needs: the alarm that is to be silent, or for how long.
    case incomplete
    /// The destination's list of operators has no such name.
    case unknownOperator
    /// Its time is over.
    case expired
    /// There is no such command.
    case unknownKind = "unknownVerb"
    /// The site has no such alarm or output.
    case unknownSubject
    /// Too many commands came at once.
    case busy
  }
}

extension NativeFormat {
  /// The answer to a command.
  public func answer(_ answer: CommandAnswer) -> MQTTMessage {
    let label = label("nomori/answer/1")
    let payload = JSONWriter.object { json in
      json.heading(label)
      switch answer {
      case .accepted(let id):
        json.member("command", id)
        json.member("accepted", true)
        json.null("reason")
      case .refused(let id, let reason):
        json.member("command", id)
        json.member("accepted", false)
        json.member("reason", reason.rawValue)
      }
    }
    return MQTTMessage(topic: topics.answer, payload: payload, label: label)
  }
}
