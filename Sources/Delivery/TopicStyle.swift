/// What stands between the parts of an id, such as `river.level`, in a topic.
public enum IDSeparator: String, Sendable, CaseIterable {
  /// `point/river.level`: the id as it is.
  case dot
  /// `point/river/level`: for brokers that take no dot.
  case slash
  /// `point/river-level`: for those as well.
  case dash

  /// A topic without its root in this style. The site stays one level, so that a subscription to all
  /// sites finds it: with `slash` its dots become dashes.
  public func styled(_ topic: String) -> String {
    switch self {
    case .dot: return topic
    case .dash: return topic.dotsReplaced(by: "-")
    case .slash:
      let levels = topic.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let site = levels.first, levels.count == 2 else { return topic.dotsReplaced(by: "-") }
      return String(site).dotsReplaced(by: "-") + "/" + String(levels[1]).dotsReplaced(by: "/")
    }
  }
}

extension String {
  fileprivate func dotsReplaced(by character: Character) -> String {
    String(map { $0 == "." ? character : $0 })
  }
}

extension DestinationPlan {
  /// The topics of a site at this destination.
  public func topics(of site: String) -> Topics {
    Topics(site: site, root: topicRoot, separator: idSeparator)
  }
}
