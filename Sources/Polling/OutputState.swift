import DetectionCore
import DeviceProfiles

/// What the engine knows of one output.
struct OutputState: Sendable {
  /// What is done next about an output that is not as wanted.
  enum Step: Hashable, Sendable {
    /// Read what else its register holds.
    case fetch
    case write(BusRequest)
    case verify
    case none
  }
  /// Why the engine itself gives up to have an output on.
  enum Expiry { case maximumOnTime, late }

  let plan: WrittenOutput
  let device: Int
  let field: WrittenField
  private let slack: TimeSpan
  /// How often an output that is as wanted is looked at again, so that a device with a watchdog
  /// hears from the gateway; nil for never.
  private let recheck: TimeSpan?
  private var recheckAt: Instant
  /// True when it was written, and read back where that is possible, since it was last wanted, or came
  /// back.
  private var isAsWanted = false
  private var confirmedAt: Instant
  private(set) var wanted: Bool?
  /// When the output was last wanted on.
  private var onSince: Instant
  /// True once "on" was written for the last such request.
  private var wasSwitchedOn = false
  /// True while an "off" waits to be written; it goes before the next "on", so that no request
  /// prolongs the one before it.
  private var isOffPending = false
  private(set) var step = Step.none
  private(set) var attemptAt: Instant
  /// Since when the device answers that it is busy.
  private var busySince: Instant?
  private var pause = PollingLimits.firstWriteDelay
  /// Tries in a row that did not make the output as wanted.
  private(set) var failedTries = 0

  init(
    _ plan: WrittenOutput, device: Int, limits: ReadLimits, start: Instant, slack: TimeSpan,
    recheck: TimeSpan? = nil
  ) throws(BusPlanError) {
    self.plan = plan
    self.device = device
    field = try WrittenField(plan, limits: limits)
    self.slack = slack
    self.recheck = recheck
    recheckAt = start
    confirmedAt = start
    onSince = start
    attemptAt = start
  }

  /// How sure it is that the output is as wanted.
  var certainty: OutputCertainty {
    !isAsWanted ? .pending : field.isVerified ? .confirmed : .unverified
  }

  /// True where the write that is next is made from what was read of its register.
  var hasFetched: Bool {
    if case .write = step, let on = target { field.needsNeighbours(on) } else { false }
  }

  /// Begins what brings the output to `target`.
  private mutating func beginWrite() {
    guard let on = target else { return }
    step = field.write(on).map { .write($0) } ?? .fetch
  }

  /// What is written next; nil before the first request.
  var target: Bool? { isOffPending ? false : wanted }

  /// Wants the output `on`; a repeated request does not prolong the first.
  mutating func want(_ on: Bool, at now: Instant) {
    if wanted == on, step == .none { return }
    if on, wanted != true {
      onSince = now
      wasSwitchedOn = false
    }
    if !on, wanted == true { isOffPending = true }
    wanted = on
    restart(at: now)
  }

  /// Wants the output off where it has been on for longer than its maximum and `margin`, or where
  /// it is too late to switch it on.
  mutating func expire(at now: Instant, margin: TimeSpan) -> Expiry? {
    guard wanted == true else { return nil }
    let latest = onSince + PollingLimits.longestSwitchOnDelay + slack
    let isLate = plan.isMomentary && !wasSwitchedOn && now > latest
    guard isLate || now >= expiry(margin: margin) else { return nil }
    want(false, at: now)
    return isLate ? .late : .maximumOnTime
  }

  /// When `expire` has something to do, if nothing else happens.
  func expiry(margin: TimeSpan) -> Instant {
    wanted == true
      ? onSince + plan.maximumOnTime + margin + slack : Instant(nanoseconds: .max)
  }

  /// Writes what is wanted, at once.
  mutating func restart(at now: Instant) {
    guard wanted != nil else { return }
    beginWrite()
    isAsWanted = false
    attemptAt = now
    busySince = nil
    pause = PollingLimits.firstWriteDelay
  }

  /// The register of the output holds these words.
  mutating func fetched(_ words: [UInt16], for on: Bool, at now: Instant) {
    guard target == on, step == .fetch, let request = field.write(on, over: words) else { return }
    step = .write(request)
    attemptAt = now
  }

  /// The device took `on`.
  mutating func written(_ on: Bool, at now: Instant) {
    guard target == on else { return }
    if on { wasSwitchedOn = true } else { isOffPending = false }
    attemptAt = now
    busySince = nil
    // An "on" may have waited behind the "off".
    guard wanted == on else {
      beginWrite()
      return
    }
    if field.isVerified { step = .verify } else { confirm(at: now) }
  }

  /// The device shows `on`, which it may have been told without an answer.
  mutating func shown(_ on: Bool, at now: Instant) {
    if on { wasSwitchedOn = true } else { isOffPending = false }
    guard wanted == on else {
      beginWrite()
      return
    }
    confirm(at: now)
  }

  /// Reads back what may have been written; false where that is not possible.
  mutating func askBack(at now: Instant) -> Bool {
    guard field.isVerified else { return false }
    step = .verify
    attemptAt = now
    return true
  }

  /// The output is as wanted.
  mutating func confirm(at now: Instant) {
    step = .none
    isAsWanted = true
    busySince = nil
    confirmedAt = now
    if let recheck { recheckAt = now + recheck }
    failedTries = 0
    pause = PollingLimits.firstWriteDelay
  }

  /// When the bus is next needed, if nothing else happens.
  var needsBusAt: Instant {
    if step != .none { return attemptAt }
    return recheck != nil && wanted != nil ? recheckAt : Instant(nanoseconds: .max)
  }

  /// Looks at an output that is as wanted, where that is due; one that cannot be read is written.
  mutating func lookAgain(at now: Instant) {
    guard step == .none, needsBusAt <= now else { return }
    look(at: now)
  }

  private mutating func look(at now: Instant) {
    if field.isVerified { step = .verify } else { beginWrite() }
    attemptAt = now
  }

  /// The connection was opened again because its other end had closed it, perhaps because the device
  /// began anew: an output that is as wanted is looked at, unless it was lately. What cannot be read is
  /// written, but a time that the device counts itself is not begun again.
  mutating func checkAfterReconnection(at now: Instant) {
    guard step == .none, wanted != nil, now >= confirmedAt + PollingLimits.outputRecheckDelay,
      field.isVerified || !field.hasTimer || wanted == false
    else { return }
    look(at: now)
  }

  /// Waits for a device that answers that it is busy; false once that has lasted too long.
  mutating func waitWhileBusy(for pause: TimeSpan, at now: Instant) -> Bool {
    let since = busySince ?? now
    guard now < since + PollingLimits.longestBusyWrite else {
      busySince = nil
      return false
    }
    postpone(until: now + min(pause, PollingLimits.firstWriteDelay), at: now)
    busySince = since
    return true
  }

  /// Counts a failed try; true for the one that makes it a fault.
  mutating func fail() -> Bool {
    failedTries += 1
    isAsWanted = false
    return failedTries == PollingLimits.writeTriesBeforeFault
  }

  /// Forgets failed tries, for a last effort.
  mutating func resetFailedTries() { failedTries = 0 }

  /// Does the next step no sooner than at `instant`.
  mutating func wait(until instant: Instant) { attemptAt = max(attemptAt, instant) }

  /// Repeats the write at `instant`, or after a pause that doubles.
  mutating func postpone(until instant: Instant?, at now: Instant) {
    beginWrite()
    attemptAt = instant ?? (now + pause)
    if instant == nil { pause = pause.doubled(atMost: PollingLimits.longestWriteDelay) }
  }
}
