/// One message on its way to a broker.
public struct MQTTMessage: Hashable, Sendable {
  /// How hard MQTT tries.
  public enum Quality: UInt8, Codable, Sendable {
    /// QoS 0: sent once, never confirmed. For telemetry.
    case atMostOnce = 0
    /// QoS 1: sent until confirmed, so it may arrive twice. For events and states.
    case atLeastOnce = 1
  }

  /// The topic, with the root of its destination; `Fact.Content.rendered` leaves that out.
  public var topic: String
  /// The bytes that are sent.
  public var payload: [UInt8]
  /// How hard MQTT tries.
  public var quality: Quality
  /// True when the broker keeps the message and gives it to later subscribers.
  public var isRetained: Bool
  /// Seconds after which the broker forgets the message (MQTT 5); nil for never.
  public var expirySeconds: UInt32?
  /// The payload's media type (MQTT 5).
  public var contentType: String
  /// What the payload is and how far it is meant (MQTT 5 user properties).
  public var label: PayloadLabel

  /// Makes a message, by default one that must arrive and is not kept.
  public init(
    topic: String, payload: [UInt8], quality: Quality = .atLeastOnce, isRetained: Bool = false,
    expirySeconds: UInt32? = nil, contentType: String = "application/json", label: PayloadLabel
  ) {
    self.topic = topic
    self.payload = payload
    self.quality = quality
    self.isRetained = isRetained
    self.expirySeconds = expirySeconds
    self.contentType = contentType
    self.label = label
  }
}

/// A message is kept with its payload as text, which all that were ever kept are.
extension MQTTMessage: Codable {
  private enum CodingKeys: CodingKey {
    case topic, payload, quality, isRetained, expirySeconds, contentType, label
  }

  /// Reads a message.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      topic: try values.decode(String.self, forKey: .topic),
      payload: Array(try values.decode(String.self, forKey: .payload).utf8),
      quality: try values.decode(Quality.self, forKey: .quality),
      isRetained: try values.decode(Bool.self, forKey: .isRetained),
      expirySeconds: try values.decodeIfPresent(UInt32.self, forKey: .expirySeconds),
      contentType: try values.decode(String.self, forKey: .contentType),
      label: try values.decode(PayloadLabel.self, forKey: .label))
  }

  /// Writes a message.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(topic, forKey: .topic)
    try values.encode(String(decoding: payload, as: UTF8.self), forKey: .payload)
    try values.encode(quality, forKey: .quality)
    try values.encode(isRetained, forKey: .isRetained)
    try values.encodeIfPresent(expirySeconds, forKey: .expirySeconds)
    try values.encode(contentType, forKey: .contentType)
    try values.encode(label, forKey: .label)
  }
}

/// What a receiver can know of a payload without parsing it: MQTT 5 user properties `schema`,
/// `site` and `mode`.
public struct PayloadLabel: Hashable, Codable, Sendable {
  /// The payload's schema and its version, such as `nomori/event/2`.
  public var schema: String
  /// The id of the site that speaks.
  public var site: String
  /// Whether what it says is meant.
  public var mode: SiteMode

  /// Makes a label.
  public init(schema: String, site: String, mode: SiteMode) {
    self.schema = schema
    self.site = site
    self.mode = mode
  }
}

/// One message from a broker.
public struct ReceivedMessage: Hashable, Sendable {
  /// The topic it was published to.
  public var topic: String
  /// The bytes as they came; nothing about them has been checked.
  public var payload: [UInt8]
  /// True when the broker had kept it from before the subscription.
  public var isRetained: Bool
  /// True when the broker had kept it for us since before this connection, or may have.
  public var isKept: Bool
  /// Seconds after which the broker would have dropped it (MQTT 5); nil where its sender set no limit.
  public var expirySeconds: UInt32?

  /// Makes a message.
  public init(
    topic: String, payload: [UInt8], isRetained: Bool, isKept: Bool = false,
    expirySeconds: UInt32? = nil
  ) {
    self.topic = topic
    self.payload = payload
    self.isRetained = isRetained
    self.isKept = isKept
    self.expirySeconds = expirySeconds
  }
}
