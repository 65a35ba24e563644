internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import Recording
internal import SiteConfiguration
internal import Tables

/// The options with which recorded tables are read.
struct SeriesOptions: ParsableArguments {
  @Option(help: "Play this table (CSV and its relatives, also .gz and .zst). Can be repeated.")
  var series: [String] = []

  @Option(
    help: """
      The point that shows the table's values; by default that of the first rule. Several: \
      POINT=COLUMN, repeated.
      """)
  var point: [String] = []

  @Option(help: "The table's column of values: its name, or its number counted from 1.")
  var column: String?

  @Option(help: "UCUM code of the table's unit; by default the point's own.")
  var unit: String?

  @Option(help: "Begin at this time of the table, such as 2015-12-25 or 2015-12-25T18:00.")
  var from: String?

  @OptionGroup(title: "How a table is read, where it does not say so itself")
  var form: TableFormOptions

  func validate() throws {
    guard series.isEmpty else { return }
    let others =
      [("--column", column), ("--unit", unit), ("--from", from)].filter { $0.1 != nil }.map(\.0)
      + form.given
    guard let stray = others.first else { return }
    throw ValidationError("\(stray) says how to read a table; name one with --series FILE")
  }

  /// What a point shows, read from a column.
  struct Assignment {
    /// The point's index in the plan.
    var point: Int
    /// Nil: the only column of numbers.
    var column: CSVColumn?
    /// UCUM code of the table's unit; nil: the point's own.
    var unit: String?
  }

  /// What `--point` and `--column` say, or the first rule asks for.
  func assignments(in site: Site) throws -> [Assignment] {
    guard !point.isEmpty else {
      return [
        Assignment(
          point: try RulePoint.first(in: site), column: column.map(CSVColumn.init), unit: unit)
      ]
    }
    let assignments = try point.map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      return Assignment(
        point: try RulePoint.index(of: parts[0], in: site),
        column: (parts.count > 1 ? parts[1] : column).map(CSVColumn.init), unit: unit)
    }
    let areNamed = assignments.allSatisfy { $0.column != nil }
    guard assignments.count == 1 || (areNamed && column == nil) else {
      throw ValidationError("--point: where several are given, each says its column: POINT=COLUMN")
    }
    try RulePoint.checkAreApart(assignments.map(\.point), in: site)
    return assignments
  }

  /// The only table and the only point, for what shows one.
  func single(in site: Site) throws -> (path: String, assignment: Assignment)? {
    guard let path = series.first else { return nil }
    let assignments = try assignments(in: site)
    guard series.count == 1, assignments.count == 1 else {
      throw ValidationError("--series and --point can be given once here")
    }
    return (path, assignments[0])
  }

  /// Reads one column of the table at `path`, with what lies between rows.
  func read(
    _ path: String, _ assignment: Assignment, of site: Site, interpolation: Series.Interpolation
  ) throws -> Series {
    let options = try form.options([column(assignment, of: site)], site: site)
    let table = try Table(TableInput(file: path), options: options)
    let series = try CSVSeries(table, interpolation: interpolation).series
    return try begin(series)
  }

  /// The column of an assignment, converted to the point's unit.
  func column(_ assignment: Assignment, of site: Site) throws -> ValueColumn {
    let target = site.description.points[assignment.point].unit
    var column = ValueColumn(
      assignment.column, plausible: site.plausibleValues(of: assignment.point))
    if let unit = assignment.unit {
      guard let conversion = UnitConversion(from: unit, to: target),
        let mapping = AffineMapping(gain: conversion.factor, offset: conversion.offset)
      else {
        throw ValidationError("--unit \(unit): expected a unit that converts to \(target)")
      }
      column.conversion = mapping
    }
    return column
  }

  /// What `--from` says, in nanoseconds since 1970 by UTC; nil where it is not given.
  func start() throws -> Int64? {
    guard let from else { return nil }
    guard let moment = TableFormOptions.moment(from) else {
      throw ValidationError("--from \(from): expected a time like 2015-12-25 or 2015-12-25T18:00")
    }
    return moment
  }

  private func begin(_ series: Series) throws -> Series {
    guard let moment = try start(), let from else { return series }
    guard let start = series.start else {
      throw ValidationError("--from \(from): the table's times have no date")
    }
    let offset = TimeSpan(nanoseconds: moment - start.nanosecondsSince1970)
    guard offset >= .zero, let slice = series.slice(from: offset) else {
      throw ValidationError("--from \(from): the table begins later or ends before")
    }
    return slice
  }
}

/// Points that tables can show.
enum RulePoint {
  /// The point of the first rule, or the one that it is computed from.
  static func first(in site: Site) throws -> Int {
    guard let rule = site.detection.rules.first else {
      throw ValidationError("the site has no rule; name a point with --point")
    }
    if site.isShownByTable(Int(rule.point.rawValue)) { return Int(rule.point.rawValue) }
    let sources = site.detection.acquiredSources(of: rule.point).map { Int($0.rawValue) }
    guard let only = sources.first, sources.count == 1 else {
      let name = site.description.rules[0].id
      throw ValidationError(
        "the rule \(name) is computed from \(ids(sources, in: site).joined(separator: ", ")); say "
          + "which column each has: " + assignments(sources, in: site))
    }
    return only
  }

  /// The index of a point that a table can show.
  static func index(of id: String, in site: Site) throws -> Int {
    let known = site.description.points.map(\.id)
    guard let index = known.firstIndex(of: id) else {
      throw ValidationError("--point \(id): expected one of \(known.joined(separator: ", "))")
    }
    let point = PointIndex(rawValue: UInt16(index))
    guard site.isShownByTable(index) else {
      let sources = site.detection.acquiredSources(of: point).map { Int($0.rawValue) }
      throw ValidationError(
        "--point \(id): is computed from \(ids(sources, in: site).joined(separator: ", ")); say "
          + "which column each has: " + assignments(sources, in: site))
    }
    return index
  }

  /// Refuses two points that one sensor delivers.
  static func checkAreApart(_ points: [Int], in site: Site) throws {
    let sources = points.map {
      AcquiredSource(of: PointIndex(rawValue: UInt16($0)), in: site.detection).point
    }
    for (index, source) in sources.enumerated() where sources[..<index].contains(source) {
      let names = ids([points[sources.firstIndex(of: source) ?? 0], points[index]], in: site)
      throw ValidationError(
        "--point: \(names.joined(separator: " and ")) come from one sensor; give one of them")
    }
  }

  private static func ids(_ points: [Int], in site: Site) -> [String] {
    points.map { site.description.points[$0].id }
  }

  private static func assignments(_ points: [Int], in site: Site) -> String {
    ids(points, in: site).map { "--point \($0)=COLUMN" }.joined(separator: " ")
  }
}
