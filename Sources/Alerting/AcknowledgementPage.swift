internal import Delivery

/// How one acknowledges, in words.
struct AcknowledgementWords {
  let language: MessageLanguage

  private func pick(_ english: String, _ japanese: String) -> String {
    language == .english ? english : japanese
  }

  /// What the button says.
  var acknowledge: String { pick("I know of it and see to it", "確認しました・対応します") }
  /// After it.
  var thanks: String { pick("Thank you. The others are told.", "ありがとうございます。関係者に知らせます。") }
  var over: String { pick("It is over; there is nothing to do.", "すでに平常に戻っています。対応は不要です。") }
  func known(by name: String) -> String {
    pick("\(name) has acknowledged it already.", "すでに \(name) が確認しています。")
  }
  var outdated: String {
    pick(
      "It has become worse since that mail. Please use the newest mail.",
      "このメールの後に状況が変わりました。最新のメールから確認してください。")
  }
}

/// The page behind the link of a mail. Programs that look through mails fetch links; so the page only asks, and its
/// button says it.
public struct AcknowledgementPage: Sendable {
  private let plan: AlertingPlan
  private let reader: Recipient

  /// The page for a recipient; nil where the file no longer has them.
  public init?(plan: AlertingPlan, recipient id: String) {
    guard let reader = plan.recipient(id) else { return nil }
    self.plan = plan
    self.reader = reader
  }

  /// The name that others are told.
  public var name: String { reader.name }

  /// Asks, or says why there is nothing to ask.
  ///
  /// - Parameters:
  ///   - incident: how it stands; nil where it is over.
  ///   - event: the last event that the reader has seen.
  ///   - isDone: true where the reader has just acknowledged.
  public func html(of incident: Incident?, seen event: String, isDone: Bool) -> String {
    let words = AcknowledgementWords(language: reader.language)
    guard let incident else { return page("", words.over) }
    let latest = incident.latest
    let name = (latest.alarm?.name ?? latest.text).text(in: reader.language).tidied()
    let stage = latest.stage?.name.text(in: reader.language).tidied() ?? ""
    let title = "<h1>\(name.escaped)</h1><p class=\"stage\">\(stage.escaped)</p>"
    if isDone, incident.acknowledgement?.by == reader.name { return page(title, words.thanks) }
    if let by = incident.acknowledgement?.by { return page(title, words.known(by: by)) }
    guard incident.isCovered(by: event) else { return page(title, words.outdated) }
    return page(
      title + "<form method=\"post\"><button>\(words.acknowledge.escaped)</button></form>", nil)
  }

  private func page(_ body: String, _ sentence: String?) -> String {
    let sender = plan.name.text(in: reader.language).escaped
    return """
      <!DOCTYPE html>
      <html lang="\(reader.language.rawValue)"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(sender)</title>
      <style>body{margin:0;padding:24px;background:#eceff1;color:#212121;font-size:18px;line-height:1.5;\
      font-family:-apple-system,'Hiragino Sans','Noto Sans CJK JP','Noto Sans',sans-serif}\
      main{max-width:440px;margin:0 auto;background:#fff;border-radius:8px;padding:24px}\
      h1{font-size:20px;margin:0}.stage{font-size:26px;font-weight:bold;margin:0 0 16px}\
      button{width:100%;font-size:20px;font-weight:bold;padding:16px;border:0;border-radius:6px;\
      background:#1565c0;color:#fff}</style></head>
      <body><main>\(body)<p>\(sentence?.escaped ?? "")</p><small>\(sender)</small></main></body></html>

      """
  }
}
