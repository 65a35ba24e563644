import DetectionCore

/// Reads the times of a table's rows, one after another.
struct TimeReader {
  let formats: TimeFormats
  private let start: Int64?
  private var clock: ZoneClock
  /// Times without a day: the last one, and the midnights since the first, in nanoseconds.
  private var previousOfDay: Int64?
  private var midnights: Int64 = 0
  /// The last name of a zone that a row gave, and its offset.
  private var rowZone: (name: [UInt8], offset: Int64)?

  init(_ formats: TimeFormats, zone: TimeZoneRule, start: Int64?) {
    self.formats = formats
    clock = ZoneClock(zone)
    let start = start.flatMap { TimeFields.range.contains($0) ? $0 : nil }
    if formats.runsOn, let start {
      self.start = clock.utc(start)
    } else {
      // Times of the day count from the midnight before the start.
      self.start = start.map { $0 - ($0 % Self.day + Self.day) % Self.day }
    }
  }

  var clockCounts: (skipped: Int, earlier: Int, later: Int) {
    (clock.skippedCount, clock.doubledCount.earlier, clock.doubledCount.later)
  }

  /// The time in the cells of `layout`: nanoseconds since 1970, or since an unknown midnight or
  /// start; nil where they hold none.
  mutating func read(_ records: borrowing CSVRecords, _ layout: CSVLayout) -> Int64? {
    guard let time = readAny(records, layout), TimeFields.range.contains(time) else { return nil }
    return time
  }

  private mutating func readAny(
    _ records: borrowing CSVRecords, _ layout: CSVLayout
  ) -> Int64? {
    var fields = TimeFields()
    let text = records.bytes.span
    guard
      fields.take(
        text.extracting(records.bounds[layout.timeIndex].range), formats.first.kind)
    else { return nil }
    if let index = layout.secondTimeIndex, let format = formats.second {
      guard fields.take(text.extracting(records.bounds[index].range), format.kind)
      else { return nil }
    }
    guard let time = fields.nanoseconds(hasDate: formats.hasDate) else { return nil }
    guard formats.hasDate else { return undated(time) }
    if let offset = fields.offset { return time - offset }
    if formats.hasZone { return time }
    if let index = layout.zoneIndex, index < records.bounds.count {
      return zoned(time, records.cell(index))
    }
    return clock.utc(time)
  }

  private mutating func undated(_ time: Int64) -> Int64? {
    if formats.runsOn {
      let (sum, overflow) = time.addingReportingOverflow(start ?? 0)
      return overflow ? nil : sum
    }
    // A time of the day that falls back by more than twelve hours has passed midnight.
    if let previousOfDay, time < previousOfDay - Self.day / 2 { midnights += Self.day }
    guard midnights < CSVLimits.undatedDays * Self.day else { return nil }
    previousOfDay = time
    return start.map { clock.utc($0 + time + midnights) } ?? time + midnights
  }

  private mutating func zoned(_ time: Int64, _ cell: ArraySlice<UInt8>) -> Int64? {
    if let rowZone, rowZone.name[...] == cell { return time - rowZone.offset }
    guard let zone = ZoneName.zone(in: CellText.string(cell)) else { return nil }
    let offset = Int64(zone.rule.offsetSeconds) * 1_000_000_000
    rowZone = (Array(cell), offset)
    return time - offset
  }

  private static let day: Int64 = 86_400_000_000_000
}
