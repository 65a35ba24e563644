import DetectionCore
import DeviceProfiles

/// What is known of the way to one device, whatever it speaks: whether it answers, how fast, and what
/// may still come from it.
struct DeviceLink: Sendable {
  let timing: DeviceTiming
  /// The shortest period that its points may have.
  let minimumPeriod: TimeSpan
  var liveness = DeviceLiveness()
  /// How long it takes to answer: one for a Modbus unit; one for each message of another device, of which
  /// one may be read at once, and another measured first.
  var responseTimes: [ResponseTime]
  /// What may still come although nobody waits for it: one for a Modbus unit; one for each form of
  /// message, as answers of one form can be taken for each other.
  var guards: [StaleResponseGuard]
  /// After a time without answers, values are trustworthy from then on.
  var warmAt = Instant(nanoseconds: .min)
  var counters = BusCounters()

  init(
    timing: DeviceTiming, minimumPeriod: TimeSpan, responseTimes: Int = 1, guards: Int = 1
  ) {
    self.timing = timing
    self.minimumPeriod = minimumPeriod
    self.responseTimes = Array(repeating: ResponseTime(), count: responseTimes)
    self.guards = Array(repeating: StaleResponseGuard(), count: guards)
  }

  var health: DeviceHealth {
    get { liveness.health }
    set { liveness.health = newValue }
  }
  var isOnline: Bool { liveness.isOnline }

  /// How long an answer may take by the profile; writes take devices longer than reads, and are too
  /// rare to be measured.
  var longestResponse: TimeSpan { .milliseconds(Int64(timing.responseTimeoutMs)) }

  /// How long to wait for the first byte of an answer.
  func responseTimeout(of message: Int = 0, margin: TimeSpan) -> TimeSpan {
    responseTimes[message].timeout(margin: margin, longest: longestResponse, isLost: !isOnline)
  }

  /// A good answer or message came; true where the device was lost, and is restored by it.
  mutating func heard(at now: Instant) -> Bool {
    liveness.heard()
    return restore(at: now)
  }

  /// Something came that proves that the device is there; true where it was lost.
  mutating func restore(at now: Instant) -> Bool {
    guard !isOnline else { return false }
    health = .online
    // It may have been without power.
    warmAt = now + .milliseconds(Int64(timing.warmupMs))
    return true
  }

  /// A request had no good answer; true where the device now counts as lost, or still does.
  ///
  /// - Parameters:
  ///   - isTolerant: false where the bus can spare no time for one that fails often.
  mutating func failed(_ fault: BusFault, of message: Int = 0, isTolerant: Bool) -> Bool {
    if fault.recovery == .backOffDevice { responseTimes[message].double() }
    return !isOnline || liveness.isLost(by: fault, isTolerant: isTolerant)
  }

  /// From now on the device is only probed; each time the pause doubles.
  ///
  /// - Parameter shortest: The first pause: the shortest period of its points.
  mutating func backOff(from shortest: TimeSpan?, at now: Instant) {
    if isOnline {
      for message in responseTimes.indices { responseTimes[message].forgetDoublings() }
    }
    let startup = TimeSpan.milliseconds(Int64(timing.startupMs))
    liveness.backOff(from: shortest.map { max($0, startup) }, at: now)
  }
}

extension [DeviceLink] {
  /// True where any device answers.
  var isAnyOnline: Bool { contains(where: \.isOnline) }

  /// The lost device among those whose probe is due that has waited longest for it: a device that
  /// comes and goes does not keep the bus from looking for another.
  func longestWaiting(at now: Instant, where canBeProbed: (Int) -> Bool) -> Int? {
    var first: (device: Int, since: Instant)?
    for device in indices {
      guard case .lost(let probeAt, _) = self[device].health, probeAt <= now, canBeProbed(device)
      else { continue }
      let since = self[device].liveness.probeWantedSince ?? probeAt
      if let earlier = first, earlier.since <= since { continue }
      first = (device, since)
    }
    return first?.device
  }

  /// True where what a failed request to the device took is charged to the probe budget: what nobody
  /// else waits for costs nothing, nor does a single failure of a device that is well.
  func isCharged(_ device: Int) -> Bool {
    let liveness = self[device].liveness
    guard !(liveness.isOnline && liveness.isTrusted) else { return false }
    return indices.contains { $0 != device && self[$0].isOnline }
  }
}
