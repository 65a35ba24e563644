internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import Polling

/// What a run amounted to, for the end of `run` and `demo`.
struct Summary {
  let status: SiteStatus
  let language: Language

  /// A few lines of text.
  var text: String {
    let depth = status.destinations.map(\.depth).max() ?? 0
    let lost =
      status.lostEventCount + status.lostReadingCount + status.lostRecordCount
    let answers = status.buses.reduce(0) { $0 + $1.counters.answers }
    var lines = [
      language.pick(
        "readings \(status.readingCount), events \(status.eventCount), "
          + "committed \(status.committedCount), outbox depth \(depth), lost \(lost)",
        "計測 \(status.readingCount)、イベント \(status.eventCount)、"
          + "保存 \(status.committedCount)、送信待ち \(depth)、消失 \(lost)"),
      language.pick("bus answers \(answers)", "バス応答 \(answers)")
        + language.pick(", slowest decision ", "、最長判定時間 ")
        + "\((status.longestDecisionDelay.seconds * 1000).text(decimals: 1)) ms",
    ]
    if let path = status.recordingPath {
      lines.append(
        language.pick("recording ", "記録 ") + "\(path) (\(status.recordedBytes / 1024) KiB)")
    }
    return lines.joined(separator: "\n")
  }
}
