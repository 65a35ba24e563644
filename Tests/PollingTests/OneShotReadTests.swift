import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Reading once: what is asked in which order, and what comes of each answer.
@Suite struct OneShotReadTests {
  static let line = Link.serial(
    path: "/dev/bus", SerialSettings(baud: 9600, parity: .none, stopBits: 1))

  static func holding(_ address: UInt16, _ count: UInt16 = 1) -> RegisterSpan {
    RegisterSpan(table: .holdingRegister, address: address, count: count)
  }

  /// The outcome of a whole read, and what was asked, against a device that is a function.
  static func run(
    _ spans: [RegisterSpan], profile: DeviceProfile? = nil,
    answer: (RegisterSpan, _ count: Int) -> BusOutcome
  ) throws -> (read: OneShotRead, asked: [RegisterSpan], drains: Int, took: TimeSpan) {
    var now = Instant(nanoseconds: 0)
    var read = try OneShotRead(
      spans.map { WantedPoint(span: $0) }, unit: 1, device: profile, link: line, at: now)
    var asked: [RegisterSpan] = []
    var drains = 0
    var steps = 0
    while let action = read.next(at: now) {
      steps += 1
      try #require(steps < 1000, "it does not end")
      switch action {
      case .wait(let until):
        try #require(until > now)
        now = until
      case .perform(.transact(let transaction)):
        guard case .read(let span) = transaction.request else {
          Issue.record("it writes: \(transaction)")
          return (read, asked, drains, now - Instant(nanoseconds: 0))
        }
        asked.append(span)
        let outcome = answer(span, asked.count)
        now = now + (outcome == .failed(.timeout) ? transaction.timeout : .milliseconds(10))
        let words = outcome == .done ? (Int(span.address)..<span.end).map { UInt16($0) } : []
        read.finished(outcome, words: words, at: now)
      case .perform(.drain):
        drains += 1
        read.finished(.done, words: [], at: now)
      case .perform(let task): Issue.record("unexpected \(task)")
      }
    }
    return (read, asked, drains, now - Instant(nanoseconds: 0))
  }

  static func profile(
    limits: ReadLimits = ReadLimits(), exceptions: [ExceptionMeaning] = []
  ) -> DeviceProfile {
    DeviceProfile(
      id: "maker/model", maker: "Maker", model: "Model", serial: nil, defaultUnit: 1,
      limits: limits, exceptions: exceptions, quantities: [])
  }

  @Test func neighboursComeInOneReadAndAnswersAreKept() throws {
    let (read, asked, drains, _) = try Self.run([Self.holding(0, 2), Self.holding(2)]) { _, _ in
      .done
    }
    #expect(asked == [Self.holding(0, 3)])
    #expect(drains == 0)
    #expect(read.word(.holdingRegister, 2) == 2 && read.word(.holdingRegister, 3) == nil)
    #expect(read.word(.inputRegister, 2) == nil)
    #expect(read.outcome(ofPoint: 1) == .read(responseTime: .milliseconds(10)))
    #expect(!read.isSilent)
  }

  /// A device that measures when register 600 is written, and is ready 2 s later.
  static func prepared(
    isPrepared: Bool = true, _ answer: (BusRequest, _ count: Int) -> BusOutcome
  ) throws -> (read: OneShotRead, asked: [(request: BusRequest, at: TimeSpan)]) {
    var profile = profile()
    profile.preparation = [
      SampleTriggerStep(
        request: .write(table: .holdingRegister, address: 600, words: [1]), waitMs: 2000)
    ]
    var now = Instant(nanoseconds: 0)
    var read = try OneShotRead(
      [WantedPoint(span: holding(5))], unit: 1, device: profile, isPrepared: isPrepared, link: line,
      at: now)
    var asked: [(request: BusRequest, at: TimeSpan)] = []
    while let action = read.next(at: now) {
      try #require(asked.count < 20, "it does not end")
      switch action {
      case .wait(let until): now = until
      case .perform(.transact(let transaction)):
        asked.append((transaction.request, now - Instant(nanoseconds: 0)))
        now = now + .milliseconds(10)
        read.finished(answer(transaction.request, asked.count), words: [7], at: now)
      case .perform: read.finished(.done, words: [], at: now)
      }
    }
    return (read, asked)
  }

  static let start = BusRequest.writeRegister(address: 600, value: 1)

  @Test func aDeviceMeasuresFirstWhereThatIsWanted() throws {
    let (read, asked) = try Self.prepared { _, _ in .done }
    #expect(asked.map(\.request) == [Self.start, .read(Self.holding(5))])
    let began = Instant(nanoseconds: asked[0].at.nanoseconds)
    #expect(asked[1].at.nanoseconds >= asked[0].at.nanoseconds + 2_010_000_000)
    #expect(read.measuredAt(ofPoint: 0) == began)
    #expect(read.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    // Not wanted: nothing is written, and the value is as old as its answer.
    let (plain, reads) = try Self.prepared(isPrepared: false) { _, _ in .done }
    #expect(reads.map(\.request) == [.read(Self.holding(5))])
    #expect(plain.measuredAt(ofPoint: 0) ?? began > Instant(nanoseconds: reads[0].at.nanoseconds))
  }

  @Test func aDeviceThatCannotBePreparedIsNotRead() throws {
    let (refused, asked) = try Self.prepared { _, _ in .failed(.exception(4)) }
    #expect(asked.map(\.request) == [Self.start, Self.start])
    #expect(refused.outcome(ofPoint: 0) == .failed(.exception(4)))
    #expect(refused.measuredAt(ofPoint: 0) == nil && !refused.isSilent)
    let (late, tries) = try Self.prepared { _, count in count == 1 ? .failed(.timeout) : .done }
    #expect(tries.map(\.request) == [Self.start, Self.start, .read(Self.holding(5))])
    #expect(late.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
  }

  @Test func aRefusedBlockIsReadPointByPoint() throws {
    let refused = BusFault.exception(2)
    let (read, asked, _, _) = try Self.run([Self.holding(0), Self.holding(1)]) { span, _ in
      span.end > 1 ? .failed(refused) : .done
    }
    #expect(asked == [Self.holding(0, 2), Self.holding(0), Self.holding(1)])
    #expect(read.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    #expect(read.outcome(ofPoint: 1) == .failed(refused))
    #expect(!read.isSilent)
  }

  @Test func aSilentDeviceIsGivenUpAfterTwoRequests() throws {
    let (read, asked, _, took) = try Self.run([Self.holding(0), Self.holding(100)]) { _, _ in
      .failed(.timeout)
    }
    #expect(asked == [Self.holding(0), Self.holding(0)])
    #expect(read.outcome(ofPoint: 1) == .failed(.timeout))
    #expect(read.isSilent)
    #expect(took < .seconds(2))
  }

  @Test func aDeviceThatIsSilentOnOneAddressOnlyLosesThat() throws {
    let (read, asked, drains, _) = try Self.run([Self.holding(0), Self.holding(100)]) { span, _ in
      span.address == 0 ? .done : .failed(.timeout)
    }
    #expect(asked.count == 3 && drains == 1)
    #expect(read.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    #expect(read.outcome(ofPoint: 1) == .failed(.timeout))
  }

  @Test(arguments: [BusFault.badChecksum, .unexpectedAnswer, .wrongUnit])
  func aDamagedAnswerIsAskedForAgain(_ fault: BusFault) throws {
    let (read, asked, drains, _) = try Self.run([Self.holding(5)]) { _, count in
      count < 3 ? .failed(fault) : .done
    }
    #expect(asked.count == 3 && drains == 2)
    #expect(read.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    let (worse, _, _, _) = try Self.run([Self.holding(5)]) { _, _ in .failed(fault) }
    #expect(worse.outcome(ofPoint: 0) == .failed(fault))
  }

  @Test func patienceEnds() throws {
    let notReady = ExceptionMeaning(code: 4, meaning: .notReady(retryMs: 500))
    let profile = Self.profile(exceptions: [notReady])
    let (read, asked, _, took) = try Self.run([Self.holding(0)], profile: profile) { _, count in
      count < 4 ? .failed(.exception(4)) : .done
    }
    #expect(asked.count == 4 && took >= .milliseconds(1500))
    #expect(read.outcome(ofPoint: 0) == .read(responseTime: .milliseconds(10)))
    let (never, _, _, end) = try Self.run([Self.holding(0)], profile: profile) { _, _ in
      .failed(.exception(4))
    }
    #expect(never.outcome(ofPoint: 0) == .failed(.exception(4)))
    #expect(end <= OneShotRead.patience)
  }

  @Test func aLostPortEndsIt() throws {
    let (read, asked, _, _) = try Self.run([Self.holding(0), Self.holding(9)]) { _, _ in
      .failed(.portLost(5))
    }
    #expect(asked.count == 1)
    #expect(read.outcome(ofPoint: 0) == .failed(.portLost(5)))
    #expect(read.outcome(ofPoint: 1) == .failed(.portLost(5)))
  }

  @Test func aForbiddenPointIsRefusedBeforeAnythingIsAsked() {
    let limits = ReadLimits(forbidden: [Self.holding(10, 5)])
    #expect(throws: ReadPlanError.self) {
      _ = try OneShotRead(
        [WantedPoint(span: Self.holding(12))], unit: 1, device: Self.profile(limits: limits),
        link: Self.line, at: Instant(nanoseconds: 0))
    }
  }
}
