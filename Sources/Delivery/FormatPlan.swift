/// How a destination's receiver is spoken to, with what that takes.
public enum FormatPlan: Hashable, Sendable {
  /// JSON after the schemas in `docs/schemas`.
  case native
  /// Common Alerting Protocol 1.2.
  case cap(CAPPlan)
  /// The native format with Home Assistant's discovery.
  case homeAssistant(HomeAssistantPlan)
  /// NGSI-LD with FIWARE's smart data models.
  case ngsiLD(NGSIPlan)
  /// OGC SensorThings 1.1.
  case sensorThings(SensorThingsPlan)
  /// Sparkplug B 3.0.
  case sparkplug(SparkplugPlan)

  /// The format that speaks for `speaker`.
  public func format(for speaker: Speaker) -> any PayloadFormat {
    switch self {
    case .native: speaker.nativeFormat
    case .cap(let plan): CAPFormat(plan: plan, speaker: speaker)
    case .homeAssistant(let plan): HomeAssistantFormat(plan: plan, speaker: speaker)
    case .ngsiLD(let plan): NGSIFormat(plan: plan, speaker: speaker)
    case .sensorThings(let plan): SensorThingsFormat(plan: plan, speaker: speaker)
    case .sparkplug(let plan): SparkplugFormat(plan: plan, speaker: speaker)
    }
  }
}

/// Who speaks at one destination.
public struct Speaker: Sendable {
  /// The site.
  public var site: SiteDescription
  /// The gateway's start.
  public var session: SessionIdentity
  /// The gateway's version.
  public var version: String
  /// The site's topics at the destination.
  public var topics: Topics
  /// The names from which the destination takes commands; empty: none are.
  public var operators: [String]
  /// What the format has remembered of earlier starts; nil where it has nothing.
  public var memory: [UInt8]?
  /// Which values the destination is given for keeping.
  public var observations: [ObservationPlan]

  /// Makes one.
  public init(
    site: SiteDescription, session: SessionIdentity, version: String, topics: Topics,
    operators: [String] = [], memory: [UInt8]? = nil, observations: [ObservationPlan] = []
  ) {
    self.site = site
    self.session = session
    self.version = version
    self.topics = topics
    self.operators = operators
    self.memory = memory
    self.observations = observations
  }
}

extension StoredState {
  private static let formatKind = "format"

  /// What the format of `destination` is to remember.
  public init(memory: [UInt8], of destination: String) {
    self.init(kind: Self.formatKind, id: destination, value: memory)
  }
}

extension DestinationPlan {
  /// What the format has remembered of earlier starts, by what the outbox holds of states.
  public func memory(in states: [StoredState]) -> [UInt8]? {
    let own = StoredState(memory: [], of: id)
    return states.first { $0.kind == own.kind && $0.id == own.id }?.value
  }
}
