internal import Delivery
internal import DetectionCore

/// A notification as a message to a topic of ntfy, published as JSON.
struct NtfyMessage {
  let page: NotificationPage
  let topic: String
  /// What names the notification there: one that is published again takes the place of the first (ntfy 2.16).
  let sequence: String

  /// ntfy makes a file of a message of more than 4,096 bytes; a character is four of them at most.
  private static let mostCharacters = 1_000

  var json: [UInt8] {
    JSONWriter.object { json in
      json.member("topic", topic)
      json.member("title", page.subject)
      json.member("message", page.body.cut(to: Self.mostCharacters))
      json.member("priority", page.items.map(\.loudness).max() ?? NtfyMessage.normal)
      json.member("tags", texts: page.items[page.items.count - 1].tags)
      json.member("sequence_id", sequence)
      if let link = page.items.compactMap(\.link).last { json.member("click", link) }
    }
  }

  fileprivate static let normal = 3
}

extension NotificationText {
  /// ntfy's priority, 1 to 5: what calls for nobody is quiet, and 5 rings on for a while.
  fileprivate var loudness: Int {
    switch entry.reason {
    case .over, .eased, .acknowledged: return NtfyMessage.normal - 1
    case .raised, .standing, .reminded, .escalated: break
    }
    switch entry.event.priority ?? .medium {
    case .critical: return NtfyMessage.normal + 2
    case .high: return NtfyMessage.normal + 1
    case .medium, .low:
      return entry.event.level > 1 ? NtfyMessage.normal + 1 : NtfyMessage.normal
    }
  }

  /// The picture before the title, by ntfy's names.
  fileprivate var tags: [String] {
    switch entry.reason {
    case .over: ["white_check_mark"]
    case .acknowledged: ["eyes"]
    case .eased: ["arrow_lower_right"]
    case .raised, .standing, .reminded, .escalated:
      [loudness > NtfyMessage.normal ? "rotating_light" : "warning"]
    }
  }
}
