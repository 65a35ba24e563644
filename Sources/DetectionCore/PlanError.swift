/// Why a plan cannot be run: which part, and what is wrong with it.
public struct PlanError: Error, Equatable, Sendable {
  /// The list of the plan that is wrong.
  public enum Part: UInt8, BitwiseCopyable, Sendable {
    /// `DetectionPlan.points`.
    case point
    /// `DetectionPlan.seasons`.
    case season
    /// `DetectionPlan.programs`.
    case program
    /// `DetectionPlan.instructions`.
    case instruction
    /// `DetectionPlan.windows`.
    case window
    /// `DetectionPlan.cells`.
    case cell
    /// `DetectionPlan.curves`.
    case curve
    /// `DetectionPlan.curvePoints`.
    case curvePoint
    /// `DetectionPlan.rules`.
    case rule
    /// `DetectionPlan.stages`.
    case stage
    /// `DetectionPlan.outputs`.
    case output
    /// `DetectionPlan.deterrents`.
    case deterrent
    /// `DetectionPlan.site`.
    case site
  }

  /// What is wrong.
  public enum Problem: BitwiseCopyable, Equatable, Sendable {
    /// The list, or a rule's list of stages, is longer than the core takes.
    case tooMany(count: Int, limit: Int)
    /// An index names nothing; it must be below `limit`.
    case indexOutOfRange(Int, limit: Int)
    /// A derived point's source does not come before it.
    case sourceNotEarlier(Int)
    /// A program names no point: its value would never be computed.
    case noSource
    /// Another point has the same program, whose memory they cannot share.
    case programShared(with: Int)
    /// A program's or curve's first entry is not the one after the previous one's last.
    case notInRow(first: Int, expected: Int)
    /// An instruction takes more from the stack than there is.
    case stackEmpty
    /// The stack holds more numbers than `limit`.
    case stackTooDeep(limit: Int)
    /// A program must leave one number, and leaves this many.
    case resultCount(Int)
    /// An instruction names a cell of another kind.
    case otherCell(Int)
    /// A curve needs two points.
    case curveTooShort
    /// A curve's point is not beyond the one before it.
    case curveNotGrowing
    /// A number is NaN or infinite where it must not be.
    case notFinite
    /// A number is negative where it must not be.
    case negative(Double)
    /// A time in nanoseconds is negative, zero where it must not be, or longer than
    /// `CoreLimits.longestTime`.
    case timeOutOfRange(Int64)
    /// A span's lower end is above its upper end.
    case spanReversed(lower: Double, upper: Double)
    /// The suspect span does not lie inside the fail span.
    case suspectOutsideFail
    /// The suspect limit is above the fail limit.
    case suspectAboveFail(suspect: Double, fail: Double)
    /// Of limits that are undercut, the fail limit is above the suspect limit.
    case suspectBelowFail(suspect: Double, fail: Double)
    /// A flat line's counts must be 1 <= suspect <= fail <= `limit`.
    case flatLineCounts(suspect: Int, fail: Int, limit: Int)
    /// A window's counts must be `least` <= minimum <= capacity <= `limit`.
    case windowCounts(minimum: Int, capacity: Int, least: Int, limit: Int)
    /// All windows together hold more values than the core takes.
    case windowsTooLarge(count: Int, limit: Int)
    /// A point with a climatology has no season.
    case noSeason
    /// A point's first season is not the one after the previous point's last.
    case seasonsNotInRow(first: Int, expected: Int)
    /// Seasons that belong to no point begin here.
    case seasonWithoutPoint
    /// A season begins or ends with a number that its period does not have.
    case seasonBounds(first: Int64, last: Int64)
    /// A point is to be compared with itself.
    case comparedWithItself
    /// A multivariate test looks at this point's rate of change, which is not tested.
    case noRateOfChange(Int)
    /// A rule has no stage.
    case noStage
    /// A rule's first stage is not the one after the previous rule's last.
    case stagesNotInRow(first: Int, expected: Int)
    /// Stages that belong to no rule begin here.
    case stageWithoutRule
    /// So many raises cannot make an alarm chatter; 2 to `limit` can.
    case chatterCount(Int, limit: Int)
    /// A stage is not more severe than the one before it.
    case stageOrder(limit: Double, previous: Double)
    /// A deadband reaches the limit of the next milder stage.
    case deadbandTooWide(deadband: Double, gap: Double)
    /// A rule's point has no quality test, nor has its source: no reading could ever raise it.
    case untestedPoint(Int)
    /// A clock is never so many seconds away from UTC.
    case zoneOffset(Int)
    /// A month, week, day or time of day that does not exist.
    case momentOutOfRange
    /// An incident needs 1 <= sensors <= members and sensors <= triggers <= 8.
    case incidentCounts(triggers: Int, sensors: Int, members: Int)
    /// A deterrent names an output that does not say that it belongs to it.
    case notItsOutput(Int)
    /// Random numbers cannot begin at 0.
    case seedIsZero
    /// An output's stage is none of its rule's.
    case noSuchStage(Int, stages: Int)
  }

  /// The list that is wrong.
  public let part: Part
  /// The index in the list, from 0.
  public let index: Int
  /// What is wrong there.
  public let problem: Problem

  init(_ part: Part, _ index: Int, _ problem: Problem) {
    self.part = part
    self.index = index
    self.problem = problem
  }
}

#if !hasFeature(Embedded)
  extension PlanError: CustomStringConvertible {
    /// The part with its index, and what is wrong with which numbers.
    public var description: String { "\(part) \(index): \(problem)" }
  }

  extension PlanError.Problem: CustomStringConvertible {
    /// What is wrong, with its numbers and what was expected.
    public var description: String {
      switch self {
      case .tooMany(let count, let limit): "\(count) entries, at most \(limit) are possible"
      case .indexOutOfRange(let index, let limit): "index \(index) must be below \(limit)"
      case .sourceNotEarlier(let source): "source \(source) must come before the derived point"
      case .noSource: "its program names no point"
      case .programShared(let point): "point \(point) has the same program"
      case .notInRow(let first, let expected):
        "its first entry \(first) must be \(expected), the one after the previous one's last"
      case .stackEmpty: "takes more from the stack than there is"
      case .stackTooDeep(let limit): "more than \(limit) numbers on the stack"
      case .resultCount(let count): "leaves \(count) numbers instead of one"
      case .otherCell(let cell): "cell \(cell) is of another kind"
      case .curveTooShort: "a curve needs at least two points"
      case .curveNotGrowing: "must lie beyond the point before it"
      case .notFinite: "a number must not be NaN or infinite"
      case .negative(let number): "\(number) must not be negative"
      case .timeOutOfRange(let nanoseconds):
        "a time of \(nanoseconds) ns is out of range (longest: "
          + "\(CoreLimits.longestTime.nanoseconds) ns)"
      case .spanReversed(let lower, let upper): "span from \(lower) to \(upper) is reversed"
      case .suspectOutsideFail: "the suspect span must lie inside the fail span"
      case .suspectAboveFail(let suspect, let fail):
        "suspect limit \(suspect) must not be above fail limit \(fail)"
      case .suspectBelowFail(let suspect, let fail):
        "fail limit \(fail) must not be above suspect limit \(suspect)"
      case .flatLineCounts(let suspect, let fail, let limit):
        "flat line counts \(suspect) (suspect) and \(fail) (fail) must be "
          + "1 <= suspect <= fail <= \(limit)"
      case .windowCounts(let minimum, let capacity, let least, let limit):
        "window counts \(minimum) (minimum) and \(capacity) (capacity) must be "
          + "\(least) <= minimum <= capacity <= \(limit)"
      case .windowsTooLarge(let count, let limit):
        "the windows of all points hold \(count) values, at most \(limit) are possible"
      case .noSeason: "a climatology needs at least one season"
      case .seasonsNotInRow(let first, let expected):
        "first season \(first) must be \(expected), the one after the previous point's last"
      case .seasonWithoutPoint: "belongs to no point"
      case .seasonBounds(let first, let last):
        "a season from \(first) to \(last) is outside of its period"
      case .comparedWithItself: "a point cannot be compared with itself"
      case .noRateOfChange(let point):
        "point \(point) has no rate of change test, which the multivariate test needs"
      case .noStage: "a rule needs at least one stage"
      case .stagesNotInRow(let first, let expected):
        "first stage \(first) must be \(expected), the one after the previous rule's last"
      case .stageWithoutRule: "belongs to no rule"
      case .chatterCount(let count, let limit):
        "\(count) raises of chatter must be from 2 to \(limit)"
      case .stageOrder(let limit, let previous):
        "limit \(limit) must be strictly beyond the milder stage's \(previous)"
      case .deadbandTooWide(let deadband, let gap):
        "deadband \(deadband) must be smaller than the gap of \(gap) to the milder stage"
      case .untestedPoint(let point):
        "point \(point) has no quality test, so that no reading could ever raise the rule"
      case .zoneOffset(let seconds): "\(seconds) s away from UTC; at most a day is possible"
      case .momentOutOfRange: "a month, week, day or time of day that does not exist"
      case .incidentCounts(let triggers, let sensors, let members):
        "\(triggers) triggers of \(sensors) sensors among \(members): must be "
          + "1 <= sensors <= members and sensors <= triggers <= 8"
      case .notItsOutput(let output): "output \(output) does not belong to it"
      case .seedIsZero: "random numbers cannot begin at 0"
      case .noSuchStage(let stage, let stages):
        "stage \(stage) must be from 1 to \(stages)"
      }
    }
  }
#endif
