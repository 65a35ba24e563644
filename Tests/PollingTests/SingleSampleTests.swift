import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Sampling once: what is asked in which order, and what comes of each answer.
@Suite struct SingleSampleTests {
  static func holding(_ address: UInt16, _ count: UInt16 = 1) -> RegisterSpan {
    RegisterSpan(table: .holdingRegister, address: address, count: count)
  }

  /// What a sample asked and learned.
  struct Run {
    var record: SampleRecord
    var asked: [(request: BusRequest, at: TimeSpan)] = []
    var opened = 0
    var drains = 0
    var took: TimeSpan

    var spans: [RegisterSpan] {
      asked.compactMap { if case .read(let span) = $0.request { span } else { nil } }
    }
  }

  /// A whole sample of a device that is a function; a read is answered with the addresses.
  static func run(
    _ device: DevicePlan, writing write: WrittenOutput? = nil, link: Link = Sample.line,
    answer: (BusRequest, _ count: Int) -> BusOutcome
  ) throws -> Run {
    let start = Instant(nanoseconds: 0)
    var now = start
    var sample = try SingleSample(of: device, writing: write, link: link, at: now)
    var run = Run(record: sample.record, took: .zero)
    let wall = WallTime(nanosecondsSince1970: 0, synchronized: true)
    var steps = 0
    while let action = sample.next(at: now, wallTime: wall) {
      steps += 1
      try #require(steps < 1000, "it does not end")
      switch action {
      case .wait(let until):
        try #require(until > now)
        now = until
      case .perform(let task):
        var (outcome, words) = (BusOutcome.done, [UInt16]())
        switch task {
        case .transact(let transaction):
          run.asked.append((transaction.request, now - start))
          outcome = answer(transaction.request, run.asked.count)
          now = now + (outcome == .failed(.timeout) ? transaction.timeout : .milliseconds(10))
          if case .read(let span) = transaction.request, outcome == .done {
            words = (Int(span.address)..<span.end).map { UInt16($0) }
          }
        case .open: run.opened += 1
        case .drain: run.drains += 1
        case .close: break
        case .send, .listen: Issue.record("unexpected \(task)")
        }
        sample.finished(outcome, words: words, at: now, wallTime: wall)
      }
    }
    run.record = sample.record
    run.took = now - start
    return run
  }

  /// The same of registers of which nothing is known.
  static func run(
    _ spans: [RegisterSpan], profile: DeviceProfile? = nil, link: Link = Sample.line,
    answer: (RegisterSpan, _ count: Int) -> BusOutcome
  ) throws -> Run {
    let device = DevicePlan(
      sampling: spans.map { .raw($0) }, unit: 1, profile: profile)
    return try run(device, link: link) { request, count in
      guard case .read(let span) = request else {
        Issue.record("it writes: \(request)")
        return .done
      }
      return answer(span, count)
    }
  }

  static func profile(
    limits: ReadLimits = ReadLimits(), exceptions: [ExceptionMeaning] = []
  ) -> DeviceProfile {
    DeviceProfile(
      id: "maker/model", maker: "Maker", model: "Model", serial: nil, defaultUnit: 1,
      limits: limits, exceptions: exceptions, quantities: [])
  }

  @Test func neighboursComeInOneReadAndAnswersAreKept() throws {
    let run = try Self.run([Self.holding(0, 2), Self.holding(2)]) { _, _ in .done }
    #expect(run.spans == [Self.holding(0, 3)] && run.drains == 0 && run.opened == 1)
    #expect(run.record.word(.holdingRegister, 2) == 2)
    #expect(run.record.word(.holdingRegister, 3) == nil)
    #expect(run.record.word(.inputRegister, 2) == nil)
    #expect(run.record.words(Self.holding(0, 3)) == [0, 1, 2])
    #expect(run.record.outcome(ofPoint: 1) == .read(responseTime: .milliseconds(10)))
    #expect(run.record.decoded(ofPoint: 1) == .value(2))
    #expect(run.record.hasAnswered)
  }

  @Test func registersWithoutAProfileAreOneRead() throws {
    let bits = RegisterSpan(table: .coil, address: 3, count: 2000)
    let run = try Self.run([bits]) { _, _ in .done }
    #expect(run.spans == [bits] && run.record.words(bits)?.count == 2000)
    let refused = try Self.run([Self.holding(0, 125)]) { _, _ in .failed(.exception(2)) }
    #expect(refused.spans == [Self.holding(0, 125)])
    #expect(refused.record.outcome(ofPoint: 0) == .failed(.exception(2)))
  }

  /// A device that measures when register 600 is written, and is ready 2 s later.
  static func prepared(
    isPrepared: Bool = true, _ answer: (BusRequest, _ count: Int) -> BusOutcome
  ) throws -> Run {
    var profile = profile()
    profile.preparation = [
      SampleTriggerStep(
        request: .write(table: .holdingRegister, address: 600, words: [1]), waitMs: 2000)
    ]
    let device = DevicePlan(
      sampling: [.raw(holding(5))], unit: 1, profile: profile, isPrepared: isPrepared)
    return try run(device, answer: answer)
  }

  static let start = BusRequest.writeRegister(address: 600, value: 1)

  @Test func aDeviceMeasuresFirstWhereThatIsWanted() throws {
    let run = try Self.prepared { _, _ in .done }
    #expect(run.asked.map(\.request) == [Self.start, .read(Self.holding(5))])
    let began = Instant(nanoseconds: run.asked[0].at.nanoseconds)
    #expect(run.asked[1].at.nanoseconds >= run.asked[0].at.nanoseconds + 2_010_000_000)
    #expect(run.record.measuredAt(ofPoint: 0) == began)
    #expect(run.record.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    // Not wanted: nothing is written, and the value is as old as its answer.
    let plain = try Self.prepared(isPrepared: false) { _, _ in .done }
    #expect(plain.asked.map(\.request) == [.read(Self.holding(5))])
    let measuredAt = try #require(plain.record.measuredAt(ofPoint: 0))
    #expect(measuredAt > Instant(nanoseconds: plain.asked[0].at.nanoseconds))
  }

  @Test func aDeviceThatCannotBePreparedIsNotRead() throws {
    let refused = try Self.prepared { _, _ in .failed(.exception(4)) }
    #expect(refused.asked.map(\.request) == [Self.start, Self.start, Self.start])
    #expect(refused.record.outcome(ofPoint: 0) == .failed(.exception(4)))
    #expect(refused.record.measuredAt(ofPoint: 0) == nil && refused.record.hasAnswered)
    let late = try Self.prepared { _, count in count == 1 ? .failed(.timeout) : .done }
    #expect(late.asked.map(\.request) == [Self.start, Self.start, .read(Self.holding(5))])
    #expect(late.record.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
  }

  @Test func aRefusedBlockIsReadPointByPoint() throws {
    let refused = BusFault.exception(2)
    let run = try Self.run([Self.holding(0), Self.holding(1)]) { span, _ in
      span.end > 1 ? .failed(refused) : .done
    }
    #expect(run.spans == [Self.holding(0, 2), Self.holding(0), Self.holding(1)])
    #expect(run.record.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    #expect(run.record.outcome(ofPoint: 1) == .failed(refused))
    #expect(run.record.hasAnswered && run.took < .seconds(1))
  }

  @Test func aDeviceWithoutAnAnswerIsGivenUpAfterTwoRequests() throws {
    let run = try Self.run([Self.holding(0), Self.holding(100)]) { _, _ in .failed(.timeout) }
    #expect(run.spans == [Self.holding(0), Self.holding(0)])
    #expect(run.record.outcome(ofPoint: 1) == .failed(.timeout))
    #expect(!run.record.hasAnswered)
    #expect(run.took < .seconds(2))
  }

  /// What stands behind such an address is read all the same.
  @Test func aDeviceThatDoesNotAnswerForOneAddressOnlyLosesThat() throws {
    let run = try Self.run([Self.holding(0), Self.holding(100), Self.holding(200)]) { span, _ in
      span.address == 100 ? .failed(.timeout) : .done
    }
    #expect(run.spans.map(\.address) == [0, 100, 100, 200])
    #expect(run.record.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    #expect(run.record.outcome(ofPoint: 1) == .failed(.timeout))
    #expect(run.record.outcome(ofPoint: 2) == .read(responseTime: .milliseconds(10)))
    // A late answer to the one is not taken for an answer to the other.
    let pause = run.asked[3].at.nanoseconds - run.asked[2].at.nanoseconds
    #expect(pause >= PollingLimits.longestSettling.nanoseconds)
  }

  @Test(arguments: [BusFault.badChecksum, .unexpectedAnswer, .wrongUnit])
  func aDamagedAnswerIsAskedForAgain(_ fault: BusFault) throws {
    let run = try Self.run([Self.holding(5)]) { _, count in count < 3 ? .failed(fault) : .done }
    #expect(run.spans.count == 3 && run.drains == 2)
    #expect(run.record.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    let worse = try Self.run([Self.holding(5)]) { _, _ in .failed(fault) }
    #expect(worse.spans.count == 3 && worse.record.outcome(ofPoint: 0) == .failed(fault))
  }

  @Test func aDeviceThatAsksForTimeGetsSomeAndNotForEver() throws {
    let notReady = ExceptionMeaning(code: 4, meaning: .notReady(retryMs: 500))
    let profile = Self.profile(exceptions: [notReady])
    let run = try Self.run([Self.holding(0)], profile: profile) { _, count in
      count < 4 ? .failed(.exception(4)) : .done
    }
    #expect(run.spans.count == 4 && run.took >= .milliseconds(1500))
    #expect(run.record.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    let never = try Self.run([Self.holding(0)], profile: profile) { _, _ in .failed(.exception(4)) }
    #expect(never.record.outcome(ofPoint: 0) == .failed(.exception(4)))
    #expect(never.took <= SingleSample.shortestWait)
  }

  @Test func aLostPortEndsIt() throws {
    let run = try Self.run([Self.holding(0), Self.holding(9)]) { _, _ in .failed(.portLost(5)) }
    #expect(run.spans.count == 1 && run.record.portFault == .portLost(5))
    #expect(run.record.outcome(ofPoint: 0) == .failed(.portLost(5)))
    #expect(run.record.outcome(ofPoint: 1) == .failed(.portLost(5)))
  }

  /// A server that closes its connection after each answer is read as its gateway reads it.
  @Test func aConnectionThatIsClosedBehindAnAnswerIsOpenedAgain() throws {
    let link = Link.tcp(host: "probe", port: 502)
    let run = try Self.run([Self.holding(0), Self.holding(100)], link: link) { span, count in
      count == 2 ? .failed(.closedBeforeSending) : .done
    }
    #expect(run.spans.map(\.address) == [0, 100, 100] && run.opened == 2)
    #expect(run.record.outcome(ofPoint: 1) == .read(responseTime: .milliseconds(10)))
    #expect(run.record.portFault == nil)
  }

  @Test func aForbiddenPointIsRefusedBeforeAnythingIsAsked() {
    let limits = ReadLimits(forbidden: [Self.holding(10, 5)])
    #expect(throws: BusPlanError.self) {
      _ = try Self.run([Self.holding(12)], profile: Self.profile(limits: limits)) { _, _ in .done }
    }
  }

  @Test func outputsAndFailSafeTimesAreLeftAlone() throws {
    let relay = Sample.quantity(7, .bit, table: .coil, access: .readWrite)
    var device = DevicePlan(sampling: [.raw(Self.holding(0))], unit: 1)
    device.outputs = [WrittenOutput(output: 0, quantity: relay, maximumOnTime: .seconds(60))]
    device.modbus?.failSafe = .seconds(30)
    let run = try Self.run(device) { _, _ in .done }
    #expect(run.asked.map(\.request) == [.read(Self.holding(0))])
    #expect(run.record.written == nil)
  }
}
