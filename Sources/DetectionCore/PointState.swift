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
  /// True for a computed point without any test: its reading is what was computed.
  var isPlain = false
  /// The first rule on this point; each rule names the next.
  var firstRule = PlanChain.end
  /// True for a point that is a member of a rule's incident.
  var isMember = false
  /// The first rule whose alarm this point suppresses.
  var firstSuppressed = PlanChain.end
  /// The first window of this point's values.
  var firstWindow = PlanChain.end
  /// The first cell that takes this point's values.
  var firstCell = PlanChain.end
  /// Where the points that are computed from this one begin in the detector's list of dependents.
  var firstDependent: UInt32 = 0
  var dependentCount: UInt16 = 0
  /// For a computed point, the flag that its value brought along from what it is computed from.
  var inherited = QualityFlag.notEvaluated
  /// For a computed point that is due, when the newest value that makes it so was read.
  var dueTime = Instant(nanoseconds: 0)
  var dueWallTime = WallTime(nanosecondsSince1970: 0, synchronized: false)
}

extension PointState {
  /// Whether a window or a cell keeps its values.
  var isRemembered: Bool { firstWindow != PlanChain.end || firstCell != PlanChain.end }

  /// Goes on with what was known of the same point under another plan, but for the tests with tables.
  mutating func takeOver(from other: PointState, point: Int, hasSpikeTest: Bool) {
    spike = other.spike
    rateOfChange = other.rateOfChange
    alarm = other.alarm
    flag = other.flag
    last = other.last
    inherited = other.inherited
    dueTime = other.dueTime
    dueWallTime = other.dueWallTime
    guard hasSpikeTest, other.isHolding else { return }
    held = other.held
    held.reading.point = PointIndex(rawValue: UInt16(point))
    isHolding = true
  }

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
  /// The end of every chain; `CoreLimits` keeps all indexes below it.
  static var end: UInt16 { .max }
}
