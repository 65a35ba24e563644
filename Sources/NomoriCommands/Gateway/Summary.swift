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
    let depth = status.destinations.map(\.waitingEvents).max() ?? 0
    let answers = status.buses.reduce(0) { $0 + $1.total.answers }
    var lines = [
      language.pick(
        "readings \(status.readingCount), events \(status.eventCount), "
          + "committed \(status.committedCount), outbox depth \(depth), lost \(status.lost.total)",
        "計測 \(status.readingCount)、イベント \(status.eventCount)、"
          + "保存 \(status.committedCount)、送信待ち \(depth)、消失 \(status.lost.total)"),
      language.pick("bus answers \(answers)", "バス応答 \(answers)")
        + language.pick(", slowest decision ", "、最長判定時間 ")
        + "\(status.longestDecisionMs.text(decimals: 1)) ms",
    ]
    if let path = status.recording.path {
      lines.append(
        language.pick("recording ", "記録 ") + "\(path) (\(status.recording.bytes / 1024) KiB)")
    }
    return lines.joined(separator: "\n")
  }
}
