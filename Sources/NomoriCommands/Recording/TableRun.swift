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
  let language: Language

  /// Says what was understood, prints the events, and says where a table is damaged.
  func run() throws {
    let sources = try sources()
    for (table, points) in sources {
      let report = TableReport(
        summary: table.summary,
        points: points.map { site.description.points[Int($0.rawValue)] }, zone: site.description.zone,
        language: language)
      for line in report.lines + report.warnings { complain(line) }
    }
    let start = try series.start()
    let facts = FactSource(
      site: site.description, session: SessionIdentity(epoch: "", number: 0), boot: "")
    var incidents = StandingIncidents(ruleCount: site.description.rules.count)
    try reporting {
      try TableReplay(site: site).run(sources, from: start) { event in
        let incident = incidents.take(event.event, of: facts)
        say(facts.fact(event, incident: incident).line(site: site.description))
      }
    }
    let damages = sources.compactMap { damage(of: $0.table.summary) }
    for damage in damages { complain(damage) }
    if !damages.isEmpty { throw ExitCode.dataError }
  }

  private func damage(of summary: TableSummary) -> String? {
    summary.damage.map { damage in
      let last = String(CivilTime(summary.last).timestamp.prefix(19)).replacing("T", with: " ")
      return language.pick(
        "nomori: \(summary.file): \(damage.reason); sound up to line \(damage.lastLine), \(last) UTC",
        "nomori: \(summary.file): \(damage.lastLine) 行目 (\(last) UTC) まで読めました: \(damage.reason)")
    }
  }

  /// The tables, each with the points of its columns.
  private func sources() throws -> [TableReplay.Source] {
    let assignments = try series.assignments(in: site)
    let inputs = try reporting { try series.series.map { try TableInput(file: $0) } }
    return try reporting {
      try zip(inputs, try shares(of: inputs, assignments)).map { input, share in
        let options = try series.form.options(
          try share.map { try series.column($0, of: site) }, site: site)
        return (
          try Table(input, options: options),
          share.map { PointIndex(rawValue: UInt16($0.point)) }
        )
      }
    }
  }

  /// Which columns are read from which table: from the only one that has them; where each of several
  /// tables is to show one point, they go in pairs.
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
          "the column \"\(name)\" is in \(places.count) of the tables; give as many --point as tables, "
            + "in their order, or a file with --map")
      }
      shares[place].append(assignment)
    }
    if let index = shares.firstIndex(where: \.isEmpty) {
      throw ValidationError("\(inputs[index].name): no point shows a column of it")
    }
    return shares
  }
}
