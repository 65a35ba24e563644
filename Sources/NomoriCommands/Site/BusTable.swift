internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling
internal import SiteConfiguration

/// What one bus of a site does all the time, read by read, for the one who designs or commissions
/// it.
struct BusTable {
  let site: Site
  let plan: BusPlan
  let load: BusLoad
  /// The load while rules ask for their shortest periods; nil where none ask for shorter ones.
  let fastest: BusLoad?

  /// Reckons the load of `plan`, a bus of `site`.
  init(site: Site, plan: BusPlan) throws(BusPlanError) {
    self.site = site
    self.plan = plan
    load = try BusLoad(plan: plan)
    let hurried = plan.atFastest(site.samplings)
    func periods(_ plan: BusPlan) -> [TimeSpan] { plan.devices.flatMap(\.points).map(\.period) }
    fastest =
      periods(hurried) == periods(plan) ? nil : try BusLoad(plan: hurried, isHurried: true)
  }

  /// One column of the table.
  private struct Column {
    var title: String
    var cells: [String]
    var isNumber = true
  }

  /// With fewer columns than this left for them, points stand on lines of their own.
  private static let leastPointColumns = 24

  /// The lines of the table and what it amounts to, in at most `columns` of at least 80; for
  /// another program, without `columns`, one line a read.
  func lines(language: Language, style: TerminalStyle, columns: Int?) -> [String] {
    let title = style.bold(plan.id) + "  " + style.dim(port)
    let summary = summary(language).flatMap { TerminalText.wrap($0, columns: columns) }
    guard !load.reads.isEmpty else { return [title] + summary }
    let table = table(language)
    let widths = table.map { column in
      (column.cells + [column.title]).map(TerminalText.width).max() ?? 0
    }
    let width = widths.reduce(0) { $0 + $1 + 2 }
    let isNarrow = columns.map { $0 - width < Self.leastPointColumns } ?? false
    let indent = isNarrow ? 6 : width
    func row(_ cells: [String]) -> String {
      zip(zip(table, cells), widths).map { cell, width in
        TerminalText.fit(cell.1, width, alignRight: cell.0.isNumber)
      }.joined(separator: "  ")
    }
    let heading = row(table.map(\.title))
    var lines = [
      title,
      style.dim(isNarrow ? heading : heading + language.pick("  points", "  観測点")),
    ]
    for (index, read) in load.reads.enumerated() {
      let points = TerminalText.wrap(
        names(of: read).joined(separator: ", "), columns: columns.map { $0 - indent })
      let margin = String(repeating: " ", count: indent)
      let cells = row(table.map { $0.cells[index] })
      lines += isNarrow ? [cells, margin + points[0]] : [cells + "  " + points[0]]
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
        cells: reads.map { "\(plan.devices[$0.device].unit)" }),
      Column(title: "FC", cells: reads.map { "\($0.span.table.readFunctionCode)" }),
      Column(title: language.pick("registers", "レジスタ"), cells: reads.map(\.registers)),
      Column(title: "bit", cells: reads.map { bits($0) ?? "-" }),
      Column(title: "ms", cells: reads.map { $0.time.milliseconds }),
      Column(title: "%", cells: reads.map { ($0.utilisation * 100).text(decimals: 2) }),
      Column(
        title: language.pick("worst ms", "最悪 ms"),
        cells: reads.map { $0.worstResponse?.milliseconds ?? "-" }),
      Column(title: language.pick("limit", "期限"), cells: reads.map(\.deadline.written)),
    ]
  }

  /// How many bits long a transaction is on a serial line.
  func bits(_ read: BusLoad.Read) -> String? {
    guard let baud = plan.link.transmission?.serial.baud else { return nil }
    return (read.time.seconds * Double(baud)).text(decimals: 0)
  }

  /// The ids of the points that a read serves.
  func names(of read: BusLoad.Read) -> [String] {
    read.points.map { site.description.points[Int($0.rawValue)].id }
  }

  private func summary(_ language: Language) -> [String] {
    let percent = (load.utilisation * 100).text(decimals: 2)
    let highest = (BusLoad.highestUtilisation * 100).text(decimals: 0)
    var lines = [
      load.reads.isEmpty
        ? language.pick("Nothing is read from it.", "定期的に読むものはありません。")
        : language.pick(
          "\(percent) % of the bus's time, of at most \(highest) %; "
            + "worst ms: from when a sample is due until it is complete",
          "バス使用率 \(percent) % (上限 \(highest) %)。最悪 ms: 計測予定時刻から完了まで")
    ]
    if load.reads.contains(where: { $0.periods.count > 1 }) {
      lines.append(
        language.pick(
          "Points whose periods are joined by + share reads whenever they are due together; the "
            + "line with one period is for the other times.",
          "+ で結ばれた周期の観測点は、同時に予定された時にまとめて読む。周期が一つの行はそれ以外の時。"))
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
  /// The periods that are due then, and the samples in one where there are several: `1+5 min`,
  /// `30 s+1 min`, `10 min (20x)`.
  fileprivate var rhythm: String {
    let words = periods.map { $0.written.split(separator: " ") }
    let texts = words.indices.map { index in
      // A unit that follows once more is said only then.
      let isSaid = index + 1 == words.count || words[index].last != words[index + 1].last
      return (isSaid ? words[index] : words[index].dropLast()).joined(separator: " ")
    }
    let rhythm = texts.joined(separator: "+")
    return samples == 1 ? rhythm : "\(rhythm) (\(samples)x)"
  }

  /// The addresses, from 0, and how many: `2-5 (4)`.
  fileprivate var registers: String {
    span.count == 1 ? "\(span.address)" : "\(span.address)-\(span.end - 1) (\(span.count))"
  }
}

extension TimeSpan {
  /// In milliseconds with one decimal place.
  fileprivate var milliseconds: String { (seconds * 1000).text(decimals: 1) }
}
