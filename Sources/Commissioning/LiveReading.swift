public import Delivery
public import DetectionCore
public import DeviceProfiles
public import Polling

/// What a device showed when one of its quantities was read once.
public struct LiveReading: Sendable {
  /// Why a value is not simply good.
  public enum Remark: Equatable, Sendable {
    /// It could not be read.
    case fault(BusFault)
    /// The profile's limits forbid to read it.
    case unreadable
    /// The device sent its message that it has no value.
    case noMeasurement
    /// The device says that the value must not be used.
    case defect(DecodedValue.Defect)
    /// Outside of what the sensor can deliver, as the site file or the profile says.
    case impossible(ClosedSpan)
    /// Outside of what is to be expected here, as the site file says.
    case unexpected(ClosedSpan)
    /// The gateway that runs has not read it yet.
    case notYet
    /// The point behind it has no value.
    case sourceMissing
  }

  /// The point's id, or the quantity's where there is no site.
  public var id: String
  /// What it is, in words.
  public var name: LocalizedText
  /// UCUM code of the value's unit.
  public var unit: String
  /// Decimal places worth showing.
  public var decimals: Int
  /// The value; not a number where there is none.
  public var value: Double
  /// What is to be thought of the value: `.missing` where nothing answered, `.notEvaluated` where
  /// nothing says what is plausible.
  public var flag: QualityFlag
  /// Why, where the flag is neither `.pass` nor `.notEvaluated`.
  public var remark: Remark?
  /// From sending the request to the end of the answer; nil for points that are not read.
  public var responseTime: TimeSpan?
  /// When the value was measured, as far as is known: when the device was told to measure, else
  /// when its answer or message came; nil where nothing came.
  public var measuredAt: Instant?
  /// The quantity that was read; nil for points that are derived from another.
  public var quantity: ProfileQuantity?
  /// The words of the quantity's own registers; empty where they were not read.
  public var words: [UInt16]
  /// The point that this one is derived from.
  public var source: String?

  /// How old the value is at `now`, as far as is known; nil where there is none.
  public func age(at now: Instant) -> TimeSpan? { measuredAt.map { now - $0 } }
}

extension LiveReading {
  /// What is known of a point.
  enum Shown {
    /// It was sampled, and stands at that index of the record.
    case sampled(SampleRecord, Int)
    /// The profile's limits forbid to read it.
    case unreadable
    /// Its bus cannot be used.
    case portFault(BusFault)
  }

  /// A quantity that was read by itself, without a site.
  init(_ quantity: ProfileQuantity, shown: Shown) {
    self.init(
      id: quantity.id, name: LocalizedText(english: quantity.title, japanese: quantity.title),
      unit: quantity.unit, decimals: quantity.decimals)
    take(quantity, shown)
    judge(possible: quantity.honestSpan, expected: nil)
  }

  /// The state of an output of a site; any state is as good as another.
  init(_ quantity: ProfileQuantity, of output: OutputDescription, shown: Shown) {
    self.init(id: output.id, name: output.name, unit: quantity.unit, decimals: 0)
    take(quantity, shown)
  }

  /// A point of a site that a device delivers; the quantity is nil where it stands in a message.
  init(
    _ quantity: ProfileQuantity?, of description: PointDescription, tests: QualityTests,
    shown: Shown
  ) {
    self.init(description)
    take(quantity, shown)
    judge(possible: tests.grossRange?.fail, expected: tests.grossRange?.suspect)
  }

  /// A point of a site that is computed from another by gain and offset.
  init(
    derived description: PointDescription, gain: Double, offset: Double, from source: LiveReading,
    tests: QualityTests
  ) {
    self.init(description)
    self.source = source.id
    measuredAt = source.measuredAt
    let value = gain * source.value + offset
    guard value.isFinite else {
      flag = source.flag
      remark = .sourceMissing
      return
    }
    self.value = value
    flag = .notEvaluated
    judge(possible: tests.grossRange?.fail, expected: tests.grossRange?.suspect)
  }

  /// A point of which nothing is known.
  package init(_ description: PointDescription) {
    self.init(
      id: description.id, name: description.name, unit: description.unit,
      decimals: description.decimals)
  }

  private init(id: String, name: LocalizedText, unit: String, decimals: Int) {
    self.init(
      id: id, name: name, unit: unit, decimals: decimals, value: .nan, flag: .missing,
      remark: nil, responseTime: nil, measuredAt: nil, quantity: nil, words: [], source: nil)
  }

  private mutating func take(_ quantity: ProfileQuantity?, _ shown: Shown) {
    self.quantity = quantity
    switch shown {
    case .unreadable: remark = .unreadable
    case .portFault(let fault): remark = .fault(fault)
    case .sampled(let record, let index):
      switch record.outcome(ofPoint: index) {
      case .failed(let fault): remark = .fault(fault)
      case .read(let time):
        responseTime = time
        measuredAt = record.measuredAt(ofPoint: index)
        words = quantity.flatMap { record.words($0.span) } ?? []
        take(record.decoded(ofPoint: index))
      }
    }
  }

  private mutating func take(_ decoded: DecodedValue?) {
    switch decoded {
    case .value(let decoded)?: (value, flag) = (decoded, .notEvaluated)
    case .missing?, nil: remark = .noMeasurement
    case .invalid(let defect)?: (flag, remark) = (.fail, .defect(defect))
    }
  }

  /// Holds a value against what is possible and what is to be expected.
  private mutating func judge(possible: ClosedSpan?, expected: ClosedSpan?) {
    guard flag == .notEvaluated, let possible else { return }
    flag = .pass
    if !possible.contains(value) {
      flag = .fail
      remark = .impossible(possible)
    } else if let expected, !expected.contains(value) {
      flag = .suspect
      remark = .unexpected(expected)
    }
  }
}

extension ProfileQuantity {
  /// What the maker says that the device can deliver.
  fileprivate var honestSpan: ClosedSpan? {
    range.map { ClosedSpan(lower: $0.lowerBound, upper: $0.upperBound) }
  }

  /// As many decimal places as the scaling of a whole number can need, or four.
  fileprivate var decimals: Int {
    guard !field.type.isFloat, coding.companionScales.isEmpty else { return 4 }
    let ratio = coding.scaling.ratio
    var remainder = ratio.numerator % ratio.denominator
    for places in 0..<6 {
      if remainder == 0 { return places }
      let (next, overflow) = remainder.multipliedReportingOverflow(by: 10)
      guard !overflow else { break }
      remainder = next % ratio.denominator
    }
    return 6
  }
}
