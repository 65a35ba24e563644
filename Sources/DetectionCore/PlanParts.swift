/// Two spans around plausible values, bounds included: outside `fail` the sensor cannot be
/// right, outside `suspect` it probably is not. In the point's unit.
public struct GrossRange: BitwiseCopyable, Sendable {
  /// The span of values that the sensor can deliver at all.
  public var fail: ClosedSpan
  /// The span of values that are to be expected here; lies inside `fail`.
  public var suspect: ClosedSpan
  /// Makes the two spans.
  public init(fail: ClosedSpan, suspect: ClosedSpan) {
    self.fail = fail
    self.suspect = suspect
  }
}

/// A span of numbers, both ends included.
public struct ClosedSpan: BitwiseCopyable, Equatable, Sendable {
  /// The smallest number inside.
  public var lower: Double
  /// The largest number inside.
  public var upper: Double
  /// Makes a span; `lower` must not be above `upper`.
  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }
  /// True when `value` lies inside.
  @inlinable public func contains(_ value: Double) -> Bool { value >= lower && value <= upper }
}

/// Two limits on the same quantity, exceeded when the quantity is strictly above.
/// An infinite limit switches its flag off.
public struct TwoLimits: BitwiseCopyable, Sendable {
  /// Above this the value is suspect.
  public var suspect: Double
  /// Above this the value fails.
  public var fail: Double
  /// Makes the two limits.
  public init(suspect: Double, fail: Double) {
    self.suspect = suspect
    self.fail = fail
  }
}

/// A value that stays within `tolerance` (strictly) over so many readings before it.
public struct FlatLine: BitwiseCopyable, Sendable {
  /// What a reading without a value does to the window.
  public enum Gaps: UInt8, BitwiseCopyable, Sendable {
    /// The window begins anew: only an unbroken row of equal values is a flat line, and the first
    /// values after an outage are judged like the first values of all.
    case restart
    /// The missing reading takes a place and is looked past, as ioos_qc 3.0.0 does. A lone value
    /// after an outage as long as the window then counts as flat.
    case bridge
  }
  /// Largest minus smallest value below this means "not moving", in the point's unit.
  public var tolerance: Double
  /// Suspect when the reading and this many before it do not move.
  public var suspectCount: UInt16
  /// Fail when the reading and this many before it do not move.
  public var failCount: UInt16
  /// What a reading without a value does to the window.
  public var gaps: Gaps
  /// Makes the limits.
  public init(
    tolerance: Double, suspectCount: UInt16, failCount: UInt16, gaps: Gaps = .restart
  ) {
    self.tolerance = tolerance
    self.suspectCount = suspectCount
    self.failCount = failCount
    self.gaps = gaps
  }
}

/// How the height of a spike is told; see `SpikeTest`.
public enum SpikeMethod: UInt8, BitwiseCopyable, Sendable {
  /// The smaller of the steps to and from a turning point: flags the spike alone, and lets every
  /// reading without a jump pass at once.
  case differential
  /// The distance from the middle of both neighbours, as the QARTOD manual has it: flags the
  /// neighbours of a high spike too, and lets every reading wait for the next one.
  case average
}

/// The quality tests of one point; a test that is nil is not run.
public struct QualityTests: BitwiseCopyable, Sendable {
  /// Sensor and user span.
  public var grossRange: GrossRange?
  /// What is to be expected in each season.
  public var climatology: Climatology?
  /// Spike height, in the point's unit.
  public var spike: TwoLimits?
  /// How the height of a spike is told.
  public var spikeMethod: SpikeMethod
  /// Rate of change, in the point's unit per second.
  public var rateOfChange: TwoLimits?
  /// Which value a change is told from.
  public var changeReference: ChangeReference
  /// Rate of change against the point's own recent past; joins the flag of `rateOfChange`.
  public var deviation: Deviation?
  /// Values that do not move.
  public var flatLine: FlatLine?
  /// A second point that should change too.
  public var multivariate: Multivariate?
  /// Values that move too little.
  public var attenuatedSignal: AttenuatedSignal?
  /// A second point that should show nearly the same.
  public var neighbour: Neighbour?
  /// Makes a set of tests, by default none.
  public init(
    grossRange: GrossRange? = nil, climatology: Climatology? = nil, spike: TwoLimits? = nil,
    spikeMethod: SpikeMethod = .differential, rateOfChange: TwoLimits? = nil,
    changeReference: ChangeReference = .lastUsable, deviation: Deviation? = nil,
    flatLine: FlatLine? = nil, multivariate: Multivariate? = nil,
    attenuatedSignal: AttenuatedSignal? = nil, neighbour: Neighbour? = nil
  ) {
    self.grossRange = grossRange
    self.climatology = climatology
    self.spike = spike
    self.spikeMethod = spikeMethod
    self.rateOfChange = rateOfChange
    self.changeReference = changeReference
    self.deviation = deviation
    self.flatLine = flatLine
    self.multivariate = multivariate
    self.attenuatedSignal = attenuatedSignal
    self.neighbour = neighbour
  }
}

/// Where a point's values come from.
public enum PointSource: BitwiseCopyable, Sendable {
  /// Acquisition delivers them.
  case acquired
  /// `offset + gain * source`, computed whenever `source` is assessed.
  case derived(from: PointIndex, gain: Double, offset: Double)
  /// The result of a program, by its index in `DetectionPlan.programs`, computed whenever a point
  /// that it names is assessed. Several that come with the same input are taken together.
  case computed(program: UInt16)
}

/// What the core has to know of one point.
public struct PointPlan: BitwiseCopyable, Sendable {
  /// Where its values come from.
  public var source: PointSource
  /// Its quality tests.
  public var tests: QualityTests
  /// A point without a reading for longer than this is missing; nil switches the test off.
  public var maximumAge: TimeSpan?
  /// How long values must be failed or missing before the sensor alarm is raised, and good
  /// before it is cleared.
  public var sensorFaultDelay: TimeSpan
  /// Makes a point plan.
  public init(
    source: PointSource = .acquired, tests: QualityTests = QualityTests(),
    maximumAge: TimeSpan? = nil, sensorFaultDelay: TimeSpan = .zero
  ) {
    self.source = source
    self.tests = tests
    self.maximumAge = maximumAge
    self.sensorFaultDelay = sensorFaultDelay
  }
}

/// One stage of a rule. Stages of a rule are ordered from mild to severe.
public struct StagePlan: BitwiseCopyable, Sendable {
  /// The stage's condition is true at or beyond this value, in the point's unit.
  public var limit: Double
  /// Once true, the condition stays true until the value has come back beyond
  /// `limit - deadband` (rising rules) or `limit + deadband` (falling rules).
  public var deadband: Double
  /// How long the condition must have been true before the stage is raised.
  public var onDelay: TimeSpan
  /// How long it must have been false before the stage is cleared.
  public var offDelay: TimeSpan
  /// Makes a stage.
  public init(limit: Double, deadband: Double, onDelay: TimeSpan, offDelay: TimeSpan) {
    self.limit = limit
    self.deadband = deadband
    self.onDelay = onDelay
    self.offDelay = offDelay
  }
}

/// One rule: a point and the stages that its values are held against.
public struct RulePlan: BitwiseCopyable, Sendable {
  /// Which way is worse.
  public enum Direction: UInt8, BitwiseCopyable, Sendable {
    /// High values are worse.
    case rising
    /// Low values are worse.
    case falling
  }
  /// The point whose values decide.
  public var point: PointIndex
  /// Which way is worse.
  public var direction: Direction
  /// The first of the rule's stages in `DetectionPlan.stages`.
  public var firstStage: UInt16
  /// How many stages the rule has.
  public var stageCount: UInt8
  /// How its alarm behaves beyond its stages.
  public var alarm: AlarmPlan
  /// The triggers that make its only stage; nil for a rule whose point's values do.
  public var incident: IncidentPlan?
  /// When the alarm means something; outside of it, it is suppressed by design. Nil for always.
  public var activePeriod: ActivePeriod?
  /// A point that suppresses the alarm while its value is true (0.5 or more); nil for none.
  public var suppressor: PointIndex?
  /// Makes a rule.
  public init(
    point: PointIndex, direction: Direction, firstStage: UInt16, stageCount: UInt8,
    alarm: AlarmPlan = AlarmPlan(acknowledgement: .onReturn), suppressor: PointIndex? = nil,
    incident: IncidentPlan? = nil, activePeriod: ActivePeriod? = nil
  ) {
    self.incident = incident
    self.activePeriod = activePeriod
    self.alarm = alarm
    self.suppressor = suppressor
    self.point = point
    self.direction = direction
    self.firstStage = firstStage
    self.stageCount = stageCount
  }
}

/// What holds for the whole site.
public struct SiteRules: BitwiseCopyable, Sendable {
  /// The clock on the wall, for active periods and quiet hours.
  public var zone: TimeZoneRule
  /// After this long without an event the core emits a sign of life; nil for never.
  public var signOfLife: TimeSpan?
  /// Makes the rules; by default UTC and no sign of life.
  public init(zone: TimeZoneRule = .utc, signOfLife: TimeSpan? = nil) {
    self.zone = zone
    self.signOfLife = signOfLife
  }
}

/// One output: it follows a rule's stage, or belongs to a deterrent.
public struct OutputPlan: BitwiseCopyable, Sendable {
  /// The deterrent that switches it, by its index in `DetectionPlan.deterrents`; nil for one that
  /// follows its rule.
  public var deterrent: UInt16?
  /// The rule that switches it.
  public var rule: UInt16
  /// On while the rule's stage is this or higher; 1 is the mildest stage.
  public var fromStage: UInt8
  /// Switched off after this long, whatever the stage; it comes on again at the next rise.
  public var maximumOnTime: TimeSpan
  /// Makes an output.
  public init(
    rule: UInt16, fromStage: UInt8, maximumOnTime: TimeSpan, deterrent: UInt16? = nil
  ) {
    self.deterrent = deterrent
    self.rule = rule
    self.fromStage = fromStage
    self.maximumOnTime = maximumOnTime
  }
}
