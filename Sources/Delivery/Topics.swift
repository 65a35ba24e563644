/// The topics of one site at one destination: `<root>/<site>/event` and its like.
public struct Topics: Hashable, Sendable {
  /// The first levels of every topic, where a destination sets no others.
  public static let standardRoot = "nomori/v1"

  /// The site's id.
  public var site: String
  /// The first levels of every topic.
  public var root: String
  /// What stands between the parts of an id.
  public var separator: IDSeparator

  /// Makes the topics of a site.
  public init(
    site: String, root: String = Topics.standardRoot, separator: IDSeparator = .dot
  ) {
    self.site = site
    self.root = root
    self.separator = separator
  }

  /// `online` or `offline`; retained, and the connection's last will.
  public var status: String { topic("status") }
  /// Every event, once; not retained.
  public var event: String { topic("event") }
  /// Facts that are missing, and why; not retained.
  public var gap: String { topic("gap") }
  /// Values for keeping, each once; not retained.
  public var observation: String { topic("observation") }
  /// The newest value of a point; retained until it is out of date.
  public func point(_ id: String) -> String { topic("point/\(id)") }
  /// The current state of an alarm; retained.
  public func alarm(_ id: String) -> String { topic("alarm/\(id)") }

  /// What became of a command; not retained.
  public var answer: String { topic("answer") }
  /// A command; the last level is what is to be done.
  public func command(_ kind: String) -> String { topic("command/\(kind)") }

  /// The topic of the site with these levels after its own.
  public func topic(_ levels: String) -> String { whole("\(site)/\(levels)") }

  /// The whole topic of one that has no root yet.
  func whole(_ topic: String) -> String { root + "/" + separator.styled(topic) }

  /// The same topics of another site.
  func of(_ site: String) -> Topics { Topics(site: site, root: root, separator: separator) }

  /// A subscription to all that the sites below `root` publish.
  public static func everything(below root: String) -> String { "\(root)/#" }
}
