internal import DetectionCore

/// What one destination is given of one point: sums up intervals of the clock, and picks readings that differ.
struct ObservationStream: Sendable {
  /// What is gathered of the interval that runs.
  private struct Sum {
    /// Which interval of the local clock it is.
    var index: Int64
    var count = 0
    var total = 0.0
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var last = 0.0
    var worst = QualityFlag.pass

    mutating func add(_ reading: Reading) {
      if reading.flag.rank > worst.rank { worst = reading.flag }
      guard !reading.flag.isBad, reading.value.isFinite else { return }
      count += 1
      total += reading.value
      minimum = min(minimum, reading.value)
      maximum = max(maximum, reading.value)
      last = reading.value
    }
  }

  let plan: ObservationPlan
  private let period: TimeSpan
  /// Seconds east of UTC by which the clock's intervals are counted: without summer time, so that a day has 24
  /// hours throughout the year.
  private let offsetSeconds: Int32
  private var sum: Sum?
  /// What was given last, of picked readings.
  private var given: (value: Double?, flag: QualityFlag)?

  init(_ plan: ObservationPlan, of point: PointDescription, zone: TimeZoneRule) {
    self.plan = plan
    offsetSeconds = zone.offsetSeconds
    period = point.period
  }

  /// Takes a reading; what is to be given of it, and of intervals that ended before it.
  mutating func take(
    _ reading: Reading, at time: FactTime
  ) -> [(FactTime, Observation.Content)] {
    var found = end(at: time)
    sum?.add(reading)
    if let change = plan.change {
      let value = reading.flag == .missing || !reading.value.isFinite ? nil : reading.value
      let isNew =
        given.map { before in
          before.flag != reading.flag
            || (before.value == nil) != (value == nil)
            || abs((value ?? 0) - (before.value ?? 0)) >= change
        } ?? true
      if isNew {
        given = (value, reading.flag)
        found.append((time, .value(value, flag: reading.flag.rawValue)))
      }
    }
    return found
  }

  /// Ends the interval that runs where the clock has left it, and begins the one of `time`.
  mutating func end(at time: FactTime) -> [(FactTime, Observation.Content)] {
    guard let length = plan.interval?.nanoseconds else { return [] }
    let (index, start) = interval(of: time, length)
    guard let old = sum else {
      sum = Sum(index: index)
      return []
    }
    guard index != old.index else { return [] }
    sum = Sum(index: index)
    // By the old clock where that was set meanwhile: then the interval ended when nobody knows.
    let isNext = index == old.index + 1
    let end = isNext ? start : time
    var found: [(FactTime, Observation.Content)] = [(end, .interval(content(of: old, length)))]
    if !isNext {
      found.append((time, .gap(ObservationGap(reason: .clockUnknown))))
    }
    return found
  }

  /// The interval of the clock that `time` lies in, and when it began.
  private func interval(of time: FactTime, _ length: Int64) -> (index: Int64, start: FactTime) {
    let local = time.wallNs &+ Int64(offsetSeconds) * 1_000_000_000
    let into = ((local % length) + length) % length
    var start = time
    start.wallNs -= into
    start.monotonicNs -= into
    return ((local - into) / length, start)
  }

  private func content(of sum: Sum, _ length: Int64) -> ObservedInterval {
    let expected = max(Double(length) / Double(max(period.nanoseconds, 1)), 1)
    let has = sum.count > 0
    return ObservedInterval(
      lengthNs: length, mean: has ? sum.total / Double(sum.count) : nil,
      minimum: has ? sum.minimum : nil, maximum: has ? sum.maximum : nil,
      last: has ? sum.last : nil, flag: (has ? sum.worst : .missing).rawValue, count: sum.count,
      coverage: min(Double(sum.count) / expected, 1))
  }
}

extension QualityFlag {
  /// How bad it is, for the worst of several.
  fileprivate var rank: UInt8 {
    switch self {
    case .pass: 0
    case .notEvaluated: 1
    case .suspect: 2
    case .fail: 3
    case .missing: 4
    }
  }
}
