/// What a session has done since it was made.
public struct DeliveryStatistics: Hashable, Sendable {
  /// Attempts to connect.
  public var attempts: UInt64 = 0
  /// Accepted connections.
  public var connects: UInt64 = 0
  /// Messages handed to the client library.
  public var published: UInt64 = 0
  /// Messages that the broker acknowledged.
  public var acknowledged: UInt64 = 0
  /// Messages that a lost connection left unacknowledged, so that they are sent again.
  public var repeated: UInt64 = 0
  /// Messages that the broker received and refused.
  public var rejected: UInt64 = 0
  /// Facts that were set aside, as the broker refused them each time.
  public var setAside: UInt64 = 0
  /// Point values that a newer one replaced before they were sent.
  public var valuesReplaced: UInt64 = 0
  /// Why the last connection could not be made or was lost.
  public var lastError: BrokerError?

  /// Makes statistics of nothing.
  public init() {}
}
