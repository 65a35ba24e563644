import DetectionCore
public import Tables

extension FaultScript {
  /// Reads a script: a table (CSV) with one fault a row, below a row of names that begins with
  /// `from`. What stands above that row, and rows that begin with `#`, are comment:
  ///
  ///     # The probe loses its power for two minutes; later somebody welds beside the line.
  ///     from,until,target,fault,share
  ///     10 min,12 min,level-probe,no-answer,
  ///     30 min,35 min,field,noise-before,25 %
  ///     40 min,41 min,field,port-gone,
  ///
  /// Times count from the start of the simulation. An empty `from` is the start, an empty `until`
  /// never; the target is a device, a bus or `*`; an empty share hits every answer.
  ///
  /// - Parameters:
  ///   - bytes: The whole text of the table.
  ///   - file: Its name, for errors.
  ///   - targets: Whom it may name.
  ///   - seed: Of everything accidental.
  public init(
    _ bytes: [UInt8], file: String, targets: FaultTargets, seed: UInt64 = 1
  ) throws(CSVError) {
    try TableInput(bytes, name: file).checkIsText()
    var records = CSVRecords(bytes, delimiter: .comma)
    var episodes: [FaultEpisode] = []
    var isBelowNames = false
    while try records.advance(in: file) {
      let cells = records.cells.map(CellText.string)
      if cells.first?.hasPrefix("#") == true { continue }
      guard isBelowNames else {
        isBelowNames = cells == Self.names
        continue
      }
      let row = FaultRow(file: file, line: records.line, cells: cells)
      guard episodes.count < Self.mostEpisodes else {
        throw row.error(nil, expected: "at most \(Self.mostEpisodes) faults")
      }
      episodes.append(try row.episode(targets))
    }
    guard isBelowNames else {
      throw CSVError(
        file: file, expected: "a row of names: \(Self.names.joined(separator: ","))")
    }
    self.init(episodes: episodes, seed: seed)
  }

  fileprivate static let names = ["from", "until", "target", "fault", "share"]
  /// Each is looked at for every answer; more than anybody writes by hand.
  private static let mostEpisodes = 1_000
}

/// One row of a script.
private struct FaultRow {
  var file: String
  var line: Int
  var cells: [String]

  func error(_ column: Int?, expected: String) -> CSVError {
    CSVError(
      file: file, line: line, column: column.map { FaultScript.names[$0] },
      value: column.map { CellText.shown(Array(cells[$0].utf8)[...]) }, expected: expected)
  }

  func episode(_ targets: FaultTargets) throws(CSVError) -> FaultEpisode {
    guard cells.count == FaultScript.names.count else {
      throw error(nil, expected: "\(FaultScript.names.count) cells, not \(cells.count)")
    }
    let from = try span(0) ?? .zero
    let until = try span(1)
    if let until, until <= from { throw error(1, expected: "a time after \(cells[0])") }
    guard let fault = FramedFault(cells[3]) else {
      throw error(3, expected: FramedFault.expectation())
    }
    let known = targets.names(for: fault)
    guard cells[2] == "*" || known.contains(cells[2]) else {
      throw error(
        2, expected: "* or one of \(known.joined(separator: ", "))")
    }
    let target = cells[2] == "*" ? nil : cells[2]
    guard targets.canHave(fault, target) else {
      throw error(
        3,
        expected: "what can go wrong with \(target ?? "the site's sensors"): "
          + FramedFault.expectation { targets.canHave($0, target) })
    }
    return FaultEpisode(fault, of: target, from: from, until: until, share: try share())
  }

  private func span(_ column: Int) throws(CSVError) -> TimeSpan? {
    if cells[column].isEmpty { return nil }
    guard let span = SpanText.span(cells[column]) else {
      throw error(column, expected: SpanText.expectation)
    }
    return span
  }

  private func share() throws(CSVError) -> Double {
    var text = Array(cells[4].utf8)[...]
    if text.isEmpty { return 1 }
    let isPercent = text.last == UInt8(ascii: "%")
    while let last = text.last, last == UInt8(ascii: "%") || last == UInt8(ascii: " ") {
      text.removeLast()
    }
    guard isPercent, let percent = NumberText.value(text, decimalComma: false), percent > 0,
      percent <= 100
    else { throw error(4, expected: "a share above 0 % and up to 100 %") }
    return percent / 100
  }
}
