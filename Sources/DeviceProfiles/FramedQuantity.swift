/// One value that a framed sensor sends: in which field of which message, and what it means.
public struct FramedQuantity: Hashable, Sendable {
  /// The id within the profile, such as `distance`.
  public var id: String
  /// What it is, in a few English words.
  public var title: String
  /// The index of its message in the protocol.
  public var message: Int
  /// In which field of the message it stands, and how that becomes a value.
  public var coding: ValueCoding<MessageField>
  /// UCUM code of the value; `1` for plain numbers and states.
  public var unit: String
  /// The values that the sensor can honestly give, in `unit`; nil where the maker does not say.
  public var range: ClosedRange<Double>?

  /// Makes a quantity; what is not given is absent or plain.
  public init(
    id: String, title: String = "", message: Int, field: Int,
    format: MessageField.Format = .decimal, unit: String, scaling: Scaling = Scaling(),
    companionScales: [CompanionScale<MessageField>] = [],
    sentinels: [Sentinel<ArraySlice<UInt8>>] = [], gates: [Gate<MessageField>] = [],
    range: ClosedRange<Double>? = nil
  ) {
    self.id = id
    self.title = title
    self.message = message
    coding = ValueCoding(
      field: MessageField(field, format: format), gates: gates, sentinels: sentinels,
      scaling: scaling, companionScales: companionScales)
    self.unit = unit
    self.range = range
  }

  /// The field in which it stands.
  public var field: MessageField { coding.field }

  /// Decodes the quantity from a message; total on any bytes.
  ///
  /// - Parameters:
  ///   - frame: The content of the frame.
  ///   - fields: Where the message's fields stand in it.
  public func decode(_ frame: [UInt8], fields: [Range<Int>]) -> DecodedValue {
    coding.decode { $0.content(frame[fields[$0.number]]) }
  }
}
