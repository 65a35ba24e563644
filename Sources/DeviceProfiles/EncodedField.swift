/// A part of what a device sends that holds one raw content: registers of a Modbus device, or the
/// field of a message.
public protocol EncodedField: Hashable, Sendable {
  /// The content before anything is known of its meaning.
  associatedtype Raw: Hashable, Sendable

  /// What contents mean where a profile does not say otherwise.
  static var builtInSentinels: [Sentinel<Raw>] { get }

  /// The number for which a content stands; nil where it is none.
  func decodedNumber(_ raw: Raw) -> Double?

  /// The content for a number that is not finite; nil where the field has none.
  func raw(ofNonFinite number: Double) -> Raw?
}

extension RawField: EncodedField {
  /// A float that is no finite number is no measurement.
  public static let builtInSentinels = [
    Sentinel<UInt64>(.notANumber, means: .invalid),
    Sentinel<UInt64>(.positiveInfinity, means: .overflow),
    Sentinel<UInt64>(.negativeInfinity, means: .underflow),
  ]

  /// The number for which the bits stand.
  public func decodedNumber(_ raw: UInt64) -> Double? { number(of: raw) }

  /// The bits of a float that is not finite.
  public func raw(ofNonFinite number: Double) -> UInt64? {
    switch type {
    case .float32: UInt64(Float(number).bitPattern)
    case .float64: number.bitPattern
    case .bit, .uint16, .int16, .uint32, .int32, .uint64, .int64: nil
    }
  }
}
