import Delivery
import DetectionCore
import LinuxHost
import Recording
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

/// Readings and records gather; events do not.
@Suite struct GatheringTests {
  @Test func onlyWhatIsUrgentWakesAThreadThatGathers() throws {
    let wake = try GatheringWake()
    #expect(wake.raiseUnlessGathering())
    #expect(wake.wait(timeout: .zero))
    #expect(!wake.raiseUnlessGathering())
    #expect(!wake.gather(for: .zero))
    wake.raise()
    #expect(wake.gather(for: .zero))
    wake.stopGathering()
    #expect(wake.raiseUnlessGathering())
    #expect(wake.wait(timeout: .zero))
  }

  @Test(.timeLimit(.minutes(1)))
  func nothingIsLeftLyingWhileItsConsumerSleeps() throws {
    let ring = Ring<Int>(capacity: 64)
    let wake = try GatheringWake()
    let total = 100_000
    let producer = try HostThread(name: "producer") { _ in
      var next = 0
      while next < total {
        if ring.push(next) {
          next += 1
          wake.raiseUnlessGathering()
        } else {
          wake.raise()
        }
      }
    }
    var expected = 0
    while expected < total {
      var hasPassed = false
      while let number = ring.pop() {
        #expect(number == expected)
        expected += 1
        hasPassed = true
      }
      guard !hasPassed else { continue }
      wake.stopGathering()
      // Were a wake-up ever lost, the test would end by its limit.
      if ring.count == 0, expected < total { wake.wait(timeout: .seconds(3_600)) }
    }
    producer.join()
  }

  /// What a lane hands on, and whom it wakes.
  private struct Consumers {
    let outlets = LaneOutputs()
    let writer: GatheringWake
    let recorder: WakeSignal
    let site: Site

    init() throws {
      writer = try GatheringWake()
      recorder = try WakeSignal()
      site = try River.nervousSite()
    }

    /// Lets a lane begin, decide about pressures that such levels cause, a minute apart, and end: all on
    /// the calling thread.
    func decide(_ metres: [Double]) throws {
      let bus = try BusConnection(points: 256, outputs: 1)
      let clock = HostClock()
      let (now, wallTime) = (clock.now, clock.wallTime)
      for (index, metres) in metres.enumerated() {
        let reading = Reading(
          point: PointIndex(rawValue: 0), value: (metres + 0.4) * 0.0980665, flag: .notEvaluated,
          time: now + .seconds(60 * Int64(index)), wallTime: wallTime)
        #expect(bus.readings.push(reading))
      }
      let stop = StopFlag()
      stop.raise()
      let lane = LaneThread(
        plan: site.detection,
        restoration: RestoredStates([], site: site, clock: clock, boot: "boot"), clock: clock,
        buses: [bus],
        busOfOutput: site.busOfOutput.map { _ in 0 }, commands: Ring(capacity: 16), samplings: [],
        busOfPoint: [:], outlets: outlets, wake: try WakeSignal(), writer: writer,
        recorder: recorder, stop: stop)
      lane.run()
    }
  }

  @Test func readingsGatherAndEventsDoNot() throws {
    let consumers = try Consumers()
    try consumers.decide([1])
    #expect(consumers.writer.wait(timeout: .zero), "the first readings are seen at once")
    let before = consumers.outlets.readings.count
    try consumers.decide([1])
    #expect(consumers.outlets.readings.count > before)
    #expect(!consumers.writer.gather(for: .zero), "the next ones gather")
    try consumers.decide([1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 4.5])
    #expect(consumers.outlets.events.count > 0)
    #expect(consumers.writer.gather(for: .zero), "an event does not")
    #expect(consumers.recorder.wait(timeout: .zero), "and is recorded at once")
  }

  @Test func theRecorderIsWokenWhenItsRingIsHalfFull() throws {
    let consumers = try Consumers()
    let half = RuntimeLimits.recordRing / 2
    while consumers.outlets.records.count < half - 100 {
      #expect(consumers.outlets.records.push(.checkpoint(inputCount: 0)))
    }
    var isHalfFull = false
    var isQuietSeen = false
    while !isHalfFull, consumers.outlets.records.count < half + 100 {
      // Too little for an event.
      try consumers.decide([1])
      isHalfFull = consumers.outlets.records.count > half - 1
      let wasWoken = consumers.recorder.wait(timeout: .zero)
      #expect(wasWoken == isHalfFull)
      if !wasWoken { isQuietSeen = true }
    }
    #expect(isHalfFull && isQuietSeen)
    #expect(consumers.outlets.lostRecords.value == 0)
  }

  /// An assessed value of a point; the number tells it from others.
  private static func reading(_ point: UInt16, _ number: Int) -> AssessedReading {
    AssessedReading(
      reading: Reading(
        point: PointIndex(rawValue: point), value: Double(number), flag: .pass,
        time: Instant(nanoseconds: 0),
        wallTime: WallTime(nanosecondsSince1970: 0, synchronized: true)), tests: TestFlags())
  }

  @Test func anInboxKeepsAllReadingsInTheirOrder() {
    var inbox = DeliveryInbox(pointCount: 2)
    for number in 0..<100 { inbox.add([Self.reading(UInt16(number % 2), number)]) }
    var taken: [AssessedReading] = []
    inbox.takeReadings(into: &taken)
    #expect(taken.map { Int($0.reading.value) } == Array(0..<100))
    inbox.takeReadings(into: &taken)
    #expect(taken.isEmpty)
  }

  @Test func anInboxKeepsTheNewestStateOfEachAlarm() {
    func state(_ rule: Int, _ event: String) -> AlarmState {
      AlarmState(
        rule: rule, id: "rule", snapshot: AlarmSnapshot(),
        since: FactTime(boot: "", monotonicNs: 0, wallNs: 0, synchronized: true), lastEvent: event)
    }
    var inbox = DeliveryInbox(pointCount: 1, alarms: [state(0, "a"), state(1, "b")])
    inbox.addFacts(alarms: [state(1, "c"), state(1, "d")])
    let news = inbox.takeNews()
    #expect(news.hasNewFacts)
    #expect(news.alarms.map(\.rule) == [0, 1] && news.alarms.map(\.lastEvent) == ["a", "d"])
    let none = inbox.takeNews()
    #expect(!none.hasNewFacts && none.alarms.isEmpty)
    inbox.addFacts(alarms: [])
    let more = inbox.takeNews()
    #expect(more.hasNewFacts && more.alarms.isEmpty, "facts about no alarm are facts too")
  }

  @Test func anInboxThatNobodyEmptiesKeepsTheNewestReadings() {
    var inbox = DeliveryInbox(pointCount: 3)
    inbox.add([Self.reading(2, -1)])
    for number in 0..<100_000 { inbox.add([Self.reading(UInt16(number % 2), number)]) }
    var taken: [AssessedReading] = []
    inbox.takeReadings(into: &taken)
    #expect(taken.count <= 1_000)
    #expect(taken.suffix(2).map { Int($0.reading.value) } == [99_998, 99_999])
    #expect(taken.contains { $0.reading.point.rawValue == 2 }, "a slow point is not forgotten")
    let order = taken.map { $0.reading.value }
    #expect(order == order.sorted())
  }
}
