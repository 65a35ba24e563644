/// The topics of one site, without the destination's root: `<site>/event` and its like.
public struct Topics: Hashable, Sendable {
  /// The site's id.
  public var site: String

  /// Makes the topics of a site.
  public init(site: String) { self.site = site }

  /// `online` or `offline`; retained, and the connection's last will.
  public var status: String { "\(site)/status" }
  /// Every event, once; not retained.
  public var event: String { "\(site)/event" }
  /// Facts that are missing, and why; not retained.
  public var gap: String { "\(site)/gap" }
  /// The newest value of a point; retained until it is out of date.
  public func point(_ id: String) -> String { "\(site)/point/\(id)" }
  /// The current state of an alarm; retained.
  public func alarm(_ id: String) -> String { "\(site)/alarm/\(id)" }

  /// What became of a command; not retained.
  public var answer: String { "\(site)/answer" }
  /// A command; the last level is what is to be done.
  public func command(_ kind: String) -> String { "\(site)/command/\(kind)" }

  /// A subscription to all that the sites below `root` publish.
  public static func everything(below root: String) -> String { "\(root)/#" }
}
