import CMosquitto
import Delivery
import Glibc

/// One library handle, used for one connection and then destroyed.
///
/// Safety: the handle is made in `init`, never leaves this file, and is destroyed in `deinit`. The
/// library calls back only from within its functions that are called here, so on the caller's
/// thread, and gives back the `Inbox` that `inbox` keeps alive as long as the handle.
@safe
final class Connection {
  private let handle: OpaquePointer
  private let inbox: Inbox
  let version: ProtocolVersion
  private let host: String
  private let usesTLS: Bool
  /// True once a TLS handshake is over.
  private var isSecured = false
  private var gate: ReceiveGate?
  private var budget: PacketBudget
  /// Beyond so many bytes that wait in the socket no telemetry is added: four seconds of a link of 2 kB/s.
  private static let telemetryInSocket = 8 << 10
  /// Telemetry that was sent since the kernel was asked how much waits.
  private var bytesSinceAsked = 0
  /// True while the kernel gathers what is sent in full packets.
  private var isGathering = false
  /// Whether receipt is told only when the next poll begins.
  private let storesFirst: Bool
  /// What the last message said of itself; most say the same.
  private var properties: Properties
  private var described: PropertiesKey?

  init(
    clientID: String, version: ProtocolVersion, cleanStart: Bool, plan: DestinationPlan,
    credentials: Credentials?, storesFirst: Bool = false
  ) throws(BrokerError) {
    guard Library.isReady else { throw .badSettings(reason: "libmosquitto does not start") }
    let inbox = Inbox(version: version)
    let context = unsafe Unmanaged.passUnretained(inbox).toOpaque()
    guard let handle = unsafe mosquitto_new(clientID, cleanStart, context) else {
      throw .badSettings(reason: "client id \"\(clientID)\" is not valid")
    }
    unsafe self.handle = handle
    self.inbox = inbox
    self.version = version
    host = plan.host
    self.storesFirst = storesFirst
    budget = PacketBudget(keepAliveSeconds: plan.keepAliveSeconds)
    usesTLS = plan.security != .none
    properties = Properties(version: version)
    unsafe Inbox.register(on: handle)
    try check(unsafe mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, version.rawValue))
    // A transition is one small packet; it shall not wait for a second one.
    try check(unsafe mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1))
    if let credentials {
      try check(
        unsafe mosquitto_username_pw_set(handle, credentials.username, credentials.password))
    }
    if case .tls(let authorities, let certificate, let key) = plan.security {
      let folder = authorities == nil ? Self.systemAuthorities : nil
      try check(unsafe mosquitto_tls_set(handle, authorities, folder, certificate, key, nil))
    }
  }

  /// Where Debian keeps the authorities that the system trusts.
  private static let systemAuthorities = "/etc/ssl/certs"

  deinit { unsafe mosquitto_destroy(handle) }

  func setWill(_ will: MQTTMessage, delaySeconds: UInt32) throws(BrokerError) {
    var properties = Properties(of: will, version: version)
    properties.add(MQTT_PROP_WILL_DELAY_INTERVAL, delaySeconds)
    let result = unsafe mosquitto_will_set_v5(
      handle, will.topic, Int32(will.payload.count), will.payload, Int32(will.quality.rawValue),
      will.isRetained, properties.list)
    guard result == MOSQ_ERR_SUCCESS.rawValue else {
      throw .badMessage(topic: will.topic, reason: describe(result))
    }
    // From here on the list is the library's.
    properties.giveAway()
  }

  func connect(to plan: DestinationPlan, keepsSession: Bool) throws(BrokerError) {
    if version == .v5 {
      var properties = Properties(version: version)
      properties.add(MQTT_PROP_MAXIMUM_PACKET_SIZE, UInt32(PacketBudget.maximumPacketBytes))
      if keepsSession {
        properties.add(MQTT_PROP_SESSION_EXPIRY_INTERVAL, DeliveryLimits.sessionExpirySeconds)
      }
      // The library (2.0) takes CONNECT properties only in its blocking call, but stores them
      // before it looks at the address: port 0 makes that call store them and nothing else. May go
      // when a non-blocking call takes properties.
      _ = unsafe mosquitto_connect_bind_v5(
        handle, plan.host, 0, Int32(plan.keepAliveSeconds), nil, properties.list)
    }
    errno = 0
    let result = unsafe mosquitto_connect_async(
      handle, plan.host, Int32(plan.port), Int32(plan.keepAliveSeconds))
    guard result == MOSQ_ERR_SUCCESS.rawValue else { throw failure(result, system: errno) }
    // A child process must not keep the connection open when we have closed it.
    _ = unsafe fcntl(mosquitto_socket(handle), F_SETFD, FD_CLOEXEC)
  }

  func publish(_ message: MQTTMessage) throws(BrokerError) -> PacketNumber {
    if unsafe mosquitto_want_write(handle) { throw .congested }
    // Telemetry leaves with what comes with it, at the latest with the next `poll`.
    if message.quality == .atMostOnce {
      try makeWay(for: message)
      gather(true)
    }
    let key = PropertiesKey(message)
    if described != key {
      properties = Properties(of: message, version: version)
      described = key
    }
    var packet: Int32 = 0
    let result = unsafe mosquitto_publish_v5(
      handle, &packet, message.topic, Int32(message.payload.count), message.payload,
      Int32(message.quality.rawValue), message.isRetained, properties.list)
    switch mosq_err_t(rawValue: numericCast(result)) {
    case MOSQ_ERR_SUCCESS: break
    case MOSQ_ERR_NO_CONN: throw .notConnected
    case MOSQ_ERR_INVAL, MOSQ_ERR_MALFORMED_UTF8, MOSQ_ERR_PAYLOAD_SIZE,
      MOSQ_ERR_OVERSIZE_PACKET, MOSQ_ERR_QOS_NOT_SUPPORTED, MOSQ_ERR_RETAIN_NOT_SUPPORTED:
      throw .badMessage(topic: message.topic, reason: describe(result))
    default: throw failure(result, system: errno)
    }
    if message.quality == .atLeastOnce {
      inbox.unacknowledged.insert(packet)
      gather(false)
    }
    return PacketNumber(rawValue: packet)
  }

  /// Refuses telemetry while what was handed to the kernel has not left: an event behind it would have to wait
  /// until a slow link has carried it. The kernel is asked once for so many bytes.
  private func makeWay(for message: MQTTMessage) throws(BrokerError) {
    bytesSinceAsked += message.payload.count
    guard bytesSinceAsked >= Self.telemetryInSocket / 4 else { return }
    gather(false)
    var unsent: Int32 = 0
    guard unsafe ioctl(mosquitto_socket(handle), UInt(TIOCOUTQ), &unsent) == 0 else { return }
    guard unsent < Self.telemetryInSocket else { throw .congested }
    bytesSinceAsked = 0
  }

  func subscribe(to filter: String) throws(BrokerError) {
    var properties = Properties(version: version)
    if inbox.knowsIdentifiers {
      properties.addVariable(MQTT_PROP_SUBSCRIPTION_IDENTIFIER, inbox.identifier)
    }
    var packet: Int32 = 0
    let result = unsafe mosquitto_subscribe_v5(handle, &packet, filter, 1, 0, properties.list)
    if result == MOSQ_ERR_SUCCESS.rawValue { inbox.filters[packet] = filter }
    guard result == MOSQ_ERR_SUCCESS.rawValue else {
      throw result == MOSQ_ERR_NO_CONN.rawValue
        ? .notConnected : .badMessage(topic: filter, reason: describe(result))
    }
  }

  func poll(milliseconds: Int32, wakeDescriptor: Int32?) -> [BrokerEvent] {
    gather(false)
    errno = 0
    // Whoever stores first has stored what the last poll gave: receipt may be told. While the library reads it
    // can write nothing (`ReceiveGate`), so that what it wants to say of what it reads now waits as well.
    var result = tellsLater ? writeAndKeepAlive(when: 0) : 0
    let ready = waitFor(
      socket: unsafe mosquitto_socket(handle),
      wantsWrite: unsafe mosquitto_want_write(handle),
      wakeDescriptor: wakeDescriptor, milliseconds: milliseconds)
    // An error or a hang-up is found by reading.
    var isTooLarge = false
    if result == 0, ready & ~Int16(POLLOUT) != 0 { (result, isTooLarge) = read(when: ready) }
    if result == 0, !tellsLater { result = writeAndKeepAlive(when: ready) }
    let isClosed = unsafe mosquitto_socket(handle) < 0
    if usesTLS, !isSecured { isSecured = unsafe cmosquitto_is_secured(handle) != 0 }
    if isTooLarge {
      let size = PacketBudget.maximumPacketBytes
      inbox.end(because: .lost(reason: "the broker sent a packet of more than \(size) bytes"))
    } else if result != 0 || isClosed {
      inbox.end(because: failure(result, system: errno))
    }
    return inbox.take()
  }

  /// True where a message may have come whose receipt is not told yet: never before the broker has accepted us.
  private var tellsLater: Bool { storesFirst && inbox.wasConnected }

  /// Sends what the library could not write while it read, at once, and what keeps the connection alive.
  private func writeAndKeepAlive(when ready: Int16) -> Int32 {
    let mayWrite =
      unsafe ready & Int16(POLLOUT) != 0 || (inbox.wasConnected && mosquitto_want_write(handle))
    let result = unsafe mayWrite ? mosquitto_loop_write(handle, 1) : 0
    return unsafe result == 0 ? mosquitto_loop_misc(handle) : result
  }

  /// Reads what has come; before a TLS handshake is over, whose size OpenSSL bounds, as the library does.
  private func read(when ready: Int16) -> (result: Int32, isTooLarge: Bool) {
    let socket = unsafe mosquitto_socket(handle)
    if gate == nil, socket >= 0, isSecured || !usesTLS { gate = ReceiveGate(socket: socket) }
    // To read an error is to take it away, and it is the library's.
    let hasFailed = ready & Int16(POLLERR) != 0
    guard gate != nil, !hasFailed else { return unsafe (mosquitto_loop_read(handle, 1), false) }
    inbox.hasProgressed = false
    guard let (result, bytes) = unsafe gate?.read(with: handle) else { return (0, false) }
    let isAgreed = budget.received(
      bytes, endsPacket: inbox.hasProgressed, seconds: monotonicSeconds())
    return (result, !isAgreed)
  }

  /// Sends what waits to be sent, within a second; false where the network does not take it.
  func flush() -> Bool {
    gather(false)
    var remaining = 10
    while unsafe mosquitto_want_write(handle), remaining > 0 {
      remaining -= 1
      let ready = waitFor(
        socket: unsafe mosquitto_socket(handle), wantsWrite: true, wakeDescriptor: nil,
        milliseconds: 100)
      if ready & Int16(POLLOUT) != 0, unsafe mosquitto_loop_write(handle, 1) != 0 { return false }
    }
    return unsafe !mosquitto_want_write(handle)
  }

  /// True while the broker has accepted us and owes us nothing.
  var isIdle: Bool { inbox.wasConnected && inbox.unacknowledged.isEmpty }

  /// True while the network has made the connection and the broker has not answered on it.
  var isUnanswered: Bool {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isMade = unsafe withUnsafeMutableBytes(of: &address) { buffer in
      unsafe getpeername(
        mosquitto_socket(handle), buffer.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        &length)
    }
    return !inbox.wasConnected && isMade == 0 && (isSecured || !usesTLS)
  }

  /// Ends the connection; the broker drops the last will, or publishes it where it can be told to (MQTT 5).
  func disconnect(publishesWill: Bool) {
    let reason = publishesWill ? MQTT_RC_DISCONNECT_WITH_WILL_MSG : MQTT_RC_NORMAL_DISCONNECTION
    // The library sends the reason with MQTT 5 alone.
    _ = unsafe mosquitto_disconnect_v5(handle, Int32(bitPattern: reason.rawValue), nil)
  }

  /// Has the kernel keep small writes back until there is a packet full of them, or sends what it kept.
  /// A library call writes each message by itself, and each would otherwise travel alone.
  private func gather(_ isGathering: Bool) {
    guard self.isGathering != isGathering else { return }
    self.isGathering = isGathering
    var value: Int32 = isGathering ? 1 : 0
    // Where the kernel refuses, messages travel alone as before.
    _ = unsafe setsockopt(
      mosquitto_socket(handle), Int32(IPPROTO_TCP), TCP_CORK, &value,
      socklen_t(MemoryLayout<Int32>.size))
  }

  /// What a result of the library, and the system's error beside it, mean for the connection.
  private func failure(_ result: Int32, system: Int32) -> BrokerError {
    ConnectionFailure(
      result: result, system: system, inbox: inbox, version: version, host: host,
      isSecured: isSecured, usesTLS: usesTLS
    ).error
  }

  private func check(_ result: Int32) throws(BrokerError) {
    guard result == MOSQ_ERR_SUCCESS.rawValue else {
      throw .badSettings(reason: describe(result))
    }
  }
}

/// libmosquitto itself.
enum Library {
  /// True when the library has been set up; done once, by the first user.
  static let isReady = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.rawValue
}

/// The library's words for a result of its functions.
func describe(_ result: Int32) -> String { unsafe String(cString: mosquitto_strerror(result)) }
