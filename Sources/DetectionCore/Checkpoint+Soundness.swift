// What a checkpoint must hold besides its digest. The digest finds what a disk does to bytes; these make
// sure that no number of them, wherever they come from, leads the core out of its memory.
extension Detector {
  /// Whether every index of the block at `offset` stays within the plan's parts, and every chain is
  /// the plan's own.
  func isSound(_ bytes: RawSpan, from offset: Int) -> Bool {
    // No `&&`: what stands right of it is a closure, which may lock by the compiler's proof.
    guard arePointsSound(bytes, from: offset) else { return false }
    guard areRulesSound(bytes, from: offset) else { return false }
    return areOutputsSound(bytes, from: offset)
  }

  func isSound(_ scalars: DetectorScalars) -> Bool {
    scalars.flood.raises.isSound && scalars.flood.standing >= 0
      && scalars.flood.standing <= plan.rules.count
  }

  private func arePointsSound(_ bytes: RawSpan, from offset: Int) -> Bool {
    for index in 0..<plan.points.count {
      let state = part(index, of: pointStates, in: bytes, from: offset)
      let history = part(index, of: histories, in: bytes, from: offset)
      guard history.isSound, state.fits(pointStates[index], point: index) else { return false }
    }
    for index in 0..<plan.windows.count {
      let state = part(index, of: windowStates, in: bytes, from: offset)
      guard state.window.fits(windowStates[index].window),
        state.nextOfPoint == windowStates[index].nextOfPoint
      else { return false }
    }
    for index in 0..<plan.cells.count {
      let state = part(index, of: cellStates, in: bytes, from: offset)
      guard state.nextOfPoint == cellStates[index].nextOfPoint else { return false }
    }
    return true
  }

  private func areRulesSound(_ bytes: RawSpan, from offset: Int) -> Bool {
    for index in 0..<plan.rules.count {
      let state = part(index, of: ruleStates, in: bytes, from: offset)
      guard state.fits(ruleStates[index], stages: plan.rules[index].stageCount) else {
        return false
      }
    }
    return true
  }

  private func areOutputsSound(_ bytes: RawSpan, from offset: Int) -> Bool {
    for index in 0..<plan.outputs.count {
      let state = part(index, of: outputSwitches, in: bytes, from: offset)
      guard state.nextOfRule == outputSwitches[index].nextOfRule else { return false }
    }
    for index in 0..<plan.deterrents.count {
      let state = part(index, of: deterrentMachines, in: bytes, from: offset)
      guard state.fits(plan.deterrents[index]) else { return false }
    }
    return true
  }

  /// An element of the block in `bytes`, at the index that it has in `table`.
  private func part<State: BitwiseCopyable>(
    _ index: Int, of table: Table<State>, in bytes: RawSpan, from offset: Int
  ) -> State {
    bytes.value(
      at: offset + memory.offset(of: table) + index * MemoryLayout<State>.stride, as: State.self)
  }
}

extension PointState {
  /// Whether it can take the place of `own`, the state of the same plan's point.
  fileprivate func fits(_ own: PointState, point: Int) -> Bool {
    flatLine.fits(own.flatLine) && deviation.fits(own.deviation)
      && attenuatedSignal.fits(own.attenuatedSignal)
      && (!isHolding || Int(held.reading.point.rawValue) == point)
      && isLookedAt == own.isLookedAt && hasFurtherTests == own.hasFurtherTests
      && isPlain == own.isPlain && isMember == own.isMember && hasSameChains(as: own)
  }

  private func hasSameChains(as own: PointState) -> Bool {
    firstRule == own.firstRule && firstSuppressed == own.firstSuppressed
      && firstWindow == own.firstWindow && firstCell == own.firstCell
      && firstDependent == own.firstDependent && dependentCount == own.dependentCount
  }
}

extension RuleState {
  /// Whether it can take the place of `own`, the state of the same plan's rule of so many stages.
  fileprivate func fits(_ own: RuleState, stages: UInt8) -> Bool {
    stage <= stages && alarm.stage <= stages && alarm.decided <= stages
      && alarm.chatter.raises.isSound && incident.isSound
      && nextSuppressed == own.nextSuppressed && firstOutput == own.firstOutput
      && nextOfPoint == own.nextOfPoint
  }
}
