/// What the events of one start of a gateway are called by, beside the site's id.
public struct SessionIdentity: Hashable, Sendable {
  /// Made at random with the outbox, so that a new disk repeats no id: 8 hexadecimal digits. Empty in
  /// recordings of versions whose ids had none.
  public var epoch: String
  /// The number of the gateway's start with that outbox.
  public var number: UInt32

  /// Makes one.
  public init(epoch: String, number: UInt32) {
    self.epoch = epoch
    self.number = number
  }
}

/// The name of an event that no other event of any site has: receivers drop repeats by it.
///
/// Its text is `<site>-<epoch>-<session>-<sequence>`, such as `river-nagi-5f0c9a1e-12-345`. It holds no
/// space, comma, `<` or `&`, so it may stand in a CAP 1.2 `identifier` and in its `references`, as long as
/// the site's id holds none.
public struct EventIdentifier: Hashable, Sendable, CustomStringConvertible {
  /// The site's id.
  public var site: String
  /// The gateway's start.
  public var session: SessionIdentity
  /// The event's number within that start.
  public var sequence: UInt64

  /// Makes an identifier.
  public init(site: String, session: SessionIdentity, sequence: UInt64) {
    self.site = site
    self.session = session
    self.sequence = sequence
  }

  /// The identifier that `text` is, of an event of `site`; nil where it is none.
  public init?(_ text: String, of site: String) {
    guard text.hasPrefix(site + "-") else { return nil }
    let parts = text.dropFirst(site.utf8.count + 1).split(
      separator: "-", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let sequence = UInt64(parts[parts.count - 1]),
      let number = UInt32(parts[parts.count - 2])
    else { return nil }
    self.init(
      site: site,
      session: SessionIdentity(epoch: parts.count == 3 ? String(parts[0]) : "", number: number),
      sequence: sequence)
  }

  /// The identifier as it is sent.
  public var description: String {
    let epoch = session.epoch.isEmpty ? "" : session.epoch + "-"
    return "\(site)-\(epoch)\(session.number)-\(sequence)"
  }
}
