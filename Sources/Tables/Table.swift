import DetectionCore

/// A table that was read once from beginning to end, so that it is known how the whole of it is to
/// be read.
///
/// Where more than one way of reading its times is left, and they are not the same, it is refused
/// with the choice; the same holds for the decimal mark.
public struct Table {
  /// What was understood.
  public let summary: TableSummary
  let input: TableInput
  let options: CSVOptions
  let layout: CSVLayout
  let encoding: TextEncoding
  let reader: TimeReader
  let numberForm: NumberForm
  let stepsBack: [(row: Int, time: Int64)]

  /// Reads a table once.
  public init(_ input: TableInput, options: CSVOptions = CSVOptions()) throws(CSVError) {
    let encoding = try Table.encoding(input)
    let layout = try Table.layout(input, options, encoding)
    let zone = Table.zone(layout, options, input)
    var pass = TablePass(input, options, layout, encoding, zone: zone.rule)
    try pass.run()
    let survey = try pass.decision()
    numberForm = try pass.numberForm()
    self.input = input
    self.options = options
    self.encoding = encoding
    self.layout = layout
    reader = pass.reader(of: survey.reader.formats)
    stepsBack = options.backwardTime == .last ? survey.stepsBack : []
    summary = pass.summary(survey, numberForm, zone.origin)
  }

  /// The rows, from the earliest on.
  public func rows() throws(CSVError) -> TableRows { try TableRows(self) }

  /// The encoding of the table's head, where its names stand.
  private static func encoding(_ input: TableInput) throws(CSVError) -> TextEncoding {
    try input.checkIsText()
    var pieces = TextPieces(input.open())
    var evidence = EncodingEvidence()
    var count = 0
    while count < 1 << 20, case .bytes(let piece) = pieces.next() {
      evidence.take(piece)
      count += piece.count
    }
    return pieces.isUTF16 ? .utf16 : evidence.encoding
  }

  /// Finds the wanted columns with the given delimiter, or with the first one that makes them
  /// appear; where none does, the error is the one of the delimiter that makes the most columns.
  private static func layout(
    _ input: TableInput, _ options: CSVOptions, _ encoding: TextEncoding
  ) throws(CSVError) -> CSVLayout {
    let candidates = options.delimiter.map { [$0] } ?? [.tab, .semicolon, .comma, .pipe, .blanks]
    var failure = CSVError(file: input.name, expected: "a table")
    var columns = -1
    for delimiter in candidates {
      let search: CSVLayoutSearch
      do throws(CSVError) {
        search = try CSVLayoutSearch(input, options, encoding, delimiter)
        do throws(CSVError) {
          return try search.run()
        } catch {
          let width = delimiter == .blanks ? 0 : search.head.widest?.cells.count ?? 0
          guard width > columns else { continue }
          failure = error
          columns = width
        }
      } catch {
        guard columns < 0 else { continue }
        failure = error
      }
    }
    throw failure
  }

  /// The zone of the times that do not say it, and where it comes from.
  private static func zone(
    _ layout: CSVLayout, _ options: CSVOptions, _ input: TableInput
  ) -> (rule: TimeZoneRule, origin: TableSummary.ZoneOrigin) {
    if !layout.formats.contains(where: \.hasDate), options.start == nil {
      return (options.zone, .none)
    }
    if options.isZoneCertain { return (options.zone, .options) }
    let texts =
      [layout.timeIndex, layout.secondTimeIndex].compactMap { $0 }.map(layout.name)
      + layout.formats.prefix(1).map { format in
        format.description.split(separator: " ").filter { !$0.contains("%") }
          .joined(separator: " ")
      }
    if let zone = texts.lazy.compactMap(ZoneName.zone).first {
      return (zone.rule, .table(zone.name))
    }
    if let index = layout.zoneIndex { return (options.zone, .table(layout.name(index))) }
    return (options.zone, .options)
  }
}
