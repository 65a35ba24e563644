internal import Delivery
internal import DetectionCore

/// What waits for the thread of one destination: the word that events have been committed, the states of
/// alarms that they led to, and readings, both in their order. Where that thread is held up, as by a slow name server, only the newest readings are kept.
struct DeliveryInbox: Sendable {
  private var hasNewEvents = false
  private(set) var alarms: [(rule: Int, message: MQTTMessage)]
  private(set) var readings: [AssessedReading] = []
  private let pointCount: Int

  /// An inbox of a site with so many points, with these states of alarms in it.
  init(pointCount: Int, alarms: [(rule: Int, message: MQTTMessage)] = []) {
    self.pointCount = pointCount
    self.alarms = alarms
  }

  /// Notes that events were committed, and what they made of their alarms: of each the newest is kept.
  mutating func addEvents(alarms new: [(rule: Int, message: MQTTMessage)]) {
    hasNewEvents = true
    for alarm in new {
      alarms.removeAll { $0.rule == alarm.rule }
      alarms.append(alarm)
    }
  }

  /// Adds readings.
  mutating func add(_ new: [AssessedReading]) {
    readings.append(contentsOf: new)
    if readings.count > RuntimeLimits.waitingReadingsPerPoint * max(pointCount, 64) { thin() }
  }

  /// Takes all states of alarms out, into `taken`, whose memory is used for those to come.
  ///
  /// - Returns: True where events were committed since the last time.
  mutating func takeEvents(alarms taken: inout [(rule: Int, message: MQTTMessage)]) -> Bool {
    taken.removeAll(keepingCapacity: true)
    swap(&taken, &alarms)
    defer { hasNewEvents = false }
    return hasNewEvents
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
