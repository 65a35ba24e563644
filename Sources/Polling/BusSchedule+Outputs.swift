public import DetectionCore

extension BusSchedule {
  /// Wants output `output` of the core's list to be `on`, from now on.
  ///
  /// It is written before the next read and read back, again and again until it is as wanted;
  /// and written once more when its device or port was lost and came back. An output that is not
  /// on this bus is ignored and gives false.
  @discardableResult
  public mutating func request(output: UInt16, on: Bool, at now: Instant) -> Bool {
    var isKnown = false
    for index in outputs.indices where outputs[index].output == output {
      isKnown = true
      if outputs[index].wanted == on, outputs[index].step == .none { continue }
      outputs[index].wanted = on
      outputs[index].restart(at: now)
    }
    return isKnown
  }

  /// What is known of each output, in the order of the plan.
  public var outputStatus: [OutputStatus] {
    outputs.map {
      OutputStatus(
        output: $0.output, wanted: $0.wanted, isConfirmed: $0.wanted != nil && $0.step == .none)
    }
  }

  mutating func written(_ output: Int, on: Bool, at now: Instant) {
    guard outputs[output].wanted == on else { return }
    outputs[output].step = outputs[output].field.isVerified ? .verify : .none
    outputs[output].attemptAt = now
  }

  mutating func verified(_ output: Int, on: Bool, reads: Bool, at now: Instant) {
    guard outputs[output].wanted == on else { return }
    guard reads != on else {
      outputs[output].step = .none
      outputs[output].pause = PollingLimits.firstWriteDelay
      return
    }
    let device = outputs[output].device
    counters.count(.notVerified, recovery: .retryNow)
    devices[device].counters.count(.notVerified, recovery: .retryNow)
    outputs[output].postpone(until: nil, at: now)
  }
}
