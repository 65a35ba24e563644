public import DetectionCore

/// An event with what led up to it, as it leaves the lane.
public struct DecidedEvent: BitwiseCopyable, Sendable {
  /// What was decided.
  public var event: DetectionEvent
  /// The newest readings of the point that it is about, the deciding one last; empty where it is
  /// about none.
  public var history: ReadingHistory
  /// The time from the reading's arrival to the decision, as the box's clock had it; nil where no
  /// reading decided.
  public var delay: TimeSpan?

  /// What has to outlive a restart of what it is about; nil where nothing has to.
  public var state: SubjectState?

  /// Joins them.
  public init(
    _ event: DetectionEvent, history: ReadingHistory = ReadingHistory(), delay: TimeSpan? = nil,
    state: SubjectState? = nil
  ) {
    self.state = state
    self.event = event
    self.history = history
    self.delay = delay
  }
}

extension ReadingHistory {
  /// The change per second over the usable readings: the least-squares slope; nil with fewer than
  /// three of them.
  ///
  ///     slope = Σ (t - t̄)(x - x̄) / Σ (t - t̄)²
  var trend: Double? {
    var times: [Double] = []
    var values: [Double] = []
    for index in 0..<count where self[index].flag.isUsable {
      times.append((self[index].time - self[0].time).seconds)
      values.append(self[index].value)
    }
    guard times.count >= 3 else { return nil }
    let meanTime = times.reduce(0, +) / Double(times.count)
    let meanValue = values.reduce(0, +) / Double(values.count)
    var product = 0.0
    var square = 0.0
    for (time, value) in zip(times, values) {
      product += (time - meanTime) * (value - meanValue)
      square += (time - meanTime) * (time - meanTime)
    }
    return square > 0 ? product / square : nil
  }
}
