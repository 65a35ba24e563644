import DetectionCore

/// What an earlier run left behind, as a damaged file may have it.
extension SubjectState {
  init(random dice: inout Dice) {
    switch dice.below(5) {
    case 0: self = .rule(AlarmSnapshot(random: &dice))
    case 1: self = .sensor(isFaulty: dice.isOne(in: 2))
    case 2: self = .output(OutputSnapshot(isOn: dice.isOne(in: 2), onTimeLeft: dice.anySpan()))
    case 3:
      var flood = FloodSnapshot()
      flood.isFlood = dice.isOne(in: 2)
      flood.count = UInt32(truncatingIfNeeded: dice.bits())
      self = .flood(flood)
    default: self = .deterrent(DeterrentSnapshot(random: &dice))
    }
  }
}

extension AlarmSnapshot {
  fileprivate init(random dice: inout Dice) {
    self.init()
    condition = AlarmCondition(rawValue: dice.byte()) ?? .unacknowledged
    stage = dice.byte()
    ruleStage = dice.byte()
    suppression = AlarmSuppression(rawValue: dice.byte())
    shelvingLeft = dice.anySpan()
    sinceAnnounced = dice.anySpan()
    isChattering = dice.isOne(in: 2)
    swallowedReturns = UInt32(truncatingIfNeeded: dice.bits())
    sinceTurned = dice.anySpan()
  }
}

extension DeterrentSnapshot {
  fileprivate init(random dice: inout Dice) {
    self.init()
    activations = UInt32(truncatingIfNeeded: dice.bits())
    tonight = UInt16(truncatingIfNeeded: dice.bits())
    night = Int32(truncatingIfNeeded: dice.bits())
    restLeft = dice.anySpan()
    lastChoice = dice.byte()
    random = UInt32(truncatingIfNeeded: dice.bits())
    isStopped = dice.isOne(in: 2)
    isOn = dice.isOne(in: 2)
  }
}

extension Dice {
  fileprivate mutating func anySpan() -> TimeSpan {
    isOne(in: 2) ? TimeSpan(nanoseconds: oddTime()) : span(from: 0)
  }
}
