import CMosquitto
import Delivery

/// What the library has called back since the last `take`.
final class Inbox {
  private let version: ProtocolVersion
  private var incidents: [BrokerEvent] = []
  /// Why the connection was refused or ended, where the broker said so.
  private var verdict: BrokerError?
  private(set) var wasConnected = false
  /// The last error line of the library's log; it tells what went wrong with TLS.
  private(set) var complaint: String?
  /// Why OpenSSL refused the server's certificate, X509_V_OK while it did not.
  private(set) var verifyResult = X509_V_OK
  /// True when the TLS handshake was over at a line of the log.
  private(set) var wasSecured = false
  /// True when the certificate was another host's, which the library itself finds.
  private(set) var hasWrongName = false
  /// True when a whole packet has come since it was last made false.
  var hasProgressed = false
  /// QoS 1 messages on their way; the library also calls back for QoS 0.
  var unacknowledged: Set<Int32> = []
  /// Filters that the broker was asked for and has not answered, by the number of the packet.
  var filters: [Int32: String] = [:]
  /// What the broker says with each message for a subscription of this connection (MQTT 5): messages
  /// that it kept from before carry the identifier of an earlier connection.
  let identifier = UInt32.random(in: 1...268_435_455)
  /// True where the broker takes such identifiers.
  private(set) var knowsIdentifiers = false
  private var isSessionPresent = false

  init(version: ProtocolVersion) { self.version = version }

  func take() -> [BrokerEvent] {
    defer { incidents.removeAll(keepingCapacity: true) }
    return incidents
  }

  func end(because error: BrokerError) { incidents.append(.disconnected(verdict ?? error)) }

  private func connected(code: Int32, flags: Int32, knowsIdentifiers: Bool) {
    hasProgressed = true
    switch code {
    case 0:
      wasConnected = true
      self.knowsIdentifiers = version == .v5 && knowsIdentifiers
      isSessionPresent = flags & 1 != 0
      // Bit 0 of the CONNACK flags: Session Present (MQTT 5, 3.2.2.1.1).
      incidents.append(.connected(sessionPresent: flags & 1 != 0))
    case MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION.code where version == .v5:
      verdict = .versionRefused
    case MQTT_RC_BAD_USERNAME_OR_PASSWORD.code, MQTT_RC_NOT_AUTHORIZED.code, 4, 5:
      // 4 and 5 are the codes of MQTT 3.1.1 for the same two reasons.
      verdict = .notAuthorized(reason: describe(connack: code))
    default:
      verdict = .refused(reason: describe(connack: code))
    }
  }

  private func describe(connack code: Int32) -> String {
    version == .v5 ? reasonText(code) : unsafe String(cString: mosquitto_connack_string(code))
  }

  private func disconnected(code: Int32) {
    // Codes from 128 on are the broker's; smaller ones are the library's own, and come back as
    // results too.
    if code >= 128 { verdict = .refused(reason: reasonText(code)) }
  }

  private func published(packet: Int32, code: Int32) {
    guard unacknowledged.remove(packet) != nil else { return }
    hasProgressed = true
    let number = PacketNumber(rawValue: packet)
    incidents.append(
      code >= 128 ? .rejected(number, reason: reasonText(code)) : .acknowledged(number))
  }

  private func received(_ message: ReceivedMessage, identifier: UInt32?) {
    hasProgressed = true
    var message = message
    message.isKept = isSessionPresent && (!knowsIdentifiers || identifier != self.identifier)
    incidents.append(.message(message))
  }

  private func subscribed(packet: Int32, code: Int32) {
    hasProgressed = true
    guard let filter = filters.removeValue(forKey: packet) else { return }
    incidents.append(
      code >= 128
        ? .subscriptionRefused(filter: filter, reason: reasonText(code))
        : .subscribed(filter: filter))
  }

  private func logged(_ text: String, verifyResult: Int32, isSecured: Bool) {
    complaint = text
    if isSecured { wasSecured = true }
    if text.contains("host name verification failed") { hasWrongName = true }
    // The library's connection is gone when its function returns; only now can it be asked.
    if verifyResult != X509_V_OK { self.verifyResult = verifyResult }
  }

  /// Registers the callbacks; `handle` must have been made with an `Inbox` as its user data,
  /// which must outlive it.
  static func register(on handle: OpaquePointer) {
    unsafe mosquitto_connect_v5_callback_set(handle) { handle, context, code, flags, properties in
      var isAvailable: UInt8 = 1
      // A broker that does not say so takes identifiers (MQTT 5, 3.2.2.3.12).
      _ = unsafe mosquitto_property_read_byte(
        properties, MQTT_PROP_SUBSCRIPTION_ID_AVAILABLE.identifier, &isAvailable, false)
      unsafe Inbox.from(context)?.connected(
        code: code, flags: flags, knowsIdentifiers: isAvailable != 0)
      // What may go wrong with TLS has not; from now on the library would word every packet for us.
      if code == 0 { unsafe mosquitto_log_callback_set(handle, nil) }
    }
    unsafe mosquitto_disconnect_v5_callback_set(handle) { _, context, code, _ in
      unsafe Inbox.from(context)?.disconnected(code: code)
    }
    unsafe mosquitto_publish_v5_callback_set(handle) { _, context, packet, code, _ in
      unsafe Inbox.from(context)?.published(packet: packet, code: code)
    }
    unsafe mosquitto_subscribe_v5_callback_set(handle) { _, context, packet, count, codes, _ in
      let code = unsafe count > 0 ? codes?.pointee ?? 0 : 0
      unsafe Inbox.from(context)?.subscribed(packet: packet, code: code)
    }
    unsafe mosquitto_message_v5_callback_set(handle) { _, context, message, properties in
      guard let message = unsafe message?.pointee, let topic = unsafe message.topic else { return }
      let payload = unsafe UnsafeRawBufferPointer(
        start: message.payload, count: Int(message.payloadlen))
      var identifier: UInt32 = 0
      let isIdentified =
        unsafe mosquitto_property_read_varint(
          properties, MQTT_PROP_SUBSCRIPTION_IDENTIFIER.identifier, &identifier, false) != nil
      var expiry: UInt32 = 0
      let expires =
        unsafe mosquitto_property_read_int32(
          properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL.identifier, &expiry, false) != nil
      unsafe Inbox.from(context)?.received(
        ReceivedMessage(
          topic: String(cString: topic), payload: [UInt8](payload), isRetained: message.retain,
          expirySeconds: expires ? expiry : nil),
        identifier: isIdentified ? identifier : nil)
    }
    unsafe mosquitto_log_callback_set(handle) { handle, context, level, text in
      guard level == MOSQ_LOG_ERR, let text = unsafe text else { return }
      unsafe Inbox.from(context)?.logged(
        String(cString: text),
        verifyResult: Int32(truncatingIfNeeded: cmosquitto_verify_result(handle)),
        isSecured: cmosquitto_is_secured(handle) != 0)
    }
  }

  /// The inbox behind the user data that the library hands back.
  private static func from(_ context: UnsafeMutableRawPointer?) -> Inbox? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
  }
}

extension mqtt5_return_codes {
  fileprivate var code: Int32 { Int32(bitPattern: rawValue) }
}

private func reasonText(_ code: Int32) -> String {
  unsafe String(cString: mosquitto_reason_string(code))
}
