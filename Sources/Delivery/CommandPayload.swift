/// What a command does; the last level of a command's topic.
public enum CommandKind: String, CaseIterable, Sendable {
  case acknowledge
  case reset
  case shelve
  case unshelve
  case takeOutOfService = "take-out-of-service"
  case returnToService = "return-to-service"
  case stopOutput = "stop-output"
  case releaseOutput = "release-output"

  /// True for what is done with an output, false for what is done with an alarm.
  public var concernsOutput: Bool { self == .stopOutput || self == .releaseOutput }
}

/// A command as it is written (`nomori/command/2`).
public struct CommandPayload: Codable, Sendable {
  /// The sender's own name for it.
  public var id: String
  /// Who gives it.
  public var `operator`: String
  /// The alarm's id; nil for all.
  public var alarm: String?
  /// The output's id; nil for all.
  public var output: String?
  /// What is to be known about it.
  public var comment: String?
  /// For how long to shelve.
  public var seconds: Double?
  /// True to shelve until the alarm ends.
  public var once: Bool?
  /// When it is too late to do it, in ISO 8601.
  public var expires: String?
  /// The last event of the alarm that its sender has seen; later ones are not acknowledged.
  public var event: String?

  /// Makes a command that does not expire.
  public init(
    id: String, operator: String, alarm: String?, output: String?, comment: String?,
    seconds: Double?, once: Bool?, event: String? = nil
  ) {
    self.id = id
    self.operator = `operator`
    self.alarm = alarm
    self.output = output
    self.comment = comment
    self.seconds = seconds
    self.once = once
    self.event = event
  }

  /// True where it says all that a command of this kind needs. What silences must name its alarm: a key
  /// that was forgotten shall not silence a whole site.
  public func isComplete(for kind: CommandKind) -> Bool {
    switch kind {
    case .shelve: alarm != nil && (seconds != nil || once == true)
    case .takeOutOfService: alarm != nil
    case .acknowledge, .reset, .unshelve, .returnToService, .stopOutput, .releaseOutput: true
    }
  }
}
