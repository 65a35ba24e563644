/// What has to outlive a restart of one thing that events are about. Times are spans, since the
/// monotonic time line begins anew: the time for which the box was off does not count.
public enum SubjectState: BitwiseCopyable, Sendable {
  /// A rule's alarm.
  case rule(AlarmSnapshot)
  /// The alarm of a point's sensor.
  case sensor(isFaulty: Bool)
  /// An output.
  case output(OutputSnapshot)
  /// A deterrent, under the output that it switched last, or that was stopped or released.
  case deterrent(DeterrentSnapshot)
  /// The site's flood of alarms; its subject is 0. Only the beginning and the end of a flood are
  /// kept, not every alarm on the way to one.
  case flood(FloodSnapshot)
}

/// What has to outlive a restart of one output.
public struct OutputSnapshot: BitwiseCopyable, Equatable, Sendable {
  /// True when it was on.
  public var isOn: Bool
  /// How much longer it may be on; zero when it was off.
  public var onTimeLeft: TimeSpan
  /// Makes a snapshot.
  public init(isOn: Bool, onTimeLeft: TimeSpan) {
    self.isOn = isOn
    self.onTimeLeft = onTimeLeft
  }
}

extension Detector {
  /// The state of what `event`, one of the last input's, is about; nil where nothing has to be kept.
  #if !DEBUG
    @_noLocks
  #endif
  public func state(after event: DetectionEvent) -> SubjectState? {
    let subject = Int(event.subject)
    switch event.kind.subject {
    case .rule: return .rule(ruleStates[subject].alarm.snapshot(at: now))
    case .point: return .sensor(isFaulty: pointStates[subject].alarm.isActive)
    case .output:
      if let deterrent = plan.outputs[subject].deterrent {
        return .deterrent(
          deterrentMachines[Int(deterrent)].snapshot(
            at: now, plan: plan.deterrents[Int(deterrent)]))
      }
      let output = outputSwitches[subject]
      return .output(
        OutputSnapshot(isOn: output.isOn, onTimeLeft: output.isOn ? output.offAt - now : .zero))
    case .flood: return .flood(flood.snapshot(at: now))
    case .deterrent, .site: return nil
    }
  }

  /// Goes on where an earlier run stood; before the first input, and for the same thing in the plan,
  /// whatever its index was then. Nothing is announced anew. A stage or an output that the plan has no
  /// longer is forgotten.
  public mutating func restore(_ state: SubjectState, of subject: UInt16, at moment: Instant) {
    let index = Int(subject)
    now = max(now, moment.reached)
    switch state {
    case .rule(let snapshot):
      guard index < plan.rules.count else { return }
      restore(snapshot, ofRule: index)
    case .sensor(let isFaulty):
      guard index < plan.points.count else { return }
      pointStates[index].alarm.resume(isActive: isFaulty, at: now)
    case .output(let snapshot):
      guard index < plan.outputs.count else { return }
      let longest = plan.outputs[index].maximumOnTime
      outputSwitches[index].restore(
        isOn: snapshot.isOn, until: now + min(max(snapshot.onTimeLeft, .zero), longest))
      arm(outputSwitches[index].offAt)
    case .deterrent(let snapshot):
      guard index < plan.outputs.count, let deterrent = plan.outputs[index].deterrent else {
        return
      }
      guard deterrentMachines[Int(deterrent)].resume(snapshot, at: now) else { return }
      // An output that was on goes off with the first input, which is told; it begins with a rest.
      for choice in 0..<plan.deterrents[Int(deterrent)].outputCount {
        let output = Int(plan.deterrents[Int(deterrent)].outputs[Int(choice)])
        outputSwitches[output].restore(
          isOn: snapshot.isOn && choice == snapshot.lastChoice, until: now)
        arm(outputSwitches[output].offAt)
      }
    case .flood(let snapshot):
      flood = AlarmFlood(restoring: snapshot, standing: flood.standing, at: now)
      if let deadline = flood.deadline(plan: FloodPlan()) { arm(deadline) }
    }
  }

  private mutating func restore(_ snapshot: AlarmSnapshot, ofRule rule: Int) {
    var snapshot = snapshot
    let stageCount = plan.rules[rule].stageCount
    let wasStanding = ruleStates[rule].alarm.isStanding
    snapshot.stage = min(snapshot.stage, stageCount)
    snapshot.ruleStage = min(snapshot.ruleStage, stageCount)
    ruleStates[rule].alarm = AlarmMachine(restoring: snapshot, at: now)
    ruleStates[rule].stage = ruleStates[rule].alarm.decided
    ruleStates[rule].rest = .empty
    // A deterrent is not wanted again by what wanted it before; the next rise wants it anew.
    for offset in 0..<Int(stageCount) {
      stageMachines[Int(plan.rules[rule].firstStage) + offset].resume(
        isActive: offset < Int(ruleStates[rule].stage), at: now)
    }
    let alarm = ruleStates[rule].alarm
    ruleStates[rule].incident.resume(isOpen: ruleStates[rule].stage > 0, at: now)
    flood.restore(standing: alarm.isStanding, before: wasStanding)
    if let deadline = alarm.deadline(plan: plan.rules[rule].alarm) { arm(deadline) }
  }
}
