internal import Delivery
internal import DetectionCore
public import Tables

/// How recurring exports are read: a file beside the site file, with an entry for each table.
public struct TableMap: Sendable {
  /// One table: how it is read, and the point of each of its columns of values.
  public struct Entry: Sendable {
    /// How it is read, its columns included.
    public var options: CSVOptions
    /// The point of each column of values, by its index.
    public var points: [Int]
  }

  /// The tables, in the order in which they are given.
  public var entries: [Entry]

  /// Reads a mapping file for a site.
  ///
  /// - Throws: everything that is wrong in it, at once.
  public static func load(_ source: SourceText, for site: Site) throws(ConfigurationError)
    -> TableMap
  {
    let log = DiagnosticLog()
    guard let root = YAMLDocument.read(source, into: log) else { throw log.error }
    let section = Section<TableMapKeys>(root)
    let reader = TableMapReader(site: site, log: log)
    let entries = (section.tables ?? []).compactMap(reader.read)
    guard !log.hasErrors else { throw log.error }
    return TableMap(entries: entries)
  }
}

struct TableMapKeys: Keys {
  let tables = Key("tables", .list(of: .section(MappedTableKeys.self), 1...64))
}

struct MappedTableKeys: Keys {
  let timeColumns = Key(optional: "timeColumns", .list(of: .text, 1...2))
  let timeFormat = Key(optional: "timeFormat", .later(.text))
  /// The site's where it is not given.
  let timeZone = Key(optional: "timeZone", .later(.text))
  let delimiter = Key(optional: "delimiter", .choice(CSVOptions.Delimiter.self))
  let decimal = Key(optional: "decimal", .choice(DecimalMark.self))
  let missing = Key(optional: "missing", .list(of: .text, 1...64))
  let repeated = Key("repeated", .choice(CSVOptions.RepeatedTime.self), default: .refuse)
  let backward = Key("backward", .choice(CSVOptions.BackwardTime.self), default: .refuse)
  let conditions = Key(optional: "where", .entries(of: .text))
  let points = Key("points", .list(of: .section(MappedPointKeys.self), 1...64))
}

struct MappedPointKeys: Keys {
  let point = Key("point", .reference)
  let column = Key("column", .later(.text))
  /// The point's own where it is not given.
  let unit = Key(optional: "unit", .later(.text))
}

/// A decimal mark by its name.
enum DecimalMark: String, CaseIterable {
  case point
  case comma
}

private struct TableMapReader {
  let site: Site
  let log: DiagnosticLog

  func read(_ section: Section<MappedTableKeys>) -> TableMap.Entry? {
    let columns = section.timeColumns ?? []
    let format = section.timeFormat.flatMap(readFormat)
    let zone = section.timeZone.flatMap { SiteReader(log: log).readZone($0) }
    let delimiter = section.delimiter
    let decimal = section.decimal
    let missing = section.missing ?? []
    let repeated = section.repeated
    let backward = section.backward
    let conditions = (section.conditions ?? []).compactMap { entry in
      entry.value.string().map {
        CSVOptions.Condition(column: CSVColumn(entry.key), value: $0)
      }
    }
    let points = (section.points ?? []).compactMap(readPoint)
    return TableMap.Entry(
      options: CSVOptions(
        timeColumns: columns.map(CSVColumn.init), valueColumns: points.map(\.column),
        timeFormat: format, zone: zone ?? site.description.zone, isZoneCertain: zone != nil,
        delimiter: delimiter,
        numberForm: decimal.map { $0 == .comma ? .decimalComma : .decimalPoint },
        missing: CSVOptions.usualMissing + missing, repeatedTime: repeated,
        backwardTime: backward, conditions: conditions),
      points: points.map(\.point))
  }

  private func readFormat(_ node: YAMLNode) -> TimeFormat? {
    guard let text = node.string() else { return nil }
    if let format = TimeFormat(text) { return format }
    node.report(
      expected: both(
        "a pattern such as \"%d/%m/%Y %H:%M\", or epoch, epoch-ms, elapsed, elapsed-days or excel",
        "\"%Y/%m/%d %H:%M\" の形の書式、または epoch, epoch-ms, elapsed, elapsed-days, excel"))
    return nil
  }

  private func readPoint(
    _ section: Section<MappedPointKeys>
  ) -> (point: Int, column: ValueColumn)? {
    let idNode = section.point
    let columnNode = section.column
    let unitNode = section.unit
    guard let idNode, let id = idNode.string(), let column = columnNode?.scalarText else {
      return nil
    }
    guard let index = site.description.points.firstIndex(where: { $0.id == id }) else {
      let known = site.description.points.map(\.id).joined(separator: ", ")
      idNode.report(
        expected: both("a point of the site: \(known)", "サイトの測定点: \(known)"))
      return nil
    }
    guard site.isShownByTable(index) else {
      let sources = site.detection.acquiredSources(of: PointIndex(rawValue: UInt16(index)))
        .map { site.description.points[Int($0.rawValue)].id }.joined(separator: ", ")
      idNode.report(
        expected: both(
          "a point that a sensor delivers; this one is computed from \(sources)",
          "センサーから得られる測定点 (これは \(sources) から計算されます)"))
      return nil
    }
    let target = site.description.points[index].unit
    var value = ValueColumn(CSVColumn(column), plausible: site.plausibleValues(of: index))
    if let unitNode {
      guard let unit = unitNode.string() else { return nil }
      guard let conversion = UnitConversion(from: unit, to: target),
        let mapping = AffineMapping(gain: conversion.factor, offset: conversion.offset)
      else {
        unitNode.report(
          expected: both("a unit that converts to \(target)", "\(target) に換算できる単位"))
        return nil
      }
      value.conversion = mapping
    }
    return (index, value)
  }
}

extension Site {
  /// Whether a table can hold values of the point: one that is computed has no sensor of its own.
  package func isShownByTable(_ point: Int) -> Bool {
    detection.isAcquired(
      AcquiredSource(of: PointIndex(rawValue: UInt16(point)), in: detection).point)
  }

  /// The span of values that the point's sensor can deliver; nil where no test says it.
  package func plausibleValues(of point: Int) -> ClosedRange<Double>? {
    detection.points[point].tests.grossRange.map { $0.fail.lower...$0.fail.upper }
  }
}
