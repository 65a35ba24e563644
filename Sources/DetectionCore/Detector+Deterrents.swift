// Deterrents: wanted by rules, kept off by quiet hours, nights and people.
extension Detector {
  /// What the clock on the wall shows; nil while the box does not know the time.
  private var localNow: CivilTime? {
    wallNow.synchronized ? plan.site.zone.local(wallNow) : nil
  }

  /// A rule's stage, as outputs see it, is `stage` from now on.
  mutating func wantDeterrents(
    ofRule rule: Int, stage: UInt8, on occasion: Occasion, into outcome: inout Outcome
  ) {
    for index in 0..<plan.deterrents.count where Int(plan.deterrents[index].rule) == rule {
      let action = deterrentMachines[index].want(
        stage >= plan.deterrents[index].fromStage, at: now, localNow, plan: plan.deterrents[index])
      perform(action, of: index, on: occasion, into: &outcome)
    }
  }

  /// Lets all deterrents see that time has passed.
  mutating func passDeterrents(into outcome: inout Outcome) {
    for index in 0..<plan.deterrents.count {
      let action = deterrentMachines[index].pass(
        to: now, localNow, plan: plan.deterrents[index])
      perform(action, of: index, on: passing, into: &outcome)
    }
  }

  private mutating func perform(
    _ action: DeterrentMachine.Action, of index: Int, on occasion: Occasion,
    into outcome: inout Outcome
  ) {
    if let deadline = deterrentMachines[index].deadline { arm(deadline) }
    switch action {
    case .none: return
    case .on(let choice): turn(choice, of: index, isOn: true, on: occasion, into: &outcome)
    case .off(let choice): turn(choice, of: index, isOn: false, on: occasion, into: &outcome)
    case .held(let reason):
      var event = event(.deterrentHeld, of: index, at: occasion.time, occasion.wallTime)
      event.value = Double(Int64(widening: Int(reason.rawValue)))
      emit(event, into: &outcome)
    }
  }

  private mutating func turn(
    _ choice: Int, of index: Int, isOn: Bool, on occasion: Occasion, into outcome: inout Outcome
  ) {
    let output = Int(plan.deterrents[index].outputs[choice])
    guard outputSwitches[output].isOn != isOn else { return }
    outputSwitches[output].turn(isOn, at: now, plan: plan.outputs[output])
    arm(outputSwitches[output].offAt)
    let kind: DetectionEvent.Kind = isOn ? .outputOn : .outputOff
    var event = event(kind, of: output, at: occasion.time, occasion.wallTime)
    if let reading = occasion.reading { event = event.decided(by: outcome.reading(at: reading)) }
    event.stage = ruleStates[Int(plan.deterrents[index].rule)].alarm.announcedStage
    event.previousStage = event.stage
    event.cause = occasion.cause
    emit(event, into: &outcome)
  }

  /// Stops or releases the deterrent of an output, or all of them.
  mutating func obeyAboutOutputs(_ command: DetectionCommand, into outcome: inout Outcome) {
    let isStopped = command.kind == .stopOutput
    var occasion = passing
    occasion.cause = command.number
    var isObeyed = false
    for output in 0..<plan.outputs.count {
      let isMeant =
        command.subject == DetectionCommand.everything || Int(command.subject) == output
      guard isMeant, let deterrent = plan.outputs[output].deterrent else { continue }
      isObeyed = true
      let index = Int(deterrent)
      let action = deterrentMachines[index].stop(
        isStopped, at: now, plan: plan.deterrents[index])
      perform(action, of: index, on: occasion, into: &outcome)
      var event = event(
        isStopped ? .outputStopped : .outputReleased, of: output, at: now, wallNow)
      event.cause = command.number
      emit(event, into: &outcome)
    }
    if !isObeyed { refuse(command, because: .wrongSubject, into: &outcome) }
  }
}
