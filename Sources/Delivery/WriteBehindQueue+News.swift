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

extension WriteBehindQueue {
  /// After which position a start begins while no store can be asked which were used: above all that earlier
  /// starts may have stored, those without a store among them.
  ///
  /// - Parameter session: The number of the start; those of later starts are higher.
  public static func withoutStore(session: UInt32) -> OutboxPosition {
    // 22 bits for starts: one each minute for eight years. Behind them 41 for the facts of one.
    OutboxPosition(rawValue: Int64(min(max(session, 1), 1 << 22 - 1)) << 41)
  }
}
