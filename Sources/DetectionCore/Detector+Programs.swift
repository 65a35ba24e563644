// Points that are computed from others.
extension Detector {
  /// Gives a new value to the windows and cells that keep it, and makes due what is computed from it.
  mutating func passOn(_ reading: Reading) {
    let index = Int(reading.point.rawValue)
    if pointStates[index].isRemembered && !reading.flag.isBad { remember(reading) }
    let first = Int(pointStates[index].firstDependent)
    for position in first..<first + Int(pointStates[index].dependentCount) {
      let dependent = Int(dependents[position])
      pointStates[dependent].dueTime = reading.time
      pointStates[dependent].dueWallTime = reading.wallTime
      due.insert(dependent)
    }
  }

  @inline(never)
  private mutating func remember(_ reading: Reading) {
    var next = pointStates[Int(reading.point.rawValue)].firstWindow
    while next != PlanChain.end {
      windowStates[Int(next)].take(
        reading.value, at: reading.time, plan: plan.windows[Int(next)], in: windowEntries)
      next = windowStates[Int(next)].nextOfPoint
    }
    next = pointStates[Int(reading.point.rawValue)].firstCell
    while next != PlanChain.end {
      cellStates[Int(next)].take(reading.value, at: reading.time, plan: plan.cells[Int(next)])
      next = cellStates[Int(next)].nextOfPoint
    }
  }

  /// Computes a point that is due. It takes the result like a reading from a device: the flag that
  /// it brings along is what its own tests are joined with.
  mutating func compute(_ index: Int, into outcome: inout Outcome) {
    let result: Operand
    switch plan.points[index].source {
    case .acquired: return
    case .derived(let source, let gain, let offset):
      let value = pointStates[Int(source.rawValue)].last.value
      result = Operand(
        value: offset + gain * value, flag: pointStates[Int(source.rawValue)].flag)
    case .computed(let program):
      guard let computed = run(Int(program), at: pointStates[index].dueTime) else { return }
      result = computed
    }
    pointStates[index].inherited = result.flag
    let reading = Reading(
      point: PointIndex(rawValue: UInt16(index)), value: result.value, flag: result.flag,
      time: pointStates[index].dueTime, wallTime: pointStates[index].dueWallTime)
    if pointStates[index].isPlain {
      outcome.append(AssessedReading(reading: reading.consistent, tests: TestFlags()))
    } else {
      take(reading, into: &outcome)
    }
  }
}
