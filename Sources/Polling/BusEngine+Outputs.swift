public import DetectionCore

extension BusEngine {
  /// Wants output `output` of the core's list to be `on`, from now on.
  ///
  /// It is written before the next read and read back, again and again until it is as wanted;
  /// and written once more when its device or port was lost and came back. Three things are done
  /// without being asked, and counted:
  /// - What is on for its maximum on-time and `PollingLimits.onTimeMargin` is switched off,
  ///   whatever became of whoever requested it; the time runs from the first request to be on.
  ///   What comes back after its maximum on-time comes back off.
  /// - A momentary output that could not be switched on within
  ///   `PollingLimits.longestSwitchOnDelay` stays off.
  /// - "Off" followed by "on" is written as both, so that the second time is a time of its own.
  ///
  /// - Returns: false, and nothing is done, where the output is not on this bus or the engine
  ///   is being shut down.
  @discardableResult
  public mutating func request(output: UInt16, on: Bool, at now: Instant) -> Bool {
    guard !isShuttingDown else { return false }
    var isKnown = false
    for index in outputs.indices where outputs[index].plan.output == output {
      isKnown = true
      outputs[index].want(on, at: now)
    }
    return isKnown
  }

  /// What is known of each output, in the order of the plan.
  public var outputStatus: [OutputStatus] { outputs.indices.map { outputStatus(at: $0) } }

  /// What is known of the output at that index of the plan's outputs, device by device.
  public func outputStatus(at index: Int) -> OutputStatus {
    let output = outputs[index]
    return OutputStatus(
      output: output.plan.output, wanted: output.wanted, certainty: output.certainty,
      failedTries: output.failedTries)
  }

  /// How many outputs it has.
  public var outputCount: Int { outputs.count }

  /// Brings the bus to its safe state: from now on nothing is read, and every output is switched
  /// off, also one that was never requested. Later requests are refused.
  ///
  /// Go on with `next` and `finished` until `isShutDown`, for as long as there is time.
  ///
  /// - Parameters:
  ///   - now: The present.
  ///   - end: When it must be over: no connection is begun that could take longer. Nil: after
  ///     `PollingLimits.longestShutdown`.
  public mutating func shutDown(at now: Instant, by end: Instant? = nil) {
    isShuttingDown = true
    lastOpening =
      (end ?? now + PollingLimits.longestShutdown)
      + TimeSpan(
        nanoseconds: plan.link.isConnection ? -PollingLimits.connectTimeout.nanoseconds : 0)
    for index in outputs.indices {
      outputs[index].resetFailedTries()
      outputs[index].want(false, at: now)
      outputs[index].restart(at: now)
    }
    if case .closed = port { port = .closed(openAt: now, pause: .zero) }
  }

  /// True when every output is off, or could not be switched off in
  /// `PollingLimits.writeTriesBeforeFault` tries since `shutDown`.
  public var isShutDown: Bool {
    isShuttingDown
      && outputs.allSatisfy {
        $0.step == .none || $0.failedTries >= PollingLimits.writeTriesBeforeFault
      }
  }

  /// Gives up what has been on for too long, or is to be switched on too late.
  mutating func expireOutputs(at now: Instant, margin: TimeSpan) {
    for index in outputs.indices {
      guard let expiry = outputs[index].expire(at: now, margin: margin) else { continue }
      let device = outputs[index].device
      switch expiry {
      case .maximumOnTime:
        counters.forcedOff += 1
        links[device].counters.forcedOff += 1
      case .late:
        counters.lateRequests += 1
        links[device].counters.lateRequests += 1
      }
    }
  }

  /// Looks at the outputs whose devices want to hear from the gateway.
  mutating func lookAtOutputs(at now: Instant) {
    for index in outputs.indices { outputs[index].lookAgain(at: now) }
  }

  /// When the bus is next needed for an output.
  func nextWrite() -> Instant {
    var next = Instant(nanoseconds: .max)
    for index in outputs.indices {
      next = min(next, outputs[index].expiry(margin: PollingLimits.onTimeMargin))
      // An output that is as wanted is not looked at again while the bus shuts down.
      if !isShuttingDown || outputs[index].step != .none {
        next = min(next, outputs[index].needsBusAt)
      }
    }
    return next
  }

  /// Writes again what belongs to `device`, which has come back; nil for all devices.
  mutating func restartOutputs(of device: Int?, at now: Instant) {
    // What is off now for lack of power or connection is not switched on again for a moment.
    expireOutputs(at: now, margin: .zero)
    for index in outputs.indices where device == nil || outputs[index].device == device {
      outputs[index].restart(at: now)
    }
  }

  mutating func verified(_ output: Int, on: Bool, _ words: [UInt16], at now: Instant) {
    guard outputs[output].target == on else { return }
    guard !outputs[output].field.shows(on, in: words) else {
      outputs[output].shown(on, at: now)
      return
    }
    let device = outputs[output].device
    counters.count(.notVerified, recovery: .retryNow)
    links[device].counters.count(.notVerified, recovery: .retryNow)
    failedWrite(output, .notVerified, at: now)
  }

  /// Repeats the write after a pause that doubles, or sooner while a device asks for time; counts what
  /// does not succeed.
  mutating func failedWrite(_ output: Int, _ fault: BusFault, at now: Instant) {
    if case .again(let pause) = fault.retry(
      exceptions: devices[outputs[output].device].exceptions),
      outputs[output].waitWhileBusy(for: pause, at: now)
    {
      return
    }
    countFailedTry(output)
    outputs[output].postpone(until: nil, at: now)
  }

  /// The device of `output` does not answer: one try at a time is enough for all its outputs, so the
  /// others have failed as well and wait for the same moment.
  mutating func holdOutputs(like output: Int, at now: Instant) {
    let next = outputs[output].attemptAt
    for index in outputs.indices where outputs[index].device == outputs[output].device {
      guard outputs[index].step != .none, outputs[index].attemptAt < next else { continue }
      countFailedTry(index)
      outputs[index].postpone(until: next, at: now)
    }
  }

  /// The port is not there: what waits to be written has failed once more.
  mutating func failedWrites() {
    for index in outputs.indices where outputs[index].step != .none { countFailedTry(index) }
  }

  private mutating func countFailedTry(_ output: Int) {
    guard outputs[output].fail() else { return }
    counters.outputFaults += 1
    links[outputs[output].device].counters.outputFaults += 1
  }
}
