import DetectionCore

/// Inputs for a random plan, one after the other: values that wander about, stand still, jump and
/// spike, or are none at all; times that stand still, leap and lie in the past; a wall clock that
/// is set and loses its source; silences, ticks, commands and losses.
struct RandomInputs {
  /// True when times may also be those that no clock shows.
  let isBoundless: Bool
  /// True when all happens within minutes, and values go far: so that alarms chatter and flood.
  private let isBusy: Bool
  private var time: Int64
  private var wallOffset: Int64
  private var isSynchronized = true
  private var values = InlineArray<12, Double>(repeating: 0)

  /// Inputs as the dice fall. Unless `isBoundless`, times lie within a few years of the origin.
  init(isBoundless: Bool = false, _ dice: inout Dice) {
    self.isBoundless = isBoundless
    isBusy = dice.isOne(in: 3)
    time = Int64(dice.below(200) - 20) * 1_000_000_000
    wallOffset = Int64(dice.below(100)) * 31_556_952_000_000_000
  }

  /// The next input for `plan`, whose detector has asked to be called at `deadline`.
  mutating func next(
    for plan: borrowing FixedPlan, deadline: Instant?, _ dice: inout Dice
  ) -> DetectionInput {
    advance(to: deadline, &dice)
    // Several buses deliver: some readings come late.
    let late = dice.pick(
      [0, 0, 0, 0, 0, 1, 500_000_000, 3_000_000_000, 3_600_000_000_000] as InlineArray<9, Int64>)
    var moment = Instant(nanoseconds: time) + TimeSpan(nanoseconds: -late)
    if isBoundless && dice.isOne(in: 64) { moment = Instant(nanoseconds: dice.oddTime()) }
    let wall = wallTime(at: moment, &dice)
    switch dice.below(20) {
    case 16: return .tick(at: moment, wallTime: wall)
    case 17, 18: return .command(at: moment, wallTime: wall, command(for: plan, &dice))
    case 19: return .lost(at: moment, wallTime: wall, count: UInt32(dice.below(256)))
    default:
      let point = plan.acquiredPoint(from: dice.below(plan.points.count))
      return .reading(
        Reading(
          point: PointIndex(rawValue: UInt16(point)),
          value: nextValue(ofPoint: point, for: plan, &dice), flag: flag(&dice), time: moment,
          wallTime: wall))
    }
  }

  private mutating func advance(to deadline: Instant?, _ dice: inout Dice) {
    if dice.isOne(in: 12), let deadline, deadline.nanoseconds >= time,
      isBoundless || deadline.nanoseconds < 1_000_000_000_000_000_000
    {
      time = deadline.nanoseconds
    } else {
      let steps: InlineArray<12, Int64> = [
        1_000_000_000, 1_000_000_000, 1_000_000_000, 0, 1, 250_000_000, 500_000_000,
        2_000_000_000, 2_000_000_000, 15_000_000_000, 600_000_000_000, 86_400_000_000_000,
      ]
      time &+= steps[dice.below(isBusy ? 9 : 12)]
    }
  }

  private mutating func wallTime(at moment: Instant, _ dice: inout Dice) -> WallTime {
    if dice.isOne(in: 32) { isSynchronized.toggle() }
    if dice.isOne(in: 32) {
      wallOffset =
        isBoundless
        ? dice.oddTime() : Int64(dice.below(200) - 50) * 31_556_952_000_000_000
    }
    return WallTime(
      nanosecondsSince1970: moment.nanoseconds &+ wallOffset, synchronized: isSynchronized)
  }

  private func command(for plan: borrowing FixedPlan, _ dice: inout Dice) -> DetectionCommand {
    let subject =
      dice.isOne(in: 4) ? DetectionCommand.everything : UInt16(dice.below(plan.rules.count + 1))
    return DetectionCommand(
      number: UInt32(dice.byte()),
      kind: DetectionCommand.Kind(rawValue: UInt8(1 + dice.below(9))) ?? .acknowledge,
      subject: subject,
      duration: isBoundless && dice.isOne(in: 4)
        ? TimeSpan(nanoseconds: dice.oddTime()) : dice.span(from: 0))
  }

  private mutating func nextValue(
    ofPoint point: Int, for plan: borrowing FixedPlan, _ dice: inout Dice
  ) -> Double {
    switch isBusy ? 9 + dice.below(4) : dice.below(16) {
    case 0...5: values[point] += dice.quarters(-3...3)
    case 6...8: break
    case 9...11: values[point] = dice.quarters(-60...60)
    case 12...13:
      if plan.stages.count > 0 { values[point] = plan.stages[dice.below(plan.stages.count)].limit }
    case 14: return values[point] + dice.quarters(-60...60)
    default: return dice.oddity()
    }
    if !(values[point].magnitude < 1e6) { values[point] = 0 }
    return values[point]
  }

  private func flag(_ dice: inout Dice) -> QualityFlag {
    dice.pick(
      [
        .notEvaluated, .notEvaluated, .notEvaluated, .notEvaluated, .notEvaluated, .notEvaluated,
        .notEvaluated, .notEvaluated, .notEvaluated, .notEvaluated, .notEvaluated, .notEvaluated,
        .missing, .fail, .suspect, .pass,
      ] as InlineArray<16, QualityFlag>)
  }
}
