internal import Delivery

// A notification as HTML, as mail programs show it.

extension NotificationPage {
  /// The whole of it.
  var html: String {
    let direction = language == .english ? "en" : "ja"
    let bodies = items.map(html).joined(separator: "<div style=\"height:12px\"></div>\n")
    let rest = more.map { "<p style=\"font-size:16px\">\($0)</p>" } ?? ""
    return """
      <!DOCTYPE html>
      <html lang="\(direction)"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      </head><body style="margin:0;padding:8px;background:#eceff1;\
      font-family:-apple-system,'Hiragino Sans','Noto Sans CJK JP','Noto Sans',sans-serif;color:#212121">
      <div style="max-width:480px;margin:0 auto">
      \(bodies)\(rest)
      <p style="font-size:12px;line-height:1.5;color:#607d8b;padding:0 4px">\(footer.escaped)</p>
      </div></body></html>

      """
  }

  private func html(_ item: NotificationText) -> String {
    let colour = item.colour
    let label = item.label.map { label in
      "<div style=\"background:#fff59d;color:#000;font-weight:bold;font-size:16px;padding:8px 16px\">"
        + warning(label).escaped + "</div>"
    }
    let advice = item.advice.map {
      "<div style=\"background:#fff8e1;border-left:4px solid \(colour);padding:10px 12px;"
        + "font-size:17px;line-height:1.45;margin:0 0 14px\">\($0.escaped)</div>"
    }
    let rows = item.rows.map {
      "<tr><td style=\"color:#607d8b;padding:3px 12px 3px 0;white-space:nowrap;vertical-align:top\">"
        + "\($0.name.escaped)</td><td style=\"padding:3px 0;font-weight:bold\">\($0.value.escaped)"
        + "</td></tr>"
    }
    let button = item.link.map {
      "<div style=\"margin:16px 0 0\"><a href=\"\($0.escaped)\" style=\"display:block;background:#1565c0;"
        + "color:#fff;text-align:center;font-size:18px;font-weight:bold;padding:14px;border-radius:6px;"
        + "text-decoration:none\">\(words.acknowledge.escaped)</a></div>"
    }
    let plot = item.plot.map {
      "<div style=\"margin:14px 0 0\">\($0.html(colour: colour))"
        + "<div style=\"font-size:12px;color:#607d8b;padding-top:4px\">"
        + caption(of: $0).escaped + "</div></div>"
    }
    let name =
      item.title == item.headline
      ? "" : "<div style=\"font-size:15px;padding-top:6px\">\(item.subjectName.escaped)</div>"
    return """
      <div style="background:#fff;border-radius:8px;overflow:hidden">
      \(label ?? "")<div style="background:\(colour);color:#fff;padding:14px 16px">
      <div style="font-size:15px">\(item.site.escaped)</div>
      \(name)<div style="font-size:25px;line-height:1.25;font-weight:bold;word-break:keep-all;\
      overflow-wrap:anywhere">\(item.headline.escaped)</div>
      </div><div style="padding:16px">\(advice.joined())
      <p style="font-size:16px;line-height:1.5;margin:0 0 10px">\(item.sentence.escaped)</p>
      <table role="presentation" cellspacing="0" cellpadding="0" style="font-size:16px">\
      \(rows.joined())</table>\(plot ?? "")\(button ?? "")</div></div>

      """
  }
}

extension NotificationText {
  /// The colour that says at a glance how bad it is; dark enough for white letters.
  fileprivate var colour: String {
    if entry.reason == .over { return "#2e7d32" }
    guard entry.event.alarm != nil else { return "#455a64" }
    let urgency = (entry.event.priority ?? .medium).urgency
    return entry.event.level > 1 || urgency > 1 ? "#c62828" : "#bf5000"
  }
}
