/// What the core remembers of one point between its readings.
struct PointState: BitwiseCopyable {
  var spike = SpikeTest()
  var rateOfChange = RateOfChangeTest()
  var flatLine: FlatLineTest
  var deviation: DeviationTest
  var attenuatedSignal: AttenuatedSignalTest
  var alarm = SensorAlarm()
  /// A reading that jumped and waits for the next to tell a spike from a step.
  var held = AssessedReading.blank
  var isHolding = false
  /// When the point is missing if no reading comes before; the end of time when none is due,
  /// because the test is off or the point is missing already.
  var staleAt = Instant(nanoseconds: .max)
  /// The flag of the last assessed reading.
  var flag = QualityFlag.notEvaluated
  /// The last assessed reading, where the tests of other points look at it.
  var last = LastValue()
  var isLookedAt = false
  /// What the tests of how a reading came say when a value came.
  var arrival = TestFlags()
  /// True when the point has tests beside gross range, spike, absolute rate and flat line.
  var hasFurtherTests = false
  /// The first rule on this point; each rule names the next.
  var firstRule = PlanChain.end
  /// The first point that is derived from this one.
  var firstDerived = PlanChain.end
  /// The next point that is derived from the same source.
  var nextDerived = PlanChain.end
}

extension PointState {
  /// The state of a point that has no test with a table.
  static var blank: PointState {
    let window = Window(length: .zero, minimumCount: 0, capacity: 0)
    return PointState(
      flatLine: FlatLineTest(
        limits: FlatLine(tolerance: 0, suspectCount: 0, failCount: 0), base: 0),
      deviation: DeviationTest(Deviation(factor: 0, window: window), base: 0),
      attenuatedSignal: AttenuatedSignalTest(
        AttenuatedSignal(.deviation, suspect: 0, fail: 0, window: window), base: 0))
  }
}

/// How the parts of a plan find each other: a part names the first of its followers, and each
/// follower names the next, in the order of the plan.
enum PlanChain {
  /// The end of every chain; `CoreLimits` keeps all places below it.
  static var end: UInt16 { .max }
}
