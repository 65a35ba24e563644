internal import Delivery

/// A notification as a push message of the LINE Messaging API: one text.
struct LINEMessage {
  let page: NotificationPage
  /// The user, group or room.
  let to: String

  /// LINE takes 5,000 UTF-16 units; a character is two of them at most.
  private static let mostCharacters = 2_400

  var json: [UInt8] {
    JSONWriter.object { json in
      json.member("to", to)
      json.member("messages", each: [page.body.cut(to: Self.mostCharacters)]) { message, text in
        message.member("type", "text")
        message.member("text", text)
      }
    }
  }
}
