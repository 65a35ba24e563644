public import Delivery
public import DetectionCore

/// How a running gateway does at one moment: what every view reads. Over its status socket it goes as
/// JSON with these names; nothing in it is secret.
///
/// The type is not called as the module is: a qualified name would then mean the type.
public struct SiteStatus: Codable, Equatable, Sendable {
  /// A point's newest reading.
  public struct Point: Codable, Equatable, Sendable {
    /// Its id.
    public var id: String
    /// The value; nil where there is none.
    public var value: Double?
    /// UCUM code of the value's unit.
    public var unit: String
    /// What is to be thought of the value, in JSON as a QARTOD number; nil before the first reading.
    public var flag: QualityFlag?
    /// Time since the reading, in seconds; nil before the first.
    public var ageSeconds: Double?
    /// Time between two readings now, in seconds.
    public var periodSeconds: Double
    /// The course of its usable values since the start; nil where nobody wants to see it. It does not
    /// leave the program.
    public var trace: Trace? = nil

    private enum CodingKeys: String, CodingKey {
      case id, value, unit, flag, ageSeconds, periodSeconds
    }
  }

  /// The alarm of a rule.
  public struct Alarm: Codable, Equatable, Sendable {
    /// The rule's id.
    public var id: String
    /// Its stage; 0 is normal.
    public var stage: UInt8
  }

  /// An output and what is known of it.
  public struct Output: Codable, Equatable, Sendable {
    /// How sure it is that it is as wanted.
    public enum State: String, Codable, Sendable {
      /// Not written yet, or not read back.
      case pending
      /// Written; the device cannot show it.
      case unverified
      /// Written and read back.
      case confirmed
      /// It could not be brought to its state.
      case faulty
    }
    /// Its id in the site file.
    public var id: String
    /// The state that the core wants.
    public var isOn: Bool
    /// What is known of it; nil before its bus was asked for anything.
    public var state: State?
  }

  /// An event that was committed.
  public struct Event: Codable, Equatable, Sendable {
    /// Its unique name.
    public var id: String
    /// What happened, in JSON by its name.
    public var kind: DetectionEvent.Kind
    /// When, in UTC.
    public var time: String
    /// The event in words.
    public var text: LocalizedText
  }

  /// An event that a broker refused each time it was offered.
  public struct Refused: Codable, Equatable, Sendable {
    /// Its unique name.
    public var id: String
    /// Why, in the broker's words.
    public var reason: String
    /// Since when it is kept aside, in UTC.
    public var since: String
  }

  /// A destination.
  public struct Destination: Codable, Equatable, Sendable {
    /// Its id.
    public var id: String
    /// True while its broker is connected.
    public var isConnected: Bool
    /// Host and port of the one of its brokers that is spoken to, or tried.
    public var broker: String
    /// The version of MQTT that is spoken with it, `5` or `3.1.1`; nil while it is not connected.
    public var mqttVersion: String?
    /// Events that it has not acknowledged.
    public var waitingEvents: Int
    /// Events that it refused each time; they are offered again once a day, and at the next start.
    public var refusedEvents: Int
    /// The newest of them, newest last.
    public var newestRefused: [Refused]
    /// Events that it will never get, as there was no room to keep them.
    public var droppedEvents: Int
    /// Why it is not connected.
    public var problem: GatewayProblem?
  }

  /// What has been recorded.
  public struct Recording: Codable, Equatable, Sendable {
    /// The file that is being written, if any.
    public var path: String?
    /// Bytes recorded since the start.
    public var bytes: UInt64 = 0

    /// Nothing yet.
    public init() {}
  }

  /// What got lost since the start.
  public struct Losses: Codable, Equatable, Sendable {
    /// Events that the outbox could not take; 0 unless the disk is gone.
    public var events = 0
    /// Readings that did not reach the lane.
    public var readings = 0
    /// Records that the recorder was too slow for.
    public var records = 0
    /// Commands to outputs that did not reach their bus; 0 unless a bus stands still.
    public var commands = 0

    /// Nothing.
    public init() {}

    /// All together.
    public var total: Int { events + readings + records + commands }
  }

  /// What the text is, and in which version.
  public static let formatName = "nomori/report/4"

  /// `formatName`, unless another program answered.
  public var format = Self.formatName
  /// The site's id.
  public var site: String
  /// The gateway's version.
  public var version: String
  /// The number of its start.
  public var session: UInt32
  /// The moment, in UTC.
  public var time: String
  /// Time since its start, in seconds.
  public var uptimeSeconds: Double
  /// How far back the `recent` figures reach, in seconds.
  public var windowSeconds: Double
  /// The buses, those of line sensors last.
  public var buses: [Bus]
  /// The points, in the order of the site file.
  public var points: [Point]
  /// The alarms, in the order of the site's rules.
  public var alarms: [Alarm] = []
  /// The outputs, in the order of the site file.
  public var outputs: [Output] = []
  /// The newest events, newest last.
  public var recentEvents: [Event] = []
  /// The destinations.
  public var destinations: [Destination]
  /// Readings that the lane has assessed.
  public var readingCount = 0
  /// Events that the lane has decided.
  public var eventCount = 0
  /// Events that were committed to the outbox.
  public var committedCount = 0
  /// The longest time from a reading to its decision, in milliseconds of real time.
  public var longestDecisionMs = 0.0
  /// What has been recorded.
  public var recording = Recording()
  /// What got lost.
  public var lost = Losses()
  /// What runs less well than it should, by what it is about.
  public var problems: [String: GatewayProblem] = [:]
}

extension QualityFlag: Codable {}

extension DetectionEvent.Kind: Codable {
  /// Reads a kind by its name in payloads.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    let kind = (UInt8.min...UInt8.max).lazy.compactMap { Self(rawValue: $0) }.first {
      $0.name == name
    }
    guard let kind else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "no kind of event: \(name)")
    }
    self = kind
  }

  /// Writes a kind by its name in payloads.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
