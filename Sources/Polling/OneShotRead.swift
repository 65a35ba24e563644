public import DetectionCore
public import DeviceProfiles

/// Reads points of one device once, for somebody who waits for it.
///
/// The owner asks `next`, does what it is told with a port that is open, and reports with
/// `finished`, until `next` gives nil. A damaged answer is asked for again, a refused block point
/// by point; a device that never answers is given up after
/// `PollingLimits.timeoutsBeforeBackOff` requests. Nothing is written, unless the owner wants the
/// steps by which the profile lets the device measure.
public struct OneShotRead: Sendable {
  /// What was learned of one point.
  public enum Outcome: Hashable, Sendable {
    /// All its registers were read; so long took the answer to the last of them.
    case read(responseTime: TimeSpan)
    /// They could not be read.
    case failed(BusFault)
  }

  /// How long a device that asks for patience is waited for.
  public static var patience: TimeSpan { .seconds(10) }

  /// Some registers, and whose they are.
  private struct Job: Sendable {
    var span: RegisterSpan
    var points: [Int]
    var tries = 0
  }

  private let unit: UInt8
  private let device: DeviceProfile?
  private let timeout: TimeSpan
  private let transmission: TransmissionTime?
  private let cost: TransactionCost
  private let wanted: [WantedPoint]
  private var jobs: [Job]
  private var faults: [BusFault?]
  private var responseTimes: [TimeSpan]
  private var answeredAt: [Instant?]
  /// The steps by which the device measures that are still to be done.
  private var steps: [(request: BusRequest, wait: TimeSpan)]
  private var stepTries = 0
  private var measuredAt: Instant?
  private var answers: [(span: RegisterSpan, words: [UInt16])] = []
  private var hasAnswered = false
  private var wantedDrain: TimeSpan?
  private var notBefore: Instant
  private let end: Instant
  private var sentAt: Instant

  /// Prepares to read `points`.
  ///
  /// - Parameters:
  ///   - points: What is read.
  ///   - unit: The Modbus unit address.
  ///   - device: What is known of the device; nil: it may be asked anything that Modbus allows.
  ///   - timeout: How long to wait for an answer beyond the request's own time on the line; nil:
  ///     as long as the device wants.
  ///   - isPrepared: Whether the profile's preparation goes before, which may write.
  ///   - link: How the bus is reached.
  ///   - now: The present; the port has just been opened, or its last answer has come.
  /// - Throws: `ReadPlanError` for a point that the device's limits forbid to read.
  public init(
    _ points: [WantedPoint], unit: UInt8, device: DeviceProfile? = nil, timeout: TimeSpan? = nil,
    isPrepared: Bool = false, link: Link, at now: Instant
  ) throws(ReadPlanError) {
    self.unit = unit
    self.device = device
    let timing = device?.timing ?? DeviceTiming()
    self.timeout = timeout ?? .milliseconds(Int64(timing.responseTimeoutMs))
    transmission = link.transmission
    cost = TransactionCost(link: link, timing: timing)
    wanted = points
    let plan = try ReadPlan(points: points, limits: device?.limits ?? ReadLimits(), cost: cost)
    jobs = plan.blocks.map { Job(span: $0.span, points: $0.pieces.map(\.point)) }
    faults = Array(repeating: nil, count: points.count)
    responseTimes = Array(repeating: .zero, count: points.count)
    answeredAt = Array(repeating: nil, count: points.count)
    steps =
      (isPrepared ? device?.preparation ?? [] : []).compactMap { step in
        step.busRequest.map { ($0, .milliseconds(Int64(step.waitMs))) }
      }
    notBefore = now + (transmission?.silence ?? .zero)
    sentAt = now
    let waits = steps.reduce(Self.patience.nanoseconds) { $0 + $1.wait.nanoseconds }
    end = now + TimeSpan(nanoseconds: waits)
  }

  /// What to do at `now`; nil when everything was tried.
  public mutating func next(at now: Instant) -> BusAction? {
    guard let job = jobs.first else { return nil }
    if let silence = wantedDrain { return .perform(.drain(silence: silence)) }
    if now < notBefore { return .wait(until: notBefore) }
    sentAt = now
    let request = steps.first?.request ?? .read(job.span)
    let sending = transmission?.time(request: request) ?? .zero
    return .perform(
      .transact(
        Transaction(
          device: 0, unit: unit, request: request,
          timeout: TimeSpan(nanoseconds: sending.nanoseconds + timeout.nanoseconds))))
  }

  /// Takes back the task that `next` gave out.
  ///
  /// - Parameters:
  ///   - outcome: How it ended.
  ///   - words: The answer to a read, one word a register or bit.
  ///   - now: When it ended.
  public mutating func finished(_ outcome: BusOutcome, words: [UInt16], at now: Instant) {
    guard let job = jobs.first else { return }
    if wantedDrain != nil {
      wantedDrain = nil
      if case .failed(let fault) = outcome { giveUp(fault) }
      return
    }
    let guardTime = TimeSpan.milliseconds(Int64(device?.timing.guardMs ?? 0))
    notBefore = now + max(transmission?.silence ?? .zero, guardTime)
    guard steps.isEmpty else { return finishedStep(outcome, at: now) }
    switch outcome {
    case .failed(let fault): failed(fault, at: now)
    case .done where words.count != Int(job.span.count): failed(.unexpectedAnswer, at: now)
    case .done:
      hasAnswered = true
      answers.append((job.span, words))
      for point in job.points {
        responseTimes[point] = now - sentAt
        answeredAt[point] = now
      }
      jobs.removeFirst()
    }
  }

  /// What was learned of the point at that place of the list; before the end, what is so far.
  public func outcome(ofPoint place: Int) -> Outcome {
    if let fault = faults[place] { return .failed(fault) }
    return .read(responseTime: responseTimes[place])
  }

  /// When the value of the point at that place of the list was measured, as far as is known: when
  /// the device was told to measure, or when it answered; nil where it was not read.
  public func measuredAt(ofPoint place: Int) -> Instant? {
    answeredAt[place].map { measuredAt ?? $0 }
  }

  /// True where points were to be read and the device answered nothing at all.
  public var isSilent: Bool { !hasAnswered && !wanted.isEmpty }

  /// The word at an address, or nil where it was not read.
  public func word(_ table: RegisterTable, _ address: UInt16) -> UInt16? {
    for (span, words) in answers
    where span.table == table && address >= span.address && Int(address) < span.end {
      return words[Int(address - span.address)]
    }
    return nil
  }

  /// The words of a span, one a register or bit; nil where not all of them were read.
  public func words(_ span: RegisterSpan) -> [UInt16]? {
    let words = (Int(span.address)..<span.end).compactMap {
      word(span.table, UInt16(truncatingIfNeeded: $0))
    }
    return words.count == Int(span.count) ? words : nil
  }

  /// One step of the preparation was answered or not; one that never is leaves nothing to read.
  private mutating func finishedStep(_ outcome: BusOutcome, at now: Instant) {
    guard case .failed(let fault) = outcome else {
      hasAnswered = true
      measuredAt = sentAt
      notBefore = max(notBefore, now + steps.removeFirst().wait)
      stepTries = 0
      return
    }
    if fault.leavesLineDirty { wantedDrain = PollingLimits.drainSilence }
    if fault.isAnswer { hasAnswered = true }
    stepTries += 1
    let tries = fault.recovery == .reopenPort ? 1 : PollingLimits.timeoutsBeforeBackOff
    guard stepTries >= tries else { return }
    giveUp(fault)
  }

  private mutating func failed(_ fault: BusFault, at now: Instant) {
    if fault.leavesLineDirty { wantedDrain = PollingLimits.drainSilence }
    if fault.isAnswer { hasAnswered = true }
    if case .exception(let code) = fault, let meaning = device?.meaning(ofException: code) {
      switch meaning {
      case .notReady(let retryMs): askAgain(after: .milliseconds(Int64(retryMs)), fault, at: now)
      case .fault: leave(fault)
      }
      return
    }
    if !fault.isAnswer, let limits = device?.limits, limits.clears(jobs[0].span) {
      // The answer that was lost may have had all that was counted: another one would say less.
      return hasAnswered ? leave(fault) : giveUp(fault)
    }
    switch fault.recovery {
    case .reopenPort: giveUp(fault)
    case .skipPoint: split(fault)
    case .retryLater: askAgain(after: PollingLimits.notReadyDelay, fault, at: now)
    case .retryNow:
      if countTry() >= PollingLimits.triesPerSlot { leave(fault) }
    case .backOffDevice:
      guard countTry() >= PollingLimits.timeoutsBeforeBackOff else { return }
      if hasAnswered { leave(fault) } else { giveUp(fault) }
    }
  }

  private mutating func countTry() -> Int {
    jobs[0].tries += 1
    return jobs[0].tries
  }

  private mutating func askAgain(after pause: TimeSpan, _ fault: BusFault, at now: Instant) {
    let again = now + pause
    guard again < end else { return leave(fault) }
    notBefore = max(notBefore, again)
  }

  /// Reads the first job's points one by one; a point alone has failed.
  private mutating func split(_ fault: BusFault) {
    let points = jobs[0].points.reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    guard points.count > 1 else { return leave(fault) }
    let limits = device?.limits ?? ReadLimits()
    let parts = points.flatMap { point in
      // Read on its own, a point needs no more than it did among others, which was allowed.
      let blocks = (try? ReadPlan(points: [wanted[point]], limits: limits, cost: cost).blocks) ?? []
      return blocks.map { Job(span: $0.span, points: [point]) }
    }
    jobs.replaceSubrange(0..<1, with: parts)
  }

  private mutating func leave(_ fault: BusFault) {
    for point in jobs[0].points { faults[point] = fault }
    jobs.removeFirst()
  }

  private mutating func giveUp(_ fault: BusFault) {
    for job in jobs { for point in job.points { faults[point] = fault } }
    jobs.removeAll()
  }
}
