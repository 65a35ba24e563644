import CMosquitto
import Delivery

/// A list of MQTT 5 properties; stays empty for older versions, which have none.
///
/// Safety: the list is made by the library and freed here exactly once, unless `giveAway` has
/// handed it to the library.
@safe
struct Properties: ~Copyable {
  private(set) var list: OpaquePointer?
  private let version: ProtocolVersion

  init(version: ProtocolVersion) {
    unsafe list = nil
    self.version = version
  }

  /// What a message says of itself.
  init(of message: MQTTMessage, version: ProtocolVersion) {
    self.init(version: version)
    guard version == .v5 else { return }
    // 1: the payload is UTF-8 text (MQTT 5, 3.3.2.3.2).
    unsafe mosquitto_property_add_byte(&list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR.identifier, 1)
    unsafe mosquitto_property_add_string(
      &list, MQTT_PROP_CONTENT_TYPE.identifier, message.contentType)
    if let seconds = message.expirySeconds { add(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, seconds) }
    let label = [
      ("schema", message.label.schema), ("site", message.label.site),
      ("mode", message.label.mode.rawValue),
    ]
    for (name, value) in label {
      unsafe mosquitto_property_add_string_pair(
        &list, MQTT_PROP_USER_PROPERTY.identifier, name, value)
    }
  }

  deinit {
    var list = unsafe list
    unsafe mosquitto_property_free_all(&list)
  }

  mutating func add(_ property: mqtt5_property, _ value: UInt32) {
    guard version == .v5 else { return }
    unsafe mosquitto_property_add_int32(&list, property.identifier, value)
  }

  mutating func addVariable(_ property: mqtt5_property, _ value: UInt32) {
    guard version == .v5 else { return }
    unsafe mosquitto_property_add_varint(&list, property.identifier, value)
  }

  /// The library frees the list from now on.
  mutating func giveAway() { unsafe list = nil }
}

/// That of a message on which its properties depend.
struct PropertiesKey: Equatable {
  private let contentType: String
  private let expirySeconds: UInt32?
  private let label: PayloadLabel

  init(_ message: MQTTMessage) {
    contentType = message.contentType
    expirySeconds = message.expirySeconds
    label = message.label
  }
}

extension mqtt5_property {
  var identifier: Int32 { Int32(bitPattern: rawValue) }
}
