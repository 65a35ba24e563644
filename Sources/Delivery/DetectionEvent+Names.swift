public import DetectionCore

extension DetectionEvent {
  /// True when `subject` is a rule.
  var concernsRule: Bool {
    switch kind {
    case .stageRaised, .stageCleared, .acknowledged, .reset, .shelved, .unshelved, .suppressed,
      .resumed, .takenOutOfService, .returnedToService, .reminded, .chatterStarted, .chatterEnded:
      true
    case .sensorFaultRaised, .sensorFaultCleared, .outputOn, .outputOff, .inputsLost,
      .floodStarted, .floodEnded, .signOfLife, .commandRefused, .deterrentHeld, .outputStopped,
      .outputReleased:
      false
    }
  }
  /// True when `subject` is a point.
  var concernsSensor: Bool { kind == .sensorFaultRaised || kind == .sensorFaultCleared }
  /// True when `subject` is an output.
  var concernsOutput: Bool {
    kind == .outputOn || kind == .outputOff || kind == .outputStopped || kind == .outputReleased
  }
}

extension DetectionEvent.Kind {
  /// The kind's name in payloads.
  public var name: String {
    switch self {
    case .stageRaised: "raised"
    case .stageCleared: "cleared"
    case .sensorFaultRaised: "sensorFault"
    case .sensorFaultCleared: "sensorFaultCleared"
    case .outputOn: "outputOn"
    case .outputOff: "outputOff"
    case .inputsLost: "inputsLost"
    case .acknowledged: "acknowledged"
    case .reset: "reset"
    case .shelved: "shelved"
    case .unshelved: "unshelved"
    case .suppressed: "suppressed"
    case .resumed: "resumed"
    case .takenOutOfService: "takenOutOfService"
    case .returnedToService: "returnedToService"
    case .reminded: "reminded"
    case .chatterStarted: "chatterStarted"
    case .chatterEnded: "chatterEnded"
    case .floodStarted: "floodStarted"
    case .floodEnded: "floodEnded"
    case .signOfLife: "signOfLife"
    case .commandRefused: "commandRefused"
    case .deterrentHeld: "deterrentHeld"
    case .outputStopped: "outputStopped"
    case .outputReleased: "outputReleased"
    }
  }
}
