internal import DetectionCore

/// The readings that led up to an event, as bars.
struct HistoryPlot {
  /// The height of each bar, 0 to 1; nil where there was no value.
  let bars: [Double?]
  /// The smallest and the largest value, in words.
  let range: String
  /// How much time the bars cover, in minutes; nil where that is not known.
  let minutes: Int?

  private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// Nil where fewer than two readings have a value.
  ///
  /// - Parameters:
  ///   - readings: oldest first.
  ///   - limit: what the bars are seen against: a small change far from it looks small. Nil for none.
  ///   - unit: with a space before it.
  ///   - number: how a value is written.
  init?(
    _ readings: some BidirectionalCollection<ReceivedEvent.PastReading>, limit: Double?,
    unit: String, number: (Double) -> String
  ) {
    let values = readings.compactMap(\.value).filter(\.isFinite)
    guard values.count > 1, let low = values.min(), let high = values.max() else { return nil }
    let bottom = min(low, limit ?? low)
    let span = max(high, limit ?? high) - bottom
    bars = readings.map { reading in
      guard let value = reading.value, value.isFinite else { return nil }
      return span > 0 ? (value - bottom) / span : 0.5
    }
    let (least, most) = (number(low), number(high))
    range = least == most ? "\(most)\(unit)" : "\(least) – \(most)\(unit)"
    let first = readings.first.flatMap { CivilTime(timestamp: $0.time) }
    let last = readings.last.flatMap { CivilTime(timestamp: $0.time) }
    if let first, let last {
      let seconds = (last.nanosecondsSince1970 - first.nanosecondsSince1970) / 1_000_000_000
      minutes = max(1, Int((seconds + 30) / 60))
    } else {
      minutes = nil
    }
  }

  /// A character a reading.
  var text: String {
    String(bars.map { bar in bar.map { Self.blocks[Int(($0 * 7).rounded())] } ?? "·" })
  }

  /// A cell a reading, in HTML that mail programs show: a table, as they draw no pictures that the mail does
  /// not bring.
  func html(colour: String) -> String {
    let cells = bars.map { bar in
      let height = bar.map { 4 + Int(($0 * 44).rounded()) }
      let box = height.map {
        "<div style=\"height:\($0)px;background:\(colour);font-size:0;line-height:0\">&nbsp;</div>"
      }
      return "<td valign=\"bottom\" style=\"height:48px;padding:0 1px\">\(box ?? "")</td>"
    }
    return "<table role=\"presentation\" width=\"100%\" cellspacing=\"0\" cellpadding=\"0\""
      + " style=\"table-layout:fixed;border-bottom:1px solid #90a4ae\"><tr>"
      + cells.joined() + "</tr></table>"
  }
}
