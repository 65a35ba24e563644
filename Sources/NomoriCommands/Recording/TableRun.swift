internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import Recording
internal import SiteConfiguration
internal import Tables

/// `nomori replay --series`: tables through the rules.
struct TableRun {
  let site: Site
  let series: SeriesOptions
  /// A mapping file in place of the options that say how tables are read.
  let map: String?
  /// Whether episodes are printed, and no events.
  let printsEpisodes: Bool
  /// A new file for the flags of every reading.
  let flags: String?
  let language: Language

  /// Says what was understood, prints the events, says what came of them, and where a table is
  /// damaged.
  func run() throws {
    let sources: [TableReplay.Source] = try reporting { try self.sources() }
    for (table, points) in sources {
      let report = TableReport(
        summary: table.summary,
        points: points.map { site.description.points[Int($0.rawValue)] },
        zone: site.description.zone, isZoneGiven: series.form.hasZone, language: language)
      for line in report.lines + report.warnings { complain(line) }
    }
    for warning in missingPoints(sources) { complain(warning) }
    var outcome = ReplayOutcome(site: site, language: language)
    try reporting { try replay(sources, into: &outcome) }
    for line in outcome.lines { complain(line) }
    let damages = sources.compactMap { damage(of: $0.table.summary) }
    for damage in damages { complain(damage) }
    if !damages.isEmpty { throw ExitCode.dataError }
  }

  private func replay(
    _ sources: [TableReplay.Source], into outcome: inout ReplayOutcome
  ) throws {
    let start = try series.start()
    var lines = EventLines(of: site)
    var file = try flags.map { try FlagsFile($0, of: site) }
    if printsEpisodes { say(EpisodeTable.names) }
    let table = EpisodeTable(site: site)
    var total = outcome
    try TableReplay(site: site).run(sources, from: start) { reading in
      total.take(reading)
      file?.take(reading)
    } onEvent: { event in
      let ended = total.take(event.event)
      if printsEpisodes {
        if let ended { say(table.row(ended)) }
      } else {
        say(lines.line(of: event))
      }
    }
    let open = total.finish()
    if printsEpisodes { for episode in open { say(table.row(episode)) } }
    try file?.close()
    outcome = total
  }

  private func damage(of summary: TableSummary) -> String? {
    summary.damage.map { damage in
      let last = site.description.zone.stamp(summary.last)
      return language.pick(
        "nomori: \(summary.file): \(damage.reason); sound up to line \(damage.lastLine), \(last)",
        "nomori: \(summary.file): \(damage.lastLine) 行目 (\(last)) まで読めました: \(damage.reason)")
    }
  }

  /// Points that rules need and no table shows.
  private func missingPoints(_ sources: [TableReplay.Source]) -> [String] {
    let shown = sources.flatMap(\.points).map { AcquiredSource(of: $0, in: site.detection).point }
    return site.description.rules.indices.compactMap { index in
      let rule = site.detection.rules[index]
      guard rule.incident == nil else { return nil }
      let needed = site.detection.acquiredSources(of: rule.point)
      let missing = needed.filter { !shown.contains($0) }
        .map { site.description.points[Int($0.rawValue)].id }
      guard !missing.isEmpty, missing.count < needed.count else { return nil }
      let (id, list) = (site.description.rules[index].id, missing.joined(separator: ", "))
      return language.pick(
        "warning: the rule \(id) also needs \(list), which no column shows",
        "警告: ルール \(id) には \(list) も必要ですが、対応する列がありません")
    }
  }

  /// The tables, each with the points of its columns.
  private func sources() throws -> [TableReplay.Source] {
    let inputs = try series.series.map { try TableInput(file: $0) }
    if let map { return try mapped(inputs, map) }
    let assignments = try series.assignments(in: site)
    return try zip(inputs, try shares(of: inputs, assignments)).map { input, share in
      let options = try series.form.options(
        try share.map { try series.column($0, of: site) }, site: site)
      return (
        try Table(input, options: options), share.map { PointIndex(rawValue: UInt16($0.point)) }
      )
    }
  }

  private func mapped(_ inputs: [TableInput], _ path: String) throws -> [TableReplay.Source] {
    let text = String(decoding: try readFile(path), as: UTF8.self)
    let map = try TableMap.load(SourceText(name: path, text: text), for: site)
    guard map.entries.count == inputs.count else {
      throw ValidationError(
        "--map \(path): is for \(map.entries.count) tables, but --series names \(inputs.count)")
    }
    try RulePoint.checkAreApart(map.entries.flatMap(\.points), in: site)
    return try zip(inputs, map.entries).map { input, entry in
      (
        try Table(input, options: entry.options),
        entry.points.map { PointIndex(rawValue: UInt16($0)) }
      )
    }
  }

  /// Which columns are read from which table: from the only one that has them; where there are as
  /// many tables as points, they go in pairs.
  private func shares(
    of inputs: [TableInput], _ assignments: [SeriesOptions.Assignment]
  ) throws -> [[SeriesOptions.Assignment]] {
    guard inputs.count > 1 else { return [assignments] }
    guard inputs.count != assignments.count else { return assignments.map { [$0] } }
    var shares: [[SeriesOptions.Assignment]] = inputs.map { _ in [] }
    for assignment in assignments {
      guard case .name(let name)? = assignment.column else {
        throw ValidationError("--point: with several tables, name each column")
      }
      let places = try inputs.indices.filter { try inputs[$0].hasColumn(name) }
      guard let place = places.first, places.count == 1 else {
        throw ValidationError(
          "the column \"\(name)\" is in \(places.count) of the tables; give as many --point as "
            + "tables, in their order, or a file with --map")
      }
      shares[place].append(assignment)
    }
    if let index = shares.firstIndex(where: \.isEmpty) {
      throw ValidationError("\(inputs[index].name): no point shows a column of it")
    }
    return shares
  }
}
