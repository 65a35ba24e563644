internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import SiteConfiguration
internal import Tables

/// How tables are written. What is not given is found out from the whole table, or asked.
struct TableFormOptions: ParsableArguments {
  @Option(help: "The table's column of times. Twice: that of the date and that of the clock.")
  var timeColumn: [String] = []

  @Option(
    help: """
      How times are written, such as "%d/%m/%Y %H:%M:%S"; epoch, epoch-ms, elapsed (seconds), \
      elapsed-days or excel.
      """)
  var timeFormat: String?

  @Option(help: "The time zone of the table's clock: Europe/London, +09:00 or a TZ rule.")
  var timeZone: String?

  @Option(help: "How far the table's clock is ahead of UTC all year: 0, 1, -7 or +09:30.")
  var utcOffset: String?

  @Option(help: "When a table without dates begins, such as 2018-10-07T16:22.")
  var start: String?

  @Option(help: "What separates cells: comma, semicolon, tab, pipe or blanks.", transform: choice)
  var delimiter: CSVOptions.Delimiter?

  @Flag(help: "Numbers have a decimal comma.")
  var decimalComma = false

  @Flag(help: "Numbers have a decimal point; a comma separates thousands.")
  var decimalPoint = false

  @Option(help: "A cell that stands for a missing value, beside the usual ones. Can be repeated.")
  var missing: [String] = []

  @Option(
    help: "Which of rows with one time counts: first, last, mean or refuse.", transform: choice)
  var repeated = CSVOptions.RepeatedTime.refuse

  @Option(
    help: "Where time runs backwards, which rows count: first, last or refuse.", transform: choice)
  var backward = CSVOptions.BackwardTime.refuse

  @Option(
    name: .customLong("where"),
    help: "Read only rows of this kind: COLUMN=VALUE. Can be repeated.")
  var conditions: [String] = []

  /// Whether a zone is given.
  var hasZone: Bool { timeZone != nil || utcOffset != nil }

  /// The names of the options that are given.
  var given: [String] {
    let given: [(String, Bool)] = [
      ("--time-column", !timeColumn.isEmpty), ("--time-format", timeFormat != nil),
      ("--time-zone", timeZone != nil), ("--utc-offset", utcOffset != nil),
      ("--start", start != nil), ("--delimiter", delimiter != nil),
      ("--decimal-comma", decimalComma), ("--decimal-point", decimalPoint),
      ("--missing", !missing.isEmpty), ("--repeated", repeated != .refuse),
      ("--backward", backward != .refuse), ("--where", !conditions.isEmpty),
    ]
    return given.filter(\.1).map(\.0)
  }

  func validate() throws {
    guard timeColumn.count <= 2 else {
      throw ValidationError("--time-column: expected one column, or those of date and clock")
    }
    guard !(decimalComma && decimalPoint) else {
      throw ValidationError("--decimal-comma and --decimal-point: give one of them")
    }
    guard timeZone == nil || utcOffset == nil else {
      throw ValidationError("--time-zone and --utc-offset: give one of them")
    }
  }

  /// How tables with these columns are read for a site.
  func options(_ columns: [ValueColumn], site: Site) throws -> CSVOptions {
    var options = CSVOptions(
      timeColumns: timeColumn.map(CSVColumn.init), valueColumns: columns,
      zone: try zone() ?? site.description.zone, isZoneCertain: timeZone != nil || utcOffset != nil,
      // A clock may be a day ahead; later than that, nothing was recorded.
      latest: WallTime(
        nanosecondsSince1970: HostClock().wallTime.nanosecondsSince1970 + 86_400_000_000_000,
        synchronized: true),
      delimiter: delimiter,
      numberForm: decimalComma ? .decimalComma : decimalPoint ? .decimalPoint : nil,
      missing: CSVOptions.usualMissing + missing, repeatedTime: repeated, backwardTime: backward)
    if let timeFormat {
      guard let format = TimeFormat(timeFormat) else {
        throw ValidationError(
          "--time-format \(timeFormat): expected a pattern like %Y-%m-%d %H:%M:%S")
      }
      options.timeFormat = format
    }
    if let start {
      guard let moment = Self.moment(start) else {
        throw ValidationError(
          "--start \(start): expected a time like 2018-10-07 or 2018-10-07T16:22")
      }
      options.start = moment
    }
    options.conditions = try conditions.map { text in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw ValidationError("--where \(text): expected COLUMN=VALUE")
      }
      return CSVOptions.Condition(column: CSVColumn(String(parts[0])), value: String(parts[1]))
    }
    return options
  }

  private func zone() throws -> TimeZoneRule? {
    if let utcOffset {
      guard let rule = Self.offset(utcOffset) else {
        throw ValidationError("--utc-offset \(utcOffset): expected hours like 0, 1, -7 or +09:30")
      }
      return rule
    }
    guard let timeZone else { return nil }
    guard let rule = TimeZoneText(timeZone).rule ?? Self.named(timeZone) else {
      throw ValidationError(
        "--time-zone \(timeZone): expected a name like Asia/Tokyo, +09:00 or CET-1CEST,M3.5.0,M10.5.0/3"
      )
    }
    return rule
  }

  private static func offset(_ text: String) -> TimeZoneRule? {
    let isNegative = text.hasPrefix("-")
    let digits = text.hasPrefix("+") || isNegative ? String(text.dropFirst()) : text
    let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
    guard let hours = parts.first.flatMap({ Int32($0) }), (0...14).contains(hours), parts.count <= 2
    else { return nil }
    var seconds = hours * 3_600
    if parts.count == 2 {
      guard let minutes = Int32(parts[1]), (0..<60).contains(minutes) else { return nil }
      seconds += minutes * 60
    }
    return TimeZoneRule(offsetSeconds: isNegative ? -seconds : seconds)
  }

  /// The rule of a name of the system's tables, which end with it.
  private static func named(_ name: String) -> TimeZoneRule? {
    guard let bytes = try? readFile("/usr/share/zoneinfo/\(name)"),
      let line = bytes.split(separator: UInt8(ascii: "\n")).last
    else { return nil }
    return TimeZoneText(String(decoding: line, as: UTF8.self)).rule
  }

  /// A time as it is written in an option, in nanoseconds since 1970 as if it were UTC.
  static func moment(_ text: String) -> Int64? {
    let formats = [
      "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
    ]
    return formats.lazy.compactMap { TimeFormat($0)?.nanoseconds(Array(text.utf8)) }.first
  }
}

/// The case that is called `text`.
private func choice<Value: RawRepresentable<String> & CaseIterable>(
  _ text: String
) throws -> Value {
  if let value = Value(rawValue: text) { return value }
  let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
  throw ValidationError("\(text): expected one of \(known)")
}
