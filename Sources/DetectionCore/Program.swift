/// What one step of a program does.
///
/// A program computes a derived point's value on a stack of numbers. Each number carries its quality
/// flag: an operation's result has the worst flag of what it used. Truth is 1, anything else false.
/// "a, b" below are taken from the stack, b from the top; `index` and `number` stand in the
/// instruction.
public enum Operation: UInt8, BitwiseCopyable, Sendable {
  /// Puts `number`.
  case constant = 1
  /// Puts the newest value of the point `index`.
  case value

  /// a + b.
  case add
  /// a - b.
  case subtract
  /// a × b.
  case multiply
  /// a ÷ b.
  case divide
  /// The smaller of a and b.
  case minimum
  /// The larger of a and b.
  case maximum
  /// a × `number`.
  case scale
  /// a + `number`.
  case shift
  /// -a.
  case negate
  /// a without its sign.
  case magnitude
  /// The square root of a.
  case squareRoot
  /// The natural logarithm of a.
  case logarithm
  /// e to the power of a.
  case exponential

  /// Whether a < b.
  case less
  /// Whether a ≤ b.
  case lessOrEqual
  /// Whether a = b.
  case equal
  /// Whether a ≠ b.
  case notEqual
  /// Whether both are true. False, with the flag of the false one, when one is usable and false,
  /// whatever the other.
  case and
  /// Whether one is true. True, with the flag of the true one, when one is usable and true,
  /// whatever the other.
  case or
  /// Whether a is false.
  case not
  /// Takes a condition, a and b: a when the condition is true, else b; the flag is the worse of the
  /// condition's and the chosen one's.
  case choose
  /// a when it is usable, else b.
  case fallback
  /// Whether a is usable; the answer itself passes.
  case isUsable

  /// The value of the curve `index` at a.
  case interpolate

  /// The arithmetic mean of the window `index`.
  case mean
  /// The median of the window `index`.
  case median
  /// The smallest value of the window `index`.
  case lowest
  /// The largest value of the window `index`.
  case highest
  /// The root of the mean square of the window `index`.
  case rootMeanSquare
  /// The standard deviation of the window `index`, ddof 0.
  case deviation
  /// How many values the window `index` holds.
  case count
  /// The sum of the window `index`.
  case sum
  /// The least-squares slope of the window `index`, per second.
  case slope
  /// The Theil-Sen slope of the window `index`, per second.
  case robustSlope

  /// The value before the newest one, from the cell `index`.
  case previous
  /// The exponential mean, from the cell `index`.
  case exponentialMean
  /// Seconds since a was last true, kept in the cell `index`; 0 while it is true.
  case since
  /// Takes x, on and off: true from x ≥ on until x ≤ off (on ≥ off), or from x ≤ on until x ≥ off
  /// (on < off); kept in the cell `index`.
  case hysteresis

  /// Dew point in Cel; a: air temperature in Cel, b: relative humidity in %.
  case dewPoint
  /// Practical salinity; takes conductivity in mS/cm, temperature in Cel and sea pressure in dbar.
  case salinity
  /// Dissolved oxygen at saturation in mg/L; a: temperature in Cel, b: practical salinity.
  case oxygenSolubility
  /// Seconds until a quantity reaches a limit; a: how much is left, b: its change per second. 0 when
  /// nothing is left; `number`, the horizon, when it is not reached before.
  case timeToLimit
}

/// One step of a program.
public struct Instruction: BitwiseCopyable, Equatable, Sendable {
  /// What is done.
  public var operation: Operation
  /// The index of the point, curve, window or cell that the operation names.
  public var index: UInt16
  /// The operation's constant.
  public var number: Double
  /// Makes an instruction.
  public init(_ operation: Operation, index: UInt16 = 0, number: Double = 0) {
    self.operation = operation
    self.index = index
    self.number = number
  }
}

/// The computation of one derived point: a stretch of `DetectionPlan.instructions` that leaves one
/// number on the stack. It runs once for each input that brings a new value of a point that it names.
public struct ProgramPlan: BitwiseCopyable, Equatable, Sendable {
  /// The first instruction.
  public var firstInstruction: UInt16
  /// How many instructions there are.
  public var instructionCount: UInt16
  /// Makes a program.
  public init(firstInstruction: UInt16, instructionCount: UInt16) {
    self.firstInstruction = firstInstruction
    self.instructionCount = instructionCount
  }
}

/// The recent usable values of a point, for the programs that name them.
public struct PointWindow: BitwiseCopyable, Sendable {
  /// What is kept of each value.
  public enum Content: BitwiseCopyable, Equatable, Sendable {
    /// The value itself.
    case values
    /// How much a counter advanced. One that falls, and stays there, has either passed its largest
    /// value, when `modulus` (65,536 for 16 bits) is finite and the way through it is shorter than a
    /// quarter of it, or begun anew, which counts for nothing.
    case increments(modulus: Double)
  }
  /// Whose values.
  public var point: PointIndex
  /// How far back.
  public var window: Window
  /// What is kept.
  public var content: Content
  /// Makes a window.
  public init(point: PointIndex, window: Window, content: Content = .values) {
    self.point = point
    self.window = window
    self.content = content
  }
}

/// What a program remembers between its runs.
public enum CellPlan: BitwiseCopyable, Sendable {
  /// The last two usable values of a point.
  case previous(PointIndex)
  /// The exponential mean of a point's usable values with this time constant.
  case exponentialMean(PointIndex, timeConstant: TimeSpan)
  /// When a condition was last true.
  case since
  /// Which way a switch with hysteresis stands.
  case hysteresis
}

/// A curve that is given by points, such as a rating curve: straight between them, and without a value
/// outside of them.
public struct CurvePlan: BitwiseCopyable, Equatable, Sendable {
  /// The first of its points in `DetectionPlan.curvePoints`.
  public var firstPoint: UInt16
  /// How many points it has, at least 2; their `x` grow strictly.
  public var pointCount: UInt16
  /// Makes a curve.
  public init(firstPoint: UInt16, pointCount: UInt16) {
    self.firstPoint = firstPoint
    self.pointCount = pointCount
  }
}

/// One point of a curve.
public struct CurvePoint: BitwiseCopyable, Equatable, Sendable {
  /// Where.
  public var x: Double
  /// The value there.
  public var y: Double
  /// Makes a point.
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

#if !hasFeature(Embedded)
  extension Operation: CaseIterable {}
#endif
