internal import Delivery

extension StoredState {
  /// The kind under which it is stored which MQTT a broker speaks.
  static let broker = "broker"
}

/// Which MQTT each broker of a destination is known to speak, as it is stored: by the broker's address, as the
/// site file may change.
extension DestinationPlan {
  private var brokerNames: [String] { brokers.map { "\(id) \($0.host):\($0.port)" } }

  /// What `states` say; nil for a broker of which they say nothing.
  func provenVersions(in states: [StoredState]) -> [ProtocolVersion?] {
    brokerNames.map { name in
      states.first { $0.kind == StoredState.broker && $0.id == name }
        .flatMap { $0.value.first }
        .flatMap { ProtocolVersion(rawValue: Int32($0)) }
    }
  }

  /// What is to be stored of `versions`.
  func states(of versions: [ProtocolVersion?]) -> [StoredState] {
    zip(brokerNames, versions).map { name, version in
      StoredState(
        kind: StoredState.broker, id: name,
        value: version.map { [UInt8(clamping: $0.rawValue)] } ?? [])
    }
  }
}
