internal import DetectionCore

/// Since when history is asked for, as it is typed: `90min`, `2h`, `1d`, or a time in UTC such as
/// `2026-11-30T08:00:00Z`.
enum WatchedMoment: Equatable {
  case ago(TimeSpan)
  case at(WallTime)

  private static let units: [(String, Int64)] = [
    ("min", 60), ("s", 1), ("h", 3_600), ("d", 86_400),
  ]

  init?(_ text: String) {
    for (unit, seconds) in Self.units where text.hasSuffix(unit) {
      let number = text.dropLast(unit.count).trimmingPrefix { $0 == " " }
      guard let count = Int64(number.split(separator: " ").first ?? ""), (0...100_000) ~= count
      else { return nil }
      self = .ago(.seconds(count * seconds))
      return
    }
    let hasFraction = text.contains(".")
    guard text.hasSuffix("Z"),
      let time = WallTime(payload: hasFraction ? text : text.dropLast() + ".000Z")
    else { return nil }
    self = .at(time)
  }

  /// The moment, where it is `now`.
  func time(from now: WallTime) -> WallTime {
    switch self {
    case .at(let time): time
    case .ago(let span):
      WallTime(
        nanosecondsSince1970: now.nanosecondsSince1970 - span.nanoseconds,
        synchronized: now.synchronized)
    }
  }
}
