internal import Delivery

/// A notification as an Adaptive Card, which a workflow of Microsoft Teams posts. Its texts are runs of rich text, as
/// other elements of a card take what they show for Markdown.
struct TeamsMessage {
  let page: NotificationPage

  /// Teams takes 28 KB.
  static let mostItems = 10
  private static let mostInText = 600
  private static let mostInDigest = 200

  private enum Element {
    case text(String, style: Style)
    case link(title: String, url: String)
  }

  private enum Style {
    case title, emphasis, normal, small
  }

  var json: [UInt8] {
    JSONWriter.object { json in
      json.member("type", "message")
      json.member("attachments", each: [page]) { attachment, page in
        attachment.member("contentType", "application/vnd.microsoft.card.adaptive")
        attachment.null("contentUrl")
        attachment.member("content") { card in
          card.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
          card.member("type", "AdaptiveCard")
          card.member("version", "1.4")
          card.member("lang", page.language.rawValue)
          card.member("fallbackText", page.subject)
          card.member("msteams") { $0.member("width", "Full") }
          card.member("body", each: elements) { write($1, into: &$0) }
        }
      }
    }
  }

  private func write(_ element: Element, into json: inout JSONWriter) {
    switch element {
    case .text(let text, let style):
      json.member("type", "RichTextBlock")
      json.member("inlines", each: [text]) { run, text in
        run.member("type", "TextRun")
        run.member("text", text.cut(to: page.isDigest ? Self.mostInDigest : Self.mostInText))
        switch style {
        case .title:
          run.member("size", "Large")
          run.member("weight", "Bolder")
        case .emphasis: run.member("weight", "Bolder")
        case .normal: break
        case .small:
          run.member("size", "Small")
          run.member("isSubtle", true)
        }
      }
    case .link(let title, let url):
      json.member("type", "ActionSet")
      json.member("actions", each: [url]) { action, url in
        action.member("type", "Action.OpenUrl")
        action.member("title", title)
        action.member("url", url)
      }
    }
  }

  private var elements: [Element] {
    var elements = [Element.text(page.subject, style: .title)]
    for item in page.items {
      if let label = item.label { elements.append(.text(page.warning(label), style: .emphasis)) }
      if page.isDigest {
        elements.append(.text(item.title, style: .emphasis))
      }
      elements.append(.text(item.site, style: .normal))
      elements += item.advice.map { .text($0, style: .emphasis) }
      elements.append(.text(item.sentence, style: .normal))
      elements += item.rows.map { .text("\($0.name): \($0.value)", style: .normal) }
      if let link = item.link {
        elements.append(.link(title: page.words.acknowledge, url: link))
      }
    }
    return elements + [page.more, page.footer].compactMap(\.self).map { .text($0, style: .small) }
  }
}
