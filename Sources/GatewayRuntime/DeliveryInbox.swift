internal import DetectionCore

/// What waits for the thread of one destination: events that have been committed, and readings in their
/// order. Where that thread is held up, as by a slow name server, only the newest readings are kept.
struct DeliveryInbox: Sendable {
  private(set) var events: [DetectionEvent] = []
  private(set) var readings: [AssessedReading] = []
  private let pointCount: Int

  /// An empty inbox of a site with so many points.
  init(pointCount: Int) { self.pointCount = pointCount }

  /// Adds events.
  mutating func add(_ new: [DetectionEvent]) { events.append(contentsOf: new) }

  /// Adds readings.
  mutating func add(_ new: [AssessedReading]) {
    readings.append(contentsOf: new)
    if readings.count > RuntimeLimits.waitingReadingsPerPoint * max(pointCount, 64) { thin() }
  }

  /// Takes all events out, into `taken`, whose memory is used for those to come.
  mutating func takeEvents(into taken: inout [DetectionEvent]) {
    taken.removeAll(keepingCapacity: true)
    swap(&taken, &events)
  }

  /// Takes all readings out, into `taken`, whose memory is used for those to come.
  mutating func takeReadings(into taken: inout [AssessedReading]) {
    taken.removeAll(keepingCapacity: true)
    swap(&taken, &readings)
  }

  /// Keeps the newest reading of each point, in their order.
  private mutating func thin() {
    var isKept = [Bool](repeating: false, count: pointCount)
    var kept: [AssessedReading] = []
    for reading in readings.reversed() {
      let point = Int(reading.reading.point.rawValue)
      if isKept[point] { continue }
      isKept[point] = true
      kept.append(reading)
    }
    readings = kept.reversed()
  }
}
