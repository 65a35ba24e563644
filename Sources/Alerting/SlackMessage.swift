internal import Delivery

/// A notification as a message of Slack: blocks, and a line for where these are not shown.
struct SlackMessage {
  let page: NotificationPage

  /// Slack takes 50 blocks, and about 13,000 characters in all of them.
  static let mostItems = 15
  /// A header takes 150 characters, a section 3,000.
  private static let mostInHeader = 150
  private static let mostInSection = 2_900
  private static let mostInDigest = 800

  private enum Block {
    case header(String)
    case section(String)
  }

  var json: [UInt8] {
    JSONWriter.object { json in
      json.member("text", page.subject.markup)
      json.member("blocks", each: blocks) { block, content in
        switch content {
        case .header(let text):
          block.member("type", "header")
          block.member("text") { part in
            part.member("type", "plain_text")
            part.member("text", text.cut(to: Self.mostInHeader))
            part.member("emoji", false)
          }
        case .section(let text):
          block.member("type", "section")
          block.member("text") { part in
            part.member("type", "mrkdwn")
            part.member("text", text)
            part.member("verbatim", true)
          }
        }
      }
    }
  }

  private var blocks: [Block] {
    [.header(page.subject)] + page.items.map { .section(section($0)) }
      + [page.more, page.footer].compactMap(\.self).map { .section($0.markup) }
  }

  private func section(_ item: NotificationText) -> String {
    var lines: [String] = []
    if let label = item.label { lines.append("*\(page.warning(label).markup)*") }
    if page.isDigest { lines.append("*\(item.title.markup)*") }
    lines.append(item.site.markup)
    lines += item.advice.map { "> \($0.markup)" }
    lines.append(item.sentence.markup)
    lines += item.rows.map { "\($0.name.markup): *\($0.value.markup)*" }
    let text = lines.joined(separator: "\n").cut(
      to: page.isDigest ? Self.mostInDigest : Self.mostInSection)
    return item.link.map { "\(text)\n<\($0.markup)|\(page.words.acknowledge.markup)>" } ?? text
  }
}

extension String {
  /// The text where Slack would else see a link or a call to everybody in it.
  fileprivate var markup: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
