internal import Delivery

/// A whole notification in words: readable at a glance on a telephone.
struct NotificationPage {
  let items: [NotificationText]
  /// How many more there are than fit.
  let left: Int
  /// Who sends it.
  let sender: String
  let language: MessageLanguage

  /// Nil where the notification tells nothing.
  ///
  /// - Parameters:
  ///   - recipient: who is to read it.
  ///   - most: so many things are told; the rest is counted.
  ///   - link: where the recipient acknowledges an incident, having seen an event; nil where that is not possible.
  init?(
    _ notification: Notification, to recipient: Recipient, of plan: AlertingPlan,
    most: Int = AlertingLimits.digestEntries, link: AcknowledgementLinks
  ) {
    guard !notification.entries.isEmpty else { return nil }
    language = recipient.language
    sender = plan.name.text(in: language).tidied()
    items = notification.entries.prefix(most).map {
      NotificationText(
        entry: $0, made: notification.made, zone: plan.zone, language: recipient.language,
        link: $0.asksForAcknowledgement ? link($0.incident, $0.event.id, recipient.id) : nil)
    }
    left = notification.entries.count - items.count
  }

  func pick(_ english: String, _ japanese: String) -> String {
    language == .english ? english : japanese
  }

  /// True where several things travel together.
  var isDigest: Bool { items.count + left > 1 }

  /// It in one line; not meant as soon as one of several is not.
  var subject: String {
    guard isDigest else { return items[0].subject }
    let label = items.lazy.compactMap(\.label).first
    let mark = label.map { pick("[\($0)] ", "【\($0)】") } ?? ""
    let count = items.count + left
    let newest = items[items.count - 1]
    return
      (mark
      + pick(
        "\(count) reports, last: \(newest.title)", "\(count) 件の通知、最新：\(newest.title)"))
      .tidied(to: AlertingLimits.subjectCharacters)
  }

  var words: AcknowledgementWords { AcknowledgementWords(language: language) }

  var more: String? {
    left > 0 ? pick("and \(left) more", "ほか \(left) 件") : nil
  }

  var footer: String {
    pick(
      "Sent automatically by \(sender). Readings are provisional; nobody has checked them.",
      "\(sender)から自動で送信しています。観測値は速報値で、人による確認を経ていません。")
  }

  /// The text of a mail.
  var plain: String { body + "\n\n-- \n\(footer)\n" }

  /// The text, without who sends it.
  var body: String { (items.map(text) + [more].compactMap(\.self)).joined(separator: "\n\n") }

  private func text(of item: NotificationText) -> String {
    var lines: [String] = []
    if let label = item.label { lines.append("*** \(warning(label)) ***") }
    lines.append(item.title)
    lines.append(item.site)
    lines.append("")
    for advice in item.advice { lines += [advice, ""] }
    lines.append(item.sentence)
    lines += item.rows.map { $0.name + pick(": ", "：") + $0.value }
    if let link = item.link { lines += ["", words.acknowledge + pick(": ", "：") + link] }
    if let plot = item.plot { lines += ["", plot.text, caption(of: plot)] }
    return lines.joined(separator: "\n")
  }

  func warning(_ label: String) -> String {
    pick("\(label): nobody is to act on this", "\(label)：実際の事態ではありません")
  }

  func caption(of plot: HistoryPlot) -> String {
    guard let minutes = plot.minutes else { return plot.range }
    return plot.range + pick(" in the last \(minutes) min", "（直近 \(minutes) 分）")
  }
}

/// Where a recipient acknowledges an incident, having seen an event; nil where that is not possible.
public typealias AcknowledgementLinks =
  @Sendable (
    _ incident: String, _ event: String, _ recipient: String
  ) -> String?
