internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling
internal import SiteConfiguration

/// What one line of sensors that do not speak Modbus does all the time, message by message; beside
/// `BusTable`.
struct FramedTable {
  let site: Site
  let plan: FramedPlan
  let load: FramedLoad

  /// Reckons the load of `plan`, a line of `site`.
  init(site: Site, plan: FramedPlan) {
    self.site = site
    self.plan = plan
    load = FramedLoad(plan: plan)
  }

  /// The lines of the table, in at most `columns`, and what it amounts to.
  func lines(language: Language, style: TerminalStyle, columns: Int?) -> [String] {
    let heading = [
      language.pick("each", "周期"), language.pick("device", "機器"),
      language.pick("request", "要求"), language.pick("bytes", "バイト"), "ms", "%",
      language.pick("worst ms", "最悪 ms"), language.pick("points", "観測点"),
    ]
    let rows = load.messages.map { cells($0, language) }
    let widths = heading.indices.map { column in
      ([heading] + rows).map { TerminalText.width($0[column]) }.max() ?? 0
    }
    // Names stand left, numbers right; what is last needs no column, and goes on below itself.
    let indent = widths.dropLast().reduce(0) { $0 + $1 + 2 }
    func lines(_ cells: [String]) -> [String] {
      let row = zip(cells, widths).dropLast().enumerated().map { index, cell in
        TerminalText.fit(cell.0, cell.1, alignRight: ![1, 2].contains(index)) + "  "
      }.joined()
      let last = TerminalText.wrap(cells.last ?? "", columns: columns.map { $0 - indent })
      return last.enumerated().map { index, text in
        (index == 0 ? row : String(repeating: " ", count: indent)) + text
      }
    }
    return [style.bold(plan.id) + "  " + style.dim(plan.link.name)]
      + lines(heading).map(style.dim) + rows.flatMap(lines)
      + TerminalText.wrap(summary(language), columns: columns)
  }

  private func cells(_ message: FramedLoad.Message, _ language: Language) -> [String] {
    let sensor = plan.devices[message.device]
    let request = sensor.line.messages[message.message].requestBytes
    let period = message.period?.written ?? "-"
    return [
      message.samples == 1 ? period : "\(period) (\(message.samples)x)", sensor.id,
      message.isAsked ? Self.shown(request) : language.pick("none", "なし"), "\(message.bytes)",
      (message.time.seconds * 1000).text(decimals: 1),
      (message.utilisation * 100).text(decimals: 2),
      message.worstResponse.map { ($0.seconds * 1000).text(decimals: 1) } ?? "-",
      message.points.isEmpty ? "-" : names(of: message).joined(separator: ", "),
    ]
  }

  /// A request as text without its end, or in hexadecimal.
  private static func shown(_ request: [UInt8]) -> String {
    let text = request.filter { $0 != 0x0D && $0 != 0x0A }
    return text.allSatisfy { (0x20...0x7E).contains($0) }
      ? String(decoding: text, as: UTF8.self) : request.hexadecimal
  }

  /// The ids of the points that a message serves.
  func names(of message: FramedLoad.Message) -> [String] {
    message.points.map { site.description.points[Int($0.rawValue)].id }
  }

  /// What comes by itself, in bytes a second.
  var unaskedBytesPerSecond: Double {
    load.messages.filter { !$0.isAsked }.reduce(0) { $0 + $1.bytesPerSecond }
  }

  private func summary(_ language: Language) -> String {
    let percent = (load.utilisation * 100).text(decimals: 2)
    let bytes = unaskedBytesPerSecond.text(decimals: 0)
    return unaskedBytesPerSecond > 0
      ? language.pick(
        "\(percent) % of the line's time; sensors send up to \(bytes) bytes a second by themselves",
        "回線使用率 \(percent) %。センサーの自発送信は最大 \(bytes) バイト/秒")
      : language.pick("\(percent) % of the line's time", "回線使用率 \(percent) %")
  }
}
