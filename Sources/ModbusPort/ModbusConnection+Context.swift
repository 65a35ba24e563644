import CModbus
import DetectionCore
import DeviceProfiles
import Glibc
import Polling

extension ModbusConnection {
  /// A connected libmodbus context for the link.
  ///
  /// - Throws: `BusFault.portUnavailable`.
  static func connect(_ link: Link) throws(BusFault) -> OpaquePointer {
    switch link {
    case .serial(let path, let settings):
      // libmodbus would take, without a word, 9600 for a rate that it does not know.
      guard SerialSettings.rates.contains(settings.baud), (1...2).contains(settings.stopBits) else {
        throw .portUnavailable(.unsupportedSettings)
      }
      return try unsafe connected(makeRTU(path: path, settings))
    // Framed devices are not reached so; the site refuses it.
    case .rawTCP: throw .portUnavailable(.unsupportedSettings)
    case .tcp(let host, let port), .rtuOverTCP(let host, let port, _):
      let made = try unsafe connected(makeTCP(host: host, port: port))
      // A peer that vanished would otherwise keep the connection open for a quarter hour.
      var limit = Int32(clamping: unacknowledgedTimeout.nanoseconds / 1_000_000)
      unsafe setsockopt(
        modbus_get_socket(made), Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit,
        socklen_t(MemoryLayout<Int32>.size))
      return unsafe made
    }
  }

  private static func connected(_ made: OpaquePointer?) throws(BusFault) -> OpaquePointer {
    guard let made = unsafe made else { throw .portUnavailable(.unsupportedSettings) }
    let (seconds, microseconds) = PollingLimits.connectTimeout.timeval
    unsafe modbus_set_response_timeout(made, seconds, microseconds)
    guard unsafe modbus_connect(made) == 0 else {
      let number = errno
      unsafe modbus_free(made)
      throw .portUnavailable(PortProblem(openErrno: number))
    }
    return unsafe made
  }

  /// Names are resolved with each connection; an address needs none of what that takes.
  private static func makeTCP(host: String, port: UInt16) -> OpaquePointer? {
    var address = in_addr()
    return unsafe inet_pton(AF_INET, host, &address) == 1
      ? modbus_new_tcp(host, Int32(port)) : modbus_new_tcp_pi(host, String(port))
  }

  private static func makeRTU(path: String, _ settings: SerialSettings) -> OpaquePointer? {
    let parity: UnicodeScalar =
      switch settings.parity {
      case .none: "N"
      case .even: "E"
      case .odd: "O"
      }
    return unsafe modbus_new_rtu(
      path, Int32(settings.baud), CChar(truncatingIfNeeded: parity.value), 8,
      Int32(settings.stopBits))
  }

  /// Makes sure that the connected port can be used and locks a serial one; nil, or the error
  /// number of what is in the way.
  static func claim(_ context: OpaquePointer, of link: Link) -> Int32? {
    let descriptor = unsafe modbus_get_socket(context)
    // libmodbus waits for a connection with select, which writes beyond its set from 1024 on.
    guard descriptor >= 0, descriptor < 1024 else { return EMFILE }
    if case .serial = link, flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return errno }
    return nil
  }

  /// Closes and frees a connected context.
  static func release(_ context: OpaquePointer) {
    unsafe modbus_close(context)
    unsafe modbus_free(context)
  }
}

extension TimeSpan {
  /// Whole seconds and the microseconds beyond them, not negative.
  var timeval: (UInt32, UInt32) {
    let microseconds = max(0, nanoseconds) / 1000
    return (
      UInt32(clamping: microseconds / 1_000_000),
      UInt32(truncatingIfNeeded: microseconds % 1_000_000)
    )
  }
}
