public import DetectionCore

/// A text in the languages that the gateway speaks.
public struct LocalizedText: Hashable, Sendable {
  /// The English text.
  public var english: String
  /// The Japanese text.
  public var japanese: String
  /// Makes a text.
  public init(english: String, japanese: String) {
    self.english = english
    self.japanese = japanese
  }
}

/// A text in both languages.
func both(_ english: String, _ japanese: String) -> LocalizedText {
  LocalizedText(english: english, japanese: japanese)
}

extension LocalizedText: Codable {
  private enum CodingKeys: String, CodingKey {
    case english = "en"
    case japanese = "ja"
  }

  /// Reads both languages.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      english: try container.decode(String.self, forKey: .english),
      japanese: try container.decode(String.self, forKey: .japanese))
  }

  /// Writes both languages.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(english, forKey: .english)
    try container.encode(japanese, forKey: .japanese)
  }
}

/// Whether what a site says is meant; travels from the site file into every payload.
public enum SiteMode: String, Codable, Sendable, CaseIterable {
  /// Real values, real alarms.
  case actual
  /// A drill: nobody is to act on it as if it were real.
  case exercise
  /// A technical test.
  case test
}

/// What subscribers are told of a point.
public struct PointDescription: Sendable {
  /// The id, such as `river.level`.
  public var id: String
  /// Its name.
  public var name: LocalizedText
  /// UCUM code of its unit.
  public var unit: String
  /// What the value is counted from, such as `station-zero` or `T.P.`; nil where that means nothing.
  public var datum: String?
  /// Decimal places worth showing.
  public var decimals: Int
  /// Time between two readings, for displays and expiry.
  public var period: TimeSpan
  /// Makes a description.
  public init(
    id: String, name: LocalizedText, unit: String, datum: String?, decimals: Int, period: TimeSpan
  ) {
    self.id = id
    self.name = name
    self.unit = unit
    self.datum = datum
    self.decimals = decimals
    self.period = period
  }
}

/// What subscribers are told of a stage.
public struct StageDescription: Sendable {
  /// The id, such as `caution`.
  public var id: String
  /// The words that are shown for it: site data, never an official warning's words.
  public var name: LocalizedText
  /// The limit in the point's unit.
  public var limit: Double
  /// What people are to do then, in the site author's words; nil where they say nothing.
  public var instruction: LocalizedText?
  /// Makes a description.
  public init(
    id: String, name: LocalizedText, limit: Double, instruction: LocalizedText? = nil
  ) {
    self.instruction = instruction
    self.id = id
    self.name = name
    self.limit = limit
  }
}

/// How urgent an alarm is: who is to be called, and how fast.
public enum AlarmPriority: String, Codable, Sendable, CaseIterable {
  /// To be known.
  case low
  /// To be looked after.
  case medium
  /// To be acted upon.
  case high
  /// To be acted upon at once.
  case critical
}

/// What subscribers are told of a rule.
public struct RuleDescription: Sendable {
  /// The id, such as `river.stage`; also the alarm's id.
  public var id: String
  /// Its name.
  public var name: LocalizedText
  /// The point that decides.
  public var point: PointIndex
  /// Which way is worse.
  public var direction: RulePlan.Direction
  /// The stages, mildest first.
  public var stages: [StageDescription]
  /// The rule's version in the site file, raised by whoever changes what it means.
  public var version: Int
  /// How urgent it is.
  public var priority: AlarmPriority
  /// Makes a description.
  public init(
    id: String, name: LocalizedText, point: PointIndex,
    direction: RulePlan.Direction = .rising, stages: [StageDescription], version: Int = 1,
    priority: AlarmPriority = .medium
  ) {
    self.direction = direction
    self.version = version
    self.priority = priority
    self.id = id
    self.name = name
    self.point = point
    self.stages = stages
  }
}

/// What subscribers are told of an output.
public struct OutputDescription: Sendable {
  /// The id, such as `lamp`.
  public var id: String
  /// Its name.
  public var name: LocalizedText
  /// Makes a description.
  public init(id: String, name: LocalizedText) {
    self.id = id
    self.name = name
  }
}

/// A site as its subscribers see it; points, rules and outputs in the order of the core's plan.
public struct SiteDescription: Sendable {
  /// The site's id, one topic level.
  public var id: String
  /// Its name.
  public var name: LocalizedText
  /// Whether what it says is meant.
  public var mode: SiteMode
  /// The clock on the wall where it stands.
  public var zone: TimeZoneRule
  /// Its points.
  public var points: [PointDescription]
  /// Its rules.
  public var rules: [RuleDescription]
  /// Its outputs.
  public var outputs: [OutputDescription]
  /// Its deterrents.
  public var deterrents: [OutputDescription]
  /// Makes a description.
  public init(
    id: String, name: LocalizedText, mode: SiteMode, points: [PointDescription],
    rules: [RuleDescription], outputs: [OutputDescription], deterrents: [OutputDescription] = [],
    zone: TimeZoneRule = .utc
  ) {
    self.zone = zone
    self.deterrents = deterrents
    self.id = id
    self.name = name
    self.mode = mode
    self.points = points
    self.rules = rules
    self.outputs = outputs
  }
}

/// Where a broker is, and how the connection to it is secured.
public struct BrokerAddress: Hashable, Sendable {
  /// Host name or address.
  public var host: String
  /// TCP port.
  public var port: UInt16
  /// How the connection is secured.
  public var security: DestinationPlan.Security
  /// Makes an address.
  public init(host: String, port: UInt16, security: DestinationPlan.Security = .none) {
    self.host = host
    self.port = port
    self.security = security
  }
}

/// One receiver: its brokers, and how to speak to them.
public struct DestinationPlan: Sendable {
  /// How a connection is secured.
  public enum Security: Hashable, Sendable {
    /// Plain text; only sensible on the loopback.
    case none
    /// TLS with the server's name checked; `authorityFile` nil means the system's authorities.
    case tls(authorityFile: String?, certificateFile: String?, keyFile: String?)
  }
  /// The destination's id in the site file.
  public var id: String
  /// Host name or address of the first broker.
  public var host: String
  /// TCP port of the first broker.
  public var port: UInt16
  /// How the connection to the first broker is secured.
  public var security: Security
  /// Where to turn, in this order, while the first broker does not work.
  public var fallbacks: [BrokerAddress]
  /// User name; nil for none.
  public var username: String?
  /// A file (mode 0600) that holds the password; nil for none.
  public var passwordFile: String?
  /// The first levels of every topic, such as `nomori/v1`.
  public var topicRoot: String
  /// What stands between the parts of an id in topics.
  public var idSeparator: IDSeparator
  /// Seconds between keep-alive packets.
  public var keepAliveSeconds: UInt16
  /// The names from which commands are taken; empty: none are.
  public var operators: [String]
  /// How the receiver is spoken to.
  public var format: FormatPlan
  /// Whether it is given the newest value of each point all the time.
  public var hasLiveValues: Bool
  /// Which values it is given for keeping, one plan a point at most.
  public var observations: [ObservationPlan]
  /// Makes a destination.
  public init(
    id: String, host: String, port: UInt16, security: Security = .none,
    fallbacks: [BrokerAddress] = [], username: String? = nil,
    passwordFile: String? = nil, topicRoot: String = Topics.standardRoot,
    idSeparator: IDSeparator = .dot, keepAliveSeconds: UInt16 = 30,
    operators: [String] = [], format: FormatPlan = .native,
    hasLiveValues: Bool = true, observations: [ObservationPlan] = []
  ) {
    self.hasLiveValues = hasLiveValues
    self.observations = observations
    self.format = format
    self.operators = operators
    self.id = id
    self.host = host
    self.port = port
    self.security = security
    self.fallbacks = fallbacks
    self.username = username
    self.passwordFile = passwordFile
    self.topicRoot = topicRoot
    self.idSeparator = idSeparator
    self.keepAliveSeconds = keepAliveSeconds
  }
}
