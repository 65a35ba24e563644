/// The name of an event that no other event of any site has: receivers drop repeats by it.
///
/// Its text is `<site>-<session>-<sequence>`, such as `river-nagi-12-345`. It holds no space,
/// comma, `<` or `&`, so it may stand in a CAP 1.2 `identifier` and in its `references`, as long
/// as the site's id holds none.
public struct EventIdentifier: Hashable, Sendable, CustomStringConvertible {
  /// The site's id.
  public var site: String
  /// The number of the gateway's start, from `EventStore.nextSession`.
  public var session: UInt32
  /// The event's number within that start.
  public var sequence: UInt64

  /// Makes an identifier.
  public init(site: String, session: UInt32, sequence: UInt64) {
    self.site = site
    self.session = session
    self.sequence = sequence
  }

  /// The identifier as it is sent.
  public var description: String { "\(site)-\(session)-\(sequence)" }
}
