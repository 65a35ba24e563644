public import DetectionCore
public import DeviceProfiles

/// One sample of the points of a device, or one write to it, for somebody who waits: the bus engine
/// over a plan that ends.
///
/// The owner asks `next`, carries out what it is told and reports with `finished`, as with `BusEngine`,
/// until `next` gives nil. What is asked and what a fault means is the engine's decision; here is only
/// decided when there is nothing left to wait for: when every point has its value, or its sample has
/// ended without one and no other can end in time. A port that fails ends it at once.
public struct SingleSample: ~Copyable {
  /// What was learned so far.
  public private(set) var record: SampleRecord

  private var plan: BusPlan
  private var engine: BusEngine
  private let time: TimeSpan
  private let end: Instant
  private var readings: [Reading] = []
  /// The transaction that is carried out, and since when.
  private var sent: (request: BusRequest, at: Instant)?

  /// How long a value is waited for at least: a device may ask for time, and a sensor that sends by
  /// itself may do so every few seconds.
  public static var shortestWait: TimeSpan { .seconds(10) }
  /// How often a sensor that sends messages is sampled until one is heard.
  private static var messagePeriod: TimeSpan { .seconds(1) }
  /// Messages that may be missed before a sensor counts as not there.
  private static var missedMessages: Int64 { 3 }

  /// Prepares to sample a device.
  ///
  /// - Parameters:
  ///   - device: The device; its outputs and its fail-safe time are left alone, and the periods of its
  ///     points do not matter.
  ///   - write: What is written besides, as its "on" value, in one try.
  ///   - link: How its bus is reached.
  ///   - now: The present.
  /// - Throws: `BusPlanError` for the first point or write that the device does not allow.
  public init(
    of device: DevicePlan, writing write: WrittenOutput? = nil, link: Link, at now: Instant
  ) throws(BusPlanError) {
    time = Self.time(for: device)
    plan = BusPlan(
      id: link.name, link: link, devices: [Self.sampled(device, within: time, writing: write)],
      probeShare: 1000)
    // Somebody waits: any answer may take as long as the profile says.
    plan.margin = .milliseconds(Int64(device.timing.responseTimeoutMs))
    engine = try BusEngine(plan: plan, start: now)
    end = now + time
    record = SampleRecord(points: plan.devices[0].points)
    if let write { engine.request(output: write.output, on: true, at: now) }
  }

  /// What to do at `now`; nil when there is nothing left to wait for.
  public mutating func next(at now: Instant, wallTime: WallTime) -> BusAction? {
    if isOver(at: now), !goesOnWithTheRest(at: now) { return nil }
    let action = engine.next(at: now, wallTime: wallTime, into: &readings)
    keepReadings()
    switch action {
    case .wait(let until): return .wait(until: now < end ? min(until, end) : until)
    case .perform(.listen(let until)): return .perform(.listen(until: min(until, end)))
    case .perform(let task):
      if case .transact(let transaction) = task { sent = (transaction.request, now) }
      return .perform(task)
    }
  }

  /// Takes back the task that `next` gave out.
  ///
  /// - Parameters:
  ///   - outcome: How it ended.
  ///   - words: What came of it.
  ///   - now: When it ended.
  ///   - wallTime: The same moment in civil time.
  public mutating func finished(
    _ outcome: BusOutcome, words: [UInt16], at now: Instant, wallTime: WallTime
  ) {
    if let sent { record.keep(outcome, of: sent.request, words, sentAt: sent.at, at: now) }
    sent = nil
    engine.finished(outcome, words: words, at: now, wallTime: wallTime, into: &readings)
    keepReadings()
    record.written = engine.outputStatus.first?.certainty
    // A connection that the other end closes after each answer is opened again by the engine.
    if case .failed(let fault) = outcome, fault.recovery == .reopenPort,
      !engine.service.isResuming
    {
      record.portFault = fault
    }
  }

  private mutating func keepReadings() {
    for reading in readings { record.keep(reading) }
    readings.removeAll(keepingCapacity: true)
  }

  private func isOver(at now: Instant) -> Bool {
    guard record.portFault == nil else { return true }
    return plan.devices[0].points.allSatisfy { point in
      let reading = record.reading(of: point.point)
      if let reading, reading.value.isFinite { return true }
      return point.period < time ? now >= end : reading != nil
    } && engine.outputStatus.allSatisfy { $0.certainty != .pending || $0.failedTries > 0 }
  }

  /// A device that does not answer one read counts as lost, and its sample ends: what was not asked for
  /// any more gets a sample of its own, as soon as no late answer can be taken for one to it.
  private mutating func goesOnWithTheRest(at now: Instant) -> Bool {
    guard record.portFault == nil, record.hasAnswered else { return false }
    var rest = plan
    rest.devices[0].points.removeAll { !record.isUnasked($0) }
    let count = rest.devices[0].points.count
    guard count > 0, count < plan.devices[0].points.count,
      let next = try? BusEngine(plan: rest, start: now + PollingLimits.longestSettling)
    else { return false }
    for point in rest.devices[0].points { record.forget(point.point) }
    plan = rest
    engine = next
    return true
  }

  /// How long the device is waited for.
  private static func time(for device: DevicePlan) -> TimeSpan {
    let timeout = TimeSpan.milliseconds(Int64(device.timing.responseTimeoutMs))
    let preparation = TimeSpan.milliseconds(Int64(device.modbus?.profile.preparationMs ?? 0))
    return max(
      TimeSpan(nanoseconds: shortestWait.nanoseconds + preparation.nanoseconds),
      TimeSpan(nanoseconds: missedMessages * timeout.nanoseconds))
  }

  /// The device with its points sampled at once: of a unit that answers a single time, of a sensor that
  /// sends messages again and again.
  private static func sampled(
    _ device: DevicePlan, within time: TimeSpan, writing write: WrittenOutput?
  ) -> DevicePlan {
    var sampled = device
    sampled.outputs = write.map { [$0] } ?? []
    sampled.modbus?.failSafe = nil
    let period =
      switch device.dialect {
      case .modbus: time
      case .framed: messagePeriod
      }
    for index in sampled.points.indices {
      sampled.points[index].burst = nil
      sampled.points[index].period = max(period, device.minimumPeriod)
    }
    return sampled
  }
}

extension DevicePlan {
  /// A unit of which quantities are read, on whose profile nobody insists.
  ///
  /// - Parameters:
  ///   - quantities: What is read, one point each, in this order.
  ///   - unit: The Modbus unit address.
  ///   - profile: What is known of the device; nil: it may be asked anything that Modbus allows.
  ///   - timeout: How long to wait for an answer; nil: as long as the profile says.
  ///   - isPrepared: Whether the profile's preparation goes before, which may write.
  public init(
    sampling quantities: [ProfileQuantity], unit: UInt8, profile: DeviceProfile? = nil,
    timeout: TimeSpan? = nil, isPrepared: Bool = false
  ) {
    var profile =
      profile
      ?? DeviceProfile(
        id: "", maker: "", model: "", serial: nil, defaultUnit: unit, quantities: [])
    if !isPrepared { profile.preparation = [] }
    if let timeout {
      profile.timing.responseTimeoutMs = UInt32(clamping: timeout.nanoseconds / 1_000_000)
    }
    let points = quantities.enumerated().map { index, quantity in
      PolledPoint(
        point: PointIndex(rawValue: UInt16(index)), quantity: quantity, period: .seconds(1))
    }
    self.init(
      id: "unit \(unit)", unit: unit, profile: profile, points: points, outputs: [],
      ignoresIdentity: true)
  }
}

extension ProfileQuantity {
  /// Registers of which no profile says anything, as one quantity: the first is its own, and the others
  /// are read with it.
  public static func raw(_ span: RegisterSpan) -> ProfileQuantity {
    func field(_ address: Int) -> RawField {
      RawField(
        table: span.table, address: UInt16(address), type: span.table.isBits ? .bit : .uint16)
    }
    let others = (Int(span.address)..<span.end).dropFirst()
    return ProfileQuantity(
      id: "raw", field: field(Int(span.address)), unit: "1",
      gates: others.map { Gate(companion: "", field: field($0), accepted: []) },
      access: .readWrite)
  }
}
