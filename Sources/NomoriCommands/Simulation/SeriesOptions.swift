internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import FieldSimulation
internal import LinuxHost
internal import SiteConfiguration
internal import Tables

/// The options with which a recorded series of any table is read.
struct SeriesOptions: ParsableArguments {
  @Option(help: "Play this table (CSV or TSV, also gzipped).")
  var series: String?

  @Option(help: "The table's column of values: its name, or its number counted from 1.")
  var column: String?

  @Option(help: "The table's column of times.")
  var timeColumn: String?

  @Option(help: "How times are written, such as \"%d/%m/%Y %H:%M:%S\".")
  var timeFormat: String?

  @Option(help: "UCUM code of the table's unit; by default the point's own.")
  var unit: String?

  @Option(help: "The point that shows the table's values; by default that of the first rule.")
  var point: String?

  @Option(help: "Begin at this time of the table, such as 2015-12-25 or 2015-12-25T18:00.")
  var from: String?

  @Flag(help: "Numbers have a decimal comma.")
  var decimalComma = false

  func validate() throws {
    let others = [
      "--column": column, "--time-column": timeColumn, "--time-format": timeFormat,
      "--unit": unit, "--from": from,
    ]
    guard series == nil, let stray = others.filter({ $0.value != nil }).keys.min() else { return }
    throw ValidationError("\(stray) says how to read a table; name one with --series FILE")
  }

  /// Reads the table named by `--series`.
  ///
  /// - Parameters:
  ///   - site: Gives the unit of the point.
  ///   - point: The point's index in the plan.
  ///   - interpolation: What holds between two rows.
  func read(
    _ path: String, site: Site, point: Int, interpolation: Series.Interpolation
  ) throws -> Series {
    let target = site.description.points[point]
    var options = CSVOptions(
      timeColumn: timeColumn.map(CSVColumn.init), valueColumn: column.map(CSVColumn.init),
      decimalComma: decimalComma, unit: target.unit, interpolation: interpolation,
      ending: .holds)
    if let timeFormat {
      guard let format = TimeFormat(timeFormat) else {
        throw ValidationError(
          "--time-format \(timeFormat): expected a pattern like %Y-%m-%d %H:%M:%S")
      }
      options.timeFormat = format
    }
    if let unit {
      guard let conversion = UnitConversion(from: unit, to: target.unit),
        let mapping = AffineMapping(gain: conversion.factor, offset: conversion.offset)
      else {
        throw ValidationError("--unit \(unit): expected a unit that converts to \(target.unit)")
      }
      options.conversion = mapping
    }
    return try begin(try CSVSeries(readTable(path), file: path, options: options).series)
  }

  /// The index of `--point`, or of the first rule's point.
  func pointIndex(in site: Site) throws -> Int {
    let ids = site.description.points.map(\.id)
    if let point {
      guard let index = ids.firstIndex(of: point) else {
        throw ValidationError("--point \(point): expected one of \(ids.joined(separator: ", "))")
      }
      return index
    }
    guard let rule = site.description.rules.first else {
      throw ValidationError("the site has no rule; name a point with --point")
    }
    return Int(rule.point.rawValue)
  }

  private func begin(_ series: Series) throws -> Series {
    guard let from else { return series }
    guard let start = series.start else {
      throw ValidationError("--from \(from): the table's times have no date")
    }
    let formats = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
    let moment = formats.lazy.compactMap { TimeFormat($0)?.nanoseconds(Array(from.utf8)) }.first
    guard let moment else {
      throw ValidationError("--from \(from): expected a time like 2015-12-25 or 2015-12-25T18:00")
    }
    let offset = TimeSpan(nanoseconds: moment - start.nanosecondsSince1970)
    guard offset >= .zero, let slice = series.slice(from: offset) else {
      throw ValidationError("--from \(from): the table begins later or ends before")
    }
    return slice
  }
}

/// The text of a table, unpacked where the file is gzipped.
func readTable(_ path: String) throws -> [UInt8] {
  path.hasSuffix(".gz") ? try outputOf(["gzip", "-dc", "--", path]) : try readFile(path)
}
