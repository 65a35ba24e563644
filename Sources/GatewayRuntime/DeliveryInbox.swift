internal import Delivery
internal import DetectionCore

/// What waits for the thread of one destination: the word that there are new facts, the states of alarms that
/// they led to, what the store answered, and readings, in their order. Where that thread is held up, as by a
/// slow name server, only the newest readings are kept.
struct DeliveryInbox: Sendable {
  /// What the thread takes out but for readings.
  struct News: Sendable {
    /// True when facts were appended.
    var hasNewFacts = false
    /// True when the store answers again after it did not.
    var isStoreBack = false
    /// True when what was set aside is to be offered again.
    var isOfferedAgain = false
    /// The newest state of each alarm that has a new one.
    var alarms: [AlarmState] = []
    /// The answers to the questions to the store.
    var answers: [FactQueue.Answer] = []
    /// What became of commands that came from there.
    var commandAnswers: [CommandAnswer] = []
  }

  private(set) var news = News()
  private(set) var readings: [AssessedReading] = []
  private let pointCount: Int

  /// An inbox of a site with so many points, with these states of alarms in it.
  init(pointCount: Int, alarms: [AlarmState] = []) {
    self.pointCount = pointCount
    news.alarms = alarms
  }

  /// Notes that facts were appended, and what they made of their alarms: of each the newest is kept.
  mutating func addFacts(alarms new: [AlarmState]) {
    news.hasNewFacts = true
    for alarm in new {
      news.alarms.removeAll { $0.rule == alarm.rule }
      news.alarms.append(alarm)
    }
  }

  /// Notes an answer of the store.
  mutating func add(answer: FactQueue.Answer) { news.answers.append(answer) }

  /// Adds what became of a command.
  mutating func add(_ answer: CommandAnswer) { news.commandAnswers.append(answer) }

  /// Notes that the store answers again.
  mutating func noteStoreBack() { news.isStoreBack = true }

  /// Notes that what was set aside is to be offered again.
  mutating func noteOfferedAgain() { news.isOfferedAgain = true }

  /// Adds readings.
  mutating func add(_ new: [AssessedReading]) {
    readings.append(contentsOf: new)
    if readings.count > RuntimeLimits.waitingReadingsPerPoint * max(pointCount, 64) { thin() }
  }

  /// Takes the news out.
  mutating func takeNews() -> News {
    defer { news = News() }
    return news
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
