extension WriteBehindQueue {
  /// A command whose outcome is known.
  public struct CommandNews: Hashable, Sendable {
    /// Its number.
    public var number: UInt32
    /// True where the outcome outlives a power cut.
    public var isDurable: Bool
  }

  /// What may be told now and was not yet.
  public struct News: Sendable {
    /// What the new facts made of their alarms, in order.
    public var alarms: [AlarmState] = []
    /// The commands whose outcomes they are.
    public var commands: [CommandNews] = []
  }
}
