import CModbus
import DetectionCore
import DeviceProfiles
import Glibc
import Polling

extension ModbusConnection {
  /// A libmodbus context for the link, or nil where its settings cannot be.
  static func makeContext(_ link: BusLink) -> OpaquePointer? {
    switch link {
    case .serial(let path, let settings):
      // libmodbus would silently take 9600 for a rate that it does not know.
      guard knownRates.contains(settings.baud), (1...2).contains(settings.stopBits) else {
        return nil
      }
      let parity: UnicodeScalar =
        switch settings.parity {
        case .none: "N"
        case .even: "E"
        case .odd: "O"
        }
      return unsafe modbus_new_rtu(
        path, Int32(settings.baud), CChar(truncatingIfNeeded: parity.value), 8,
        Int32(settings.stopBits))
    case .tcp(let host, let port):
      return unsafe modbus_new_tcp_pi(host, String(port))
    }
  }

  /// The rates that the kernel and libmodbus both know and field devices use.
  private static var knownRates: [UInt32] {
    [
      300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200, 230_400, 460_800, 921_600,
    ]
  }

  /// Makes sure that the connected port can be used and locks a serial one; nil, or the error
  /// number of what is in the way.
  static func claim(_ context: OpaquePointer, isSerial: Bool) -> Int32? {
    let descriptor = unsafe modbus_get_socket(context)
    // libmodbus waits with select, which writes beyond its set for descriptors from 1024 on.
    guard descriptor >= 0, descriptor < 1024 else { return EMFILE }
    if isSerial, flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return errno }
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
