import DetectionCore
import DeviceProfiles

/// What the schedule of a line knows of one sensor.
struct FramedSensor: BusMember, Sendable {
  /// One point and how far its current sample has come.
  struct Member: Sendable {
    var point: PolledPoint
    let quantity: FramedQuantity
    var grid: SampleGrid
    /// When the sample that waits for its message was due; nil between samples.
    var slot: Instant?
    /// When the sample is over without a message.
    var endAt: Instant
    /// A period that waits for the end of a round, and when it was wanted.
    var change: (period: TimeSpan, at: Instant)?

    /// When the sample that waits should be complete; nil between samples.
    var deadline: Instant? { slot.map { $0 + grid.cadence.relativeDeadline } }
  }

  /// Which samples end without a message.
  enum Ended {
    /// Those whose time is up.
    case overdue
    /// Those of one message.
    case message(Int)
    /// Those that have to be asked for, and are over before their lost sensor is asked again.
    case hopeless
    case all
  }

  let line: FramedProtocol
  /// What is sent for each message; empty for those that come by themselves.
  let requests: [[UInt8]]
  let timing: DeviceTiming
  /// True where any of its messages comes without a request.
  let isFreeRunning: Bool
  var framer: FrameReader
  var members: [Member]
  var liveness = DeviceLiveness()
  /// What it is sent before it is read.
  var setup: FramedSetup
  /// How long it takes to answer, for each message by itself: one may be read at once, another
  /// measured first.
  var responseTimes: [ResponseTime]
  /// Answers to what is asked until then say nothing about how long they take.
  var measuredFrom = Instant(nanoseconds: .min)
  /// Requests since the last message or time-out.
  var tries = 0
  /// True from a sample without a message to the next message.
  var isSilent = false
  /// True where frames came damaged since the last message.
  var isDamaged = false
  /// After a silence, values are trustworthy from then on.
  var warmAt = Instant(nanoseconds: .min)
  /// Samples that ended behind their deadline and have not been counted yet.
  var lateSamples: UInt64 = 0
  var counters = BusCounters()

  init(_ plan: DevicePlan, start: Instant) {
    guard case .framed(let device) = plan.dialect else {
      preconditionFailure("\(plan.id) sends no messages of its own")
    }
    line = device.line
    requests = device.line.messages.map(\.requestBytes)
    timing = plan.timing
    responseTimes = Array(repeating: ResponseTime(), count: requests.count)
    isFreeRunning = requests.contains(where: \.isEmpty)
    framer = FrameReader(framing: device.line.framing)
    setup = FramedSetup(device.line.setup)
    members = plan.points.map { point in
      guard case .framed(let quantity) = point.quantity else {
        preconditionFailure("point \(point.point.rawValue) does not stand in a message")
      }
      let grid = SampleGrid(Cadence(of: point), start: start)
      return Member(point: point, quantity: quantity, grid: grid, endAt: start)
    }
  }

  var responseTimeout: TimeSpan { .milliseconds(Int64(timing.responseTimeoutMs)) }

  /// Begins anew on a port that was just opened: it is asked at once.
  mutating func restart(at now: Instant) {
    framer.restart(isSilentBefore: false)
    setup.restart(withStored: true)
    if case .lost(_, let pause) = health { health = .lost(probeAt: now, pause: pause) }
  }

  /// A lost sensor is asked for a sample that waits: an answer may be what it counted since the
  /// last one.
  var canBeProbed: Bool { members.contains { $0.slot != nil && isAsked(for: $0) } }

  func isAsked(for member: Member) -> Bool {
    !requests[member.quantity.message].isEmpty
  }

  /// Carries out the changes of period that are possible now, and returns how many.
  mutating func applyChanges() -> UInt64 {
    var applied: UInt64 = 0
    for index in members.indices {
      guard members[index].slot == nil, members[index].grid.place == 0,
        let wanted = members[index].change
      else { continue }
      members[index].change = nil
      members[index].point.period = wanted.period
      members[index].grid = members[index].grid.changed(
        to: Cadence(of: members[index].point), at: wanted.at)
      applied += 1
    }
    return applied
  }

  /// Lets samples be due when `clock` shows multiples of their periods.
  mutating func align(to clock: CivilClock, at now: Instant) {
    let gap = TimeSpan.milliseconds(Int64(timing.minimumPeriodMs))
    for index in members.indices {
      members[index].grid.align(to: clock, atLeast: gap, at: now)
    }
  }

  /// Begins the samples that are due at `now` and returns how many were passed over.
  mutating func beginSamples(at now: Instant) -> UInt64 {
    var passed: UInt64 = 0
    for index in members.indices where members[index].slot == nil {
      guard now >= members[index].grid.next else { continue }
      let taken = members[index].grid.take(at: now)
      passed += UInt64(taken.passed)
      members[index].slot = taken.slot
      let patience =
        isSilent
        ? min(responseTimeout, members[index].grid.cadence.spacing) : responseTimeout
      // An answer's time runs from its request, which may have to wait for others.
      members[index].endAt =
        isAsked(for: members[index]) ? Instant(nanoseconds: .max) : now + patience
    }
    return passed
  }

  /// Gives the open samples that end without a message their flag.
  mutating func settle(
    _ ended: Ended, flag: QualityFlag, _ stamp: Stamp, into readings: inout [Reading]
  ) {
    for index in members.indices where members[index].slot != nil {
      let isOver =
        switch ended {
        case .overdue: members[index].endAt <= stamp.time
        case .message(let message): members[index].quantity.message == message
        case .hopeless: isHopeless(members[index])
        case .all: true
        }
      guard isOver else { continue }
      members[index].slot = nil
      readings.append(stamp.reading(members[index].point.point, .nan, flag))
    }
  }

  private func isHopeless(_ member: Member) -> Bool {
    guard case .lost(let probeAt, _) = health, isAsked(for: member), let deadline = member.deadline
    else { return false }
    return deadline <= probeAt
  }

  /// Gives the open samples of a message their values.
  mutating func take(
    message: Int, _ frame: [UInt8], fields: [Range<Int>], isSuspect: Bool, _ stamp: Stamp,
    into readings: inout [Reading]
  ) {
    let isDoubtful = isSuspect || stamp.time < warmAt
    for index in members.indices {
      guard let deadline = members[index].deadline else { continue }
      let point = members[index].point
      let quantity = members[index].quantity
      guard quantity.message == message else { continue }
      if stamp.time > deadline { lateSamples += 1 }
      members[index].slot = nil
      let (value, flag) = point.reading(of: quantity.decode(frame, fields: fields))
      readings.append(
        stamp.reading(point.point, value, isDoubtful && !flag.isBad ? .suspect : flag))
    }
  }

  /// A question had no good answer; after a few times the sensor is asked ever more rarely, and set
  /// up first.
  ///
  /// - Parameter isTolerant: As in `DeviceLiveness.isLost`.
  /// - Returns: True where the sample is over, false where it is asked for again.
  mutating func missAnswer(
    to message: Int, _ fault: BusFault, isTolerant: Bool, at now: Instant
  ) -> Bool {
    if fault == .timeout { responseTimes[message].double() }
    if !isOnline || liveness.isLost(by: fault, isTolerant: isTolerant) {
      backOff(at: now)
    } else if fault != .timeout, tries < PollingLimits.triesPerSlot {
      return false
    }
    tries = 0
    return true
  }

  /// No message has come; one that sends by itself is listened to as before, and set up ever more
  /// rarely.
  mutating func missOwnMessage(at now: Instant) {
    isSilent = true
    isDamaged = false
    guard isOnline, liveness.isLost(by: .timeout, isTolerant: true) else { return }
    backOff(at: now)
  }

  private mutating func backOff(at now: Instant) {
    if isOnline {
      for message in responseTimes.indices { responseTimes[message].forgetDoublings() }
    }
    let startup = TimeSpan.milliseconds(Int64(timing.startupMs))
    let period = members.lazy.map(\.point.period).min()
    liveness.backOff(from: period.map { max($0, startup) }, at: now)
    setup.restart(withStored: false)
  }

  /// When its next setting may be sent; nil where nothing is to be set.
  ///
  /// A lost sensor that is asked gets it with a probe.
  var settingAt: Instant? {
    guard setup.isDue else { return nil }
    guard case .lost(let probeAt, _) = health else { return Instant(nanoseconds: .min) }
    return isFreeRunning ? probeAt : nil
  }

  /// The setting that is sent now. One that sends by itself is heard when that has helped, and set
  /// up again after a longer pause where it has not.
  mutating func takeSetting(at now: Instant) -> FramedSetting? {
    let setting = setup.take()
    if isFreeRunning, !isOnline, !setup.isDue { backOff(at: now) }
    return setting
  }

  /// A message was understood.
  mutating func heard(at now: Instant) {
    if !isOnline { warmAt = now + .milliseconds(Int64(timing.warmupMs)) }
    health = .online
    liveness.heard()
    tries = 0
    isSilent = false
    isDamaged = false
  }
}
