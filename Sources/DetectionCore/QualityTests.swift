// The list of quality tests: which of them a point has, and what each says of a value. Besides its own
// file, a further test is named here and in `FurtherTests.swift`; docs/house.md says where else.

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

extension QualityTests {
  /// True when no test is to be run.
  var isEmpty: Bool {
    grossRange == nil && spike == nil && rateOfChange == nil && flatLine == nil
      && !hasFurtherTests
  }

  /// The room that the tests need in the detector's table of window entries.
  public var windowCapacity: Int {
    Int(deviation?.window.capacity ?? 0) + Int(attenuatedSignal?.window.capacity ?? 0)
  }

  /// True when `furtherTests` has something to do.
  var hasFurtherTests: Bool {
    climatology != nil || deviation != nil || attenuatedSignal != nil || multivariate != nil
      || neighbour != nil
  }

  /// The flags of a missing value: missing for each test that is to be run, those of how a reading
  /// comes included.
  func flagsOfMissing(after arrival: TestFlags) -> TestFlags {
    func missing(_ isRun: Bool) -> QualityFlag { isRun ? .missing : .notEvaluated }
    return TestFlags(
      gap: missing(arrival.gap == .pass), syntax: missing(arrival.syntax == .pass),
      grossRange: missing(grossRange != nil), climatology: missing(climatology != nil),
      spike: missing(spike != nil),
      rateOfChange: missing(rateOfChange != nil || deviation != nil),
      flatLine: missing(flatLine != nil), multivariate: missing(multivariate != nil),
      attenuatedSignal: missing(attenuatedSignal != nil), neighbour: missing(neighbour != nil))
  }
}

/// The flags of the single tests behind a roll-up, in the order of the QARTOD manual.
///
/// The first two say how the reading came. They stand beside the roll-up: that a reading came does
/// not make its value a tested one.
public struct TestFlags: BitwiseCopyable, Equatable, Sendable {
  /// Missing when no value came within the point's maximum age, or the device gave none; pass when
  /// one came. Evaluated for points with a maximum age.
  public var gap: QualityFlag
  /// Fail when the answer was malformed or the device itself called the value invalid. Evaluated
  /// for acquired points.
  public var syntax: QualityFlag
  /// Sensor and user span.
  public var grossRange: QualityFlag
  /// The span of the season.
  public var climatology: QualityFlag
  /// A single value that stands out from both neighbours.
  public var spike: QualityFlag
  /// Change per second, or against the deviation of the recent past.
  public var rateOfChange: QualityFlag
  /// A value that does not move.
  public var flatLine: QualityFlag
  /// A change that a second point does not show.
  public var multivariate: QualityFlag
  /// Values that move too little.
  public var attenuatedSignal: QualityFlag
  /// The difference from a second point.
  public var neighbour: QualityFlag

  /// Makes a set of flags, by default none of them evaluated.
  @inlinable public init(
    gap: QualityFlag = .notEvaluated, syntax: QualityFlag = .notEvaluated,
    grossRange: QualityFlag = .notEvaluated, climatology: QualityFlag = .notEvaluated,
    spike: QualityFlag = .notEvaluated, rateOfChange: QualityFlag = .notEvaluated,
    flatLine: QualityFlag = .notEvaluated, multivariate: QualityFlag = .notEvaluated,
    attenuatedSignal: QualityFlag = .notEvaluated, neighbour: QualityFlag = .notEvaluated
  ) {
    self.gap = gap
    self.syntax = syntax
    self.grossRange = grossRange
    self.climatology = climatology
    self.spike = spike
    self.rateOfChange = rateOfChange
    self.flatLine = flatLine
    self.multivariate = multivariate
    self.attenuatedSignal = attenuatedSignal
    self.neighbour = neighbour
  }
}

extension TestFlags {
  /// The roll-up of all tests of the value and of what acquisition said itself.
  func rollUp(with incoming: QualityFlag) -> QualityFlag {
    FlagSet(incoming).union(grossRange).union(climatology).union(spike).union(rateOfChange)
      .union(flatLine).union(multivariate).union(attenuatedSignal).union(neighbour).gravest
  }
}

#if !hasFeature(Embedded)
  extension TestFlags {
    /// Shows each flag and its name in recordings, in their order.
    public mutating func forEachFlag<Failure: Error>(
      _ show: (_ name: String, _ flag: inout QualityFlag) throws(Failure) -> Void
    ) throws(Failure) {
      try show("gap", &gap)
      try show("syntax", &syntax)
      try show("gross_range", &grossRange)
      try show("climatology", &climatology)
      try show("spike", &spike)
      try show("rate_of_change", &rateOfChange)
      try show("flat_line", &flatLine)
      try show("multivariate", &multivariate)
      try show("attenuated_signal", &attenuatedSignal)
      try show("neighbour", &neighbour)
    }
  }
#endif
