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

/// What became of a command: when it came in, and when the core had decided.
public enum CommandAnswer: Hashable, Sendable {
  /// It was handed to the core; another answer says what came of it.
  case accepted(String)
  /// It was not.
  case refused(String, Reason)
  /// The core has carried it out. Where that is not durable, a power cut would make the box forget it.
  case done(String, isDurable: Bool = true)
  /// The core has not, for the reason of its event `commandRefused`.
  case notDone(String, reason: String, isDurable: Bool = true)

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
    /// The broker had kept it, and whether its time is over cannot be told while the box's clock is not set.
    case clockUnknown
    /// There is no such command.
    case unknownKind = "unknownVerb"
    /// The site has no such alarm or output.
    case unknownSubject
    /// It names an event that the box does not know, or where an event means nothing.
    case unknownEvent
    /// The alarm has turned since the event that it names.
    case newerEvent
    /// Too many commands came at once.
    case busy
  }
}

extension NativeFormat {
  /// The answer to a command.
  public func answer(_ answer: CommandAnswer) -> MQTTMessage {
    let label = label("nomori/answer/3")
    let (id, isAccepted, reason, outcome, isDurable): (String, Bool, String?, String?, Bool?) =
      switch answer {
      case .accepted(let id): (id, true, nil, nil, nil)
      case .refused(let id, let reason): (id, false, reason.rawValue, "refused", nil)
      case .done(let id, let isDurable): (id, true, nil, "done", isDurable)
      case .notDone(let id, let reason, let isDurable): (id, true, reason, "refused", isDurable)
      }
    let payload = JSONWriter.object { json in
      json.heading(label)
      json.member("command", id)
      json.member("accepted", isAccepted)
      json.member("reason", reason)
      json.member("outcome", outcome)
      if let isDurable { json.member("durable", isDurable) } else { json.null("durable") }
    }
    return MQTTMessage(topic: topics.answer, payload: payload, label: label)
  }
}
