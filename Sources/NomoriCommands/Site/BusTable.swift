internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling
internal import SiteConfiguration

/// What one bus of a site does all the time, read by read and message by message, for the one who
/// designs or commissions it.
struct BusTable {
  let site: Site
  let plan: BusPlan
  let load: BusLoad
  /// The load while rules ask for their shortest periods; nil where none ask for shorter ones.
  let fastest: BusLoad?

  /// Works out the load of `plan`, a bus of `site`.
  init(site: Site, plan: BusPlan) throws(BusPlanError) {
    self.site = site
    self.plan = plan
    load = try BusLoad(plan: plan)
    let hurried = plan.atFastest(site.samplings)
    func periods(_ plan: BusPlan) -> [TimeSpan] { plan.devices.flatMap(\.points).map(\.period) }
    fastest = periods(hurried) == periods(plan) ? nil : try BusLoad(plan: hurried)
  }

  /// One column of the table.
  private struct Column {
    var title: String
    /// Nil where a read has nothing to show; a column in which no read has anything is left out.
    var cells: [String?]
    var isNumber = true

    var width: Int { (cells.compactMap(\.self) + [title]).map(TerminalText.width).max() ?? 0 }

    /// The title, or what stands in a row.
    func text(_ row: Int?) -> String {
      TerminalText.fit(row.map { cells[$0] ?? "-" } ?? title, width, alignRight: isNumber)
    }
  }

  /// With fewer columns than this left for them, points stand on lines of their own.
  private static let leastPointColumns = 24

  /// The lines of the table and what it amounts to, in at most `columns` of at least 80; for
  /// another program, without `columns`, one line a read.
  func lines(language: Language, style: TerminalStyle, columns: Int?) -> [String] {
    let title = style.bold(plan.id) + "  " + style.dim(port)
    let summary = summary(language).flatMap { TerminalText.wrap($0, columns: columns) }
    guard !load.reads.isEmpty else { return [title] + summary }
    let table = table(language).filter { $0.cells.contains { $0 != nil } }
    let width = table.reduce(0) { $0 + $1.width + 2 }
    let isNarrow = columns.map { $0 - width < Self.leastPointColumns } ?? false
    let indent = isNarrow ? 6 : width
    func cells(_ row: Int?) -> String { table.map { $0.text(row) }.joined(separator: "  ") }
    var lines = [
      title,
      style.dim(isNarrow ? cells(nil) : cells(nil) + language.pick("  points", "  観測点")),
    ]
    for (row, read) in load.reads.enumerated() {
      let names = read.points.isEmpty ? "-" : names(of: read).joined(separator: ", ")
      let points = TerminalText.wrap(names, columns: columns.map { $0 - indent })
      let margin = String(repeating: " ", count: indent)
      lines += isNarrow ? [cells(row), margin + points[0]] : [cells(row) + "  " + points[0]]
      lines += points.dropFirst().map { margin + $0 }
    }
    return lines + summary
  }

  private var port: String {
    guard let serial = plan.link.transmission?.serial else { return plan.link.name }
    return "\(plan.link.name) \(serial.text)"
  }

  private func table(_ language: Language) -> [Column] {
    let reads = load.reads
    return [
      Column(title: language.pick("each", "周期"), cells: reads.map(\.rhythm)),
      Column(
        title: language.pick("device", "機器"), cells: reads.map { plan.devices[$0.device].id },
        isNumber: false),
      Column(
        title: language.pick("unit", "局番"),
        cells: reads.map { plan.devices[$0.device].modbus.map { "\($0.unit)" } }),
      Column(
        title: "FC", cells: reads.map { $0.span.map { "\($0.table.readFunctionCode)" } }),
      Column(title: language.pick("registers", "レジスタ"), cells: reads.map(\.registers)),
      Column(
        title: language.pick("request", "要求"),
        cells: reads.map { request(of: $0, language) }, isNumber: false),
      Column(title: language.pick("bytes", "バイト"), cells: reads.map { "\($0.bytes)" }),
      Column(title: "ms", cells: reads.map { $0.time.milliseconds }),
      Column(title: "%", cells: reads.map { ($0.utilisation * 100).text(decimals: 2) }),
      Column(
        title: language.pick("worst ms", "最悪 ms"),
        cells: reads.map { $0.worstResponse?.milliseconds }),
      Column(
        title: language.pick("limit", "期限"),
        cells: reads.map { $0.isAsked ? $0.deadline.written : nil }),
    ]
  }

  /// The request of a message, as text without its end or in hexadecimal; nil for registers.
  private func request(of read: BusLoad.Read, _ language: Language) -> String? {
    guard case .message(let index, let isAsked) = read.content,
      let messages = plan.devices[read.device].framed?.line.messages
    else { return nil }
    guard isAsked else { return language.pick("none", "なし") }
    let request = messages[index].requestBytes
    let text = request.filter { $0 != 0x0D && $0 != 0x0A }
    return text.allSatisfy { (0x20...0x7E).contains($0) }
      ? String(decoding: text, as: UTF8.self) : request.hexadecimal
  }

  /// The ids of the points that a read serves.
  func names(of read: BusLoad.Read) -> [String] {
    read.points.map { site.description.points[Int($0.rawValue)].id }
  }

  /// What comes by itself, in bytes a second.
  var unaskedBytesPerSecond: Double {
    load.reads.filter { !$0.isAsked }.reduce(0) { $0 + $1.bytesPerSecond }
  }

  private func summary(_ language: Language) -> [String] {
    let percent = (load.utilisation * 100).text(decimals: 2)
    let highest = (BusLoad.highestUtilisation * 100).text(decimals: 0)
    var lines = [
      load.reads.isEmpty
        ? language.pick("Nothing is read from it.", "定期的に読むものはありません。")
        : load.reads.contains(where: \.isAsked)
          ? language.pick(
            "\(percent) % of the bus's time, of at most \(highest) %; "
              + "worst ms: from when a sample is due until it is complete",
            "バス使用率 \(percent) % (上限 \(highest) %)。最悪 ms: 計測予定時刻から完了まで")
          : language.pick("\(percent) % of the bus's time", "バス使用率 \(percent) %")
    ]
    if unaskedBytesPerSecond > 0 {
      let bytes = unaskedBytesPerSecond.text(decimals: 0)
      lines.append(
        language.pick(
          "Its sensors send up to \(bytes) bytes a second by themselves.",
          "センサーの自発送信は最大 \(bytes) バイト/秒"))
    }
    if load.longestWrite > .zero {
      lines.append(
        language.pick(
          "An output goes first and takes up to \(load.longestWrite.milliseconds) ms to write and "
            + "to read back; that is in the worst ms.",
          "出力は最優先。書き込みと確認に最長 \(load.longestWrite.milliseconds) ms (最悪 ms に含む)"))
    }
    if let fastest {
      let percent = (fastest.utilisation * 100).text(decimals: 2)
      let worst = fastest.reads.compactMap(\.worstResponse).max()?.milliseconds ?? "-"
      lines.append(
        language.pick(
          "While rules ask for their shortest periods: \(percent) %, worst \(worst) ms.",
          "ルールが最短周期を要求する間: \(percent) %、最悪 \(worst) ms"))
    }
    return lines
  }
}

extension BusLoad.Read {
  /// The period, and the samples in one where there are several: `30 s`, `10 min (20x)`.
  fileprivate var rhythm: String? {
    period.map { samples == 1 ? $0.written : "\($0.written) (\(samples)x)" }
  }

  /// The addresses, from 0, and how many: `2-5 (4)`; nil for a message.
  fileprivate var registers: String? {
    span.map { $0.count == 1 ? "\($0.address)" : "\($0.address)-\($0.end - 1) (\($0.count))" }
  }
}

extension TimeSpan {
  /// In milliseconds with one decimal place.
  fileprivate var milliseconds: String { (seconds * 1000).text(decimals: 1) }
}
