@testable import Delivery
import DetectionCore
import Testing

/// What a destination is given of values for keeping.
@Suite("Observations")
struct ObservationTests {
  /// So long after midnight UTC of 2026-08-01, as all clocks show it.
  private static func time(_ seconds: Int64, isSynchronized: Bool = true) -> FactTime {
    FactTime(
      boot: "boot", monotonicNs: seconds * 1_000_000_000,
      wallNs: (1_785_542_400 + seconds) * 1_000_000_000, synchronized: isSynchronized)
  }

  private static let level = PointIndex(rawValue: 0)

  private static func collector(
    every interval: TimeSpan? = nil, change: Double? = nil,
    after memory: ObservationCollector.Memory? = nil, isOutageKnown: Bool = true,
    at start: Int64 = 0
  ) throws -> ObservationCollector {
    let plan = ObservationPlan(point: level, interval: interval, change: change)
    return try #require(
      ObservationCollector(
        [plan], of: RiverSite.description(), memory: memory, isOutageKnown: isOutageKnown,
        start: time(start)))
  }

  private static func reading(
    _ value: Double, at seconds: Int64, flag: QualityFlag = .pass
  ) -> AssessedReading {
    var reading = RiverSite.reading(value, flag: flag)
    reading.reading.time = Instant(nanoseconds: seconds * 1_000_000_000)
    return reading
  }

  private static func all(
    _ collector: inout ObservationCollector, at seconds: Int64, isEnd: Bool = false
  ) -> [Observation] {
    collector.takeDue(at: time(seconds), isEnd: isEnd).flatMap(\.observations)
  }

  @Test(
    "An interval of the clock is summed up when it is over, and its readings have had time to come")
  func interval() throws {
    var collector = try Self.collector(every: .seconds(60))
    // The point is read every ten seconds; from second 30 on, half of the first minute is seen.
    for (step, value) in [1.0, 4.0, 2.5].enumerated() {
      let second = 30 + Int64(step) * 10
      collector.take(Self.reading(value, at: second), at: Self.time(second))
    }
    #expect(Self.all(&collector, at: 61).isEmpty)
    let minute = Self.all(&collector, at: 62)
    let expected = ObservedInterval(
      lengthNs: 60_000_000_000, mean: 2.5, minimum: 1, maximum: 4, last: 2.5, flag: 1, count: 3,
      coverage: 0.5)
    #expect(minute.map(\.content) == [.interval(expected)])
    #expect(minute.first?.time == Self.time(60) && minute.first?.number == 1)
    // Nobody answered: a minute of nothing is told, and is not the same as nothing told.
    let silent = Self.all(&collector, at: 122)
    let nothing = ObservedInterval(lengthNs: 60_000_000_000, flag: 9, count: 0, coverage: 0)
    #expect(silent.map(\.content) == [.interval(nothing)])
    #expect(silent.first?.number == 2)
  }

  @Test("Bad values count in the flag and not in the mean; the worst flag stands for the interval")
  func flags() throws {
    var collector = try Self.collector(every: .seconds(60))
    let readings: [(Double, QualityFlag)] = [
      (1, .pass), (99, .fail), (.nan, .missing), (3, .notEvaluated), (5, .suspect),
    ]
    for (step, (value, flag)) in readings.enumerated() {
      let second = Int64(step) * 10
      collector.take(Self.reading(value, at: second, flag: flag), at: Self.time(second))
    }
    guard case .interval(let found)? = Self.all(&collector, at: 62).first?.content else {
      Issue.record("expected an interval")
      return
    }
    #expect(found.mean == 3 && found.count == 3 && found.flag == 9 && found.last == 5)
  }

  @Test("A day ends at midnight by the site's clock, without summer time")
  func localDay() throws {
    var collector = try Self.collector(every: .seconds(86_400))
    collector.take(Self.reading(1, at: 0), at: Self.time(0))
    // 15:00 UTC is midnight at +09:00.
    #expect(Self.all(&collector, at: 15 * 3_600).isEmpty)
    #expect(Self.all(&collector, at: 15 * 3_600 + 2).map(\.time) == [Self.time(15 * 3_600)])
  }

  @Test("A reading is given when it differs from the one given before, or its flag does")
  func change() throws {
    var collector = try Self.collector(change: 0.1)
    let readings: [(Double, QualityFlag)] = [
      (1, .pass), (1.05, .pass), (0.95, .pass), (1.1, .pass), (1.1, .suspect), (.nan, .missing),
      (.nan, .missing), (1.1, .pass),
    ]
    for (second, (value, flag)) in readings.enumerated() {
      collector.take(
        Self.reading(value, at: Int64(second), flag: flag), at: Self.time(Int64(second)))
    }
    #expect(Self.all(&collector, at: 9).isEmpty, "gathered for ten seconds")
    let given = Self.all(&collector, at: 10)
    let contents: [Observation.Content] = [
      .value(1, flag: 1), .value(1.1, flag: 1), .value(1.1, flag: 3), .value(nil, flag: 9),
      .value(1.1, flag: 1),
    ]
    #expect(given.map(\.content) == contents)
    #expect(given.map(\.number) == [1, 2, 3, 4, 5])
    #expect(given.map(\.time) == [0, 3, 4, 5, 7].map { Self.time($0) })
  }

  @Test("Numbers go on after a restart, and the time between is told with its reason")
  func restart() throws {
    var first = try Self.collector(every: .seconds(60))
    first.take(Self.reading(1, at: 10), at: Self.time(10))
    _ = Self.all(&first, at: 62)
    for (isKnown, reason) in [(true, ObservationGap.Reason.boxOff), (false, .clockUnknown)] {
      var second = try Self.collector(
        every: .seconds(60), after: first.memory, isOutageKnown: isKnown, at: 1_000)
      second.take(Self.reading(2, at: 1_001), at: Self.time(1_001))
      let given = Self.all(&second, at: 1_022)
      #expect(given.map(\.number) == [2, 3])
      #expect(given.first?.content == .gap(ObservationGap(reason: reason, since: Self.time(60))))
      #expect(given.first?.time == Self.time(1_000))
    }
  }

  @Test("A clock that is set ends the interval and says that nobody knows how long it was")
  func clockSet() throws {
    var collector = try Self.collector(every: .seconds(60))
    collector.take(Self.reading(1, at: 10), at: Self.time(10))
    collector.take(Self.reading(2, at: 50_000), at: Self.time(50_000))
    let given = Self.all(&collector, at: 50_010)
    #expect(given.count == 2)
    #expect(given.last?.content == .gap(ObservationGap(reason: .clockUnknown)))
  }

  @Test("A fact holds no more than an event may have to wait for; what is left comes at the end")
  func sizes() throws {
    var collector = try Self.collector(change: 0)
    for second in 0..<50 {
      collector.take(
        Self.reading(Double(second), at: Int64(second)), at: Self.time(Int64(second)))
    }
    let facts = collector.takeDue(at: Self.time(50))
    #expect(facts.map(\.observations.count) == [20, 20, 10])
    collector.take(Self.reading(99, at: 51), at: Self.time(51))
    #expect(Self.all(&collector, at: 51).isEmpty)
    #expect(Self.all(&collector, at: 51, isEnd: true).count == 1)
    let nobody = ObservationCollector(
      [], of: RiverSite.description(), memory: nil, isOutageKnown: true, start: Self.time(0))
    #expect(nobody == nil)
  }
}

/// How observations are sent.
@Suite("Observations in a session")
struct ObservationOrderTests {
  private typealias Parts = DeliverySessionTests

  private static func entry(_ number: Int64, of precedence: FactPrecedence = .observation)
    -> OutboxEntry
  {
    OutboxEntry(
      position: OutboxPosition(rawValue: number),
      fact: Fact(
        id: "\(precedence) \(number)", site: "s", mode: .test, precedence: precedence,
        time: RiverSite.time, content: .observations(ObservationFact([]))))
  }

  /// Connected, with status and events told.
  private static func session(raised: Bool = false) -> DeliverySession {
    var session = Parts.session(isGivenObservations: true)
    if raised {
      session.alarmChanged(RiverSite.state(RiverSite.alarm(.unacknowledged, stage: 1)))
    }
    Parts.connect(&session)
    for packet in 1...(raised ? 2 : 1) as ClosedRange<Int32> {
      _ = Parts.publish(&session, packet: packet)
      session.handle(.acknowledged(PacketNumber(rawValue: packet)), at: .zero)
    }
    Parts.loadNothing(&session)
    return session
  }

  @Test(
    "They are read behind events, the newest first while an alarm is raised",
    arguments: [true, false])
  func order(isRaised: Bool) {
    var session = Self.session(raised: isRaised)
    let question = session.next(at: .zero)
    #expect(
      question
        == .loadObservations(newestFirst: isRaised, limit: DeliveryLimits.observationPage))
  }

  @Test("One is on its way at a time, and an event overtakes those that wait")
  func oneAtATime() {
    var session = Self.session()
    _ = session.next(at: .zero)
    session.observationsLoaded([1, 2, 3].map { Self.entry($0) })
    #expect(Parts.publish(&session, packet: 10) == "observation 1")
    session.pointChanged(RiverSite.reading(7))
    #expect(Parts.publish(&session, packet: 11) == "value 7.0", "values do not wait for them")
    session.factsAppended()
    guard case .load = session.next(at: .zero) else {
      Issue.record("expected a question to the outbox")
      return
    }
    session.loaded(
      OutboxPage(
        entries: [Self.entry(4, of: .alarm)], through: OutboxPosition(rawValue: 4)))
    #expect(Parts.publish(&session, packet: 12) == "alarm 4")
    session.handle(.acknowledged(PacketNumber(rawValue: 10)), at: .zero)
    #expect(session.next(at: .zero) == .settle(OutboxPosition(rawValue: 1), .delivered))
    _ = session.next(at: .zero)
    session.loaded(OutboxPage(entries: [], through: OutboxPosition(rawValue: 4)))
    #expect(Parts.publish(&session, packet: 13) == "observation 2")
  }

  @Test("What was under way when the connection broke is sent again, and each leaves once")
  func brokenConnection() {
    var session = Self.session()
    _ = session.next(at: .zero)
    session.observationsLoaded([1, 2].map { Self.entry($0) })
    #expect(Parts.publish(&session, packet: 10) == "observation 1")
    session.handle(.disconnected(.lost(reason: "x")), at: .zero)
    let later = Instant.zero + .seconds(3_600)
    _ = session.next(at: later)
    session.handle(.connected(sessionPresent: false), at: later)
    var texts: [String] = []
    var left: [OutboxPosition] = []
    for packet in 20..<60 as Range<Int32> {
      switch session.next(at: later) {
      case .publish(let message):
        session.published(PacketNumber(rawValue: packet), at: later)
        session.handle(.acknowledged(PacketNumber(rawValue: packet)), at: later)
        texts.append(message.text)
      case .load(let position, _): session.loaded(OutboxPage(entries: [], through: position))
      case .loadObservations: session.observationsLoaded([])
      case .settle(let position, _): left.append(position)
      default: break
      }
    }
    #expect(texts == ["online", "observation 1", "observation 2"])
    #expect(left.map(\.rawValue) == [1, 2])
  }
}
