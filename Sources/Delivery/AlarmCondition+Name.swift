public import DetectionCore

extension AlarmCondition {
  /// The condition's name in payloads, after ISA-18.2.
  public var name: String {
    switch self {
    case .normal: "normal"
    case .unacknowledged: "unacknowledged"
    case .acknowledged: "acknowledged"
    case .returned: "returnedUnacknowledged"
    case .latched: "latched"
    }
  }
}
