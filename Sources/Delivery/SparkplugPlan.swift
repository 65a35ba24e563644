/// What Sparkplug asks of a destination beside the site, whose id is the edge node's.
public struct SparkplugPlan: Hashable, Sendable {
  /// The group that the edge node belongs to; no `+`, `/` or `#`.
  public var group: String
  /// The host application without which nothing is told; nil for none.
  public var primaryHost: String?

  /// Makes a plan.
  public init(group: String, primaryHost: String? = nil) {
    self.group = group
    self.primaryHost = primaryHost
  }

  /// True where `text` may be the id of a group, an edge node or a host.
  public static func isIdentifier(_ text: String) -> Bool {
    !text.isEmpty && text != "STATE"
      && !text.utf8.contains { "+/#".utf8.contains($0) || $0 < 0x20 }
  }

  /// The topic of a kind of message, such as `NDATA`, of the edge node `site`.
  func topic(_ kind: String, of site: String) -> String { "spBv1.0/\(group)/\(kind)/\(site)" }

  /// The topic on which the primary host says whether it is there.
  var hostTopic: String? { primaryHost.map { "spBv1.0/STATE/\($0)" } }
}
