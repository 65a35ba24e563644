public import DetectionCore

extension CivilTime {
  /// The moment as RFC 3339 text in UTC with milliseconds, cut and not rounded, such as
  /// `2015-12-26T14:45:00.000Z`.
  public var timestamp: String {
    padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(hour, 2) + ":"
      + padded(minute, 2) + ":" + padded(second, 2) + "." + padded(nanosecond / 1_000_000, 3) + "Z"
  }
}

private func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
