public import DetectionCore

/// What one destination is given of all values, gathered into facts: readings that differ at most ten seconds
/// after they came, intervals when they have ended.
public struct ObservationCollector: Sendable {
  /// What has to outlive a restart: how far each stream is.
  public struct Memory: Hashable, Codable, Sendable {
    /// How far the stream of one point is.
    struct Stream: Hashable, Codable, Sendable {
      var next: UInt64
      var through: FactTime
    }
    /// By the point's id.
    var streams: [String: Stream] = [:]
  }

  /// How long readings that differ are gathered.
  static let gatheringTime = TimeSpan.seconds(10)
  /// How long after its end an interval is closed, as readings of it may be on their way.
  static let lateness = TimeSpan.seconds(2)

  private let site: SiteDescription
  private var streams: [ObservationStream]
  /// The index in `streams`, by point.
  private let placeOfPoint: [Int?]
  /// How far each stream is, to be stored with the facts.
  public private(set) var memory: Memory
  private var gathered: [Observation] = []
  private var gatheredSince: Int64?

  /// Makes the collector of a destination; nil where it is given nothing.
  ///
  /// - Parameters:
  ///   - plans: One a point.
  ///   - memory: How far an earlier start had come.
  ///   - isOutageKnown: Whether it is known for how long the box was off.
  ///   - start: When this start began.
  public init?(
    _ plans: [ObservationPlan], of site: SiteDescription, memory: Memory?, isOutageKnown: Bool,
    start: FactTime
  ) {
    guard !plans.isEmpty else { return nil }
    self.site = site
    self.memory = Memory()
    let plans = plans.filter { site.points.indices.contains(Int($0.point.rawValue)) }
    streams = plans.map {
      ObservationStream($0, of: site.points[Int($0.point.rawValue)], zone: site.zone)
    }
    placeOfPoint = site.points.indices.map { index in
      plans.firstIndex { Int($0.point.rawValue) == index }
    }
    for place in streams.indices {
      let id = site.points[Int(streams[place].plan.point.rawValue)].id
      guard let known = memory?.streams[id] else { continue }
      self.memory.streams[id] = known
      gather(
        [
          (
            start,
            .gap(
              ObservationGap(reason: isOutageKnown ? .boxOff : .clockUnknown, since: known.through))
          )
        ], of: place)
      gatheredSince = start.monotonicNs
    }
  }

  /// Takes a value.
  public mutating func take(_ assessed: AssessedReading, at time: FactTime) {
    let point = Int(assessed.reading.point.rawValue)
    guard placeOfPoint.indices.contains(point), let place = placeOfPoint[point] else { return }
    gather(streams[place].take(assessed.reading, at: time), of: place)
    if !gathered.isEmpty, gatheredSince == nil { gatheredSince = time.monotonicNs }
  }

  /// The facts that are due at `now`. Where `isEnd`, everything is.
  public mutating func takeDue(at now: FactTime, isEnd: Bool = false) -> [ObservationFact] {
    var before = now
    before.wallNs -= Self.lateness.nanoseconds
    before.monotonicNs -= Self.lateness.nanoseconds
    for place in streams.indices { gather(streams[place].end(at: before), of: place) }
    let hasWaited =
      gatheredSince.map { now.monotonicNs &- $0 >= Self.gatheringTime.nanoseconds } ?? false
    let hasEnded = gathered.contains { if case .interval = $0.content { true } else { false } }
    guard !gathered.isEmpty,
      isEnd || hasWaited || hasEnded || gathered.count >= DeliveryLimits.observationsAtOnce
    else { return [] }
    defer {
      gathered.removeAll(keepingCapacity: true)
      gatheredSince = nil
    }
    return stride(from: 0, to: gathered.count, by: DeliveryLimits.observationsAtOnce).map {
      ObservationFact(Array(gathered[$0...].prefix(DeliveryLimits.observationsAtOnce)))
    }
  }

  private mutating func gather(_ found: [(FactTime, Observation.Content)], of place: Int) {
    let point = site.points[Int(streams[place].plan.point.rawValue)]
    for (time, content) in found {
      let number = memory.streams[point.id]?.next ?? 1
      memory.streams[point.id] = Memory.Stream(next: number + 1, through: time)
      gathered.append(
        Observation(
          point: point.id, unit: point.unit, datum: point.datum, decimals: point.decimals,
          number: number, time: time, content: content))
    }
  }
}
