internal import CLinux
internal import Glibc

/// Has the driver of the open serial port `descriptor` switch the transmitter of its RS-485 line by
/// the RTS line.
///
/// - Parameters:
///   - descriptor: The port.
///   - isHighOnSend: Whether RTS is high while the port sends, or low.
///   - delayBeforeMs: How long the transmitter is on before the first bit, in milliseconds.
///   - delayAfterMs: How long it stays on behind the last bit, in milliseconds.
/// - Throws: `HostError` where the driver cannot, as those of most USB adapters, whose hardware
///   switches by itself.
public func controlTransmitter(
  of descriptor: Int32, isHighOnSend: Bool, delayBeforeMs: UInt32, delayAfterMs: UInt32
) throws(HostError) {
  _ = try HostError.check(
    clinux_rs485_enable(descriptor, isHighOnSend ? 1 : 0, delayBeforeMs, delayAfterMs),
    "let the driver switch the RS-485 transmitter")
}

/// Asks the driver of the open serial port `descriptor` to hand on bytes as they come. USB adapters
/// otherwise hold them back, those of FTDI for 16 ms, which costs more bus time than a short answer.
///
/// - Throws: `HostError` where the driver does not know the wish; it may then be quick all the same.
public func wishLowLatency(of descriptor: Int32) throws(HostError) {
  _ = try HostError.check(
    clinux_serial_set_low_latency(descriptor), "set a serial port to low latency")
}

/// What is known of how long a serial port holds back the bytes that it has received.
public struct SerialLatency: Hashable, Sendable {
  /// The device behind the port's path, such as `ttyUSB0`.
  public var device: String
  /// The driver of a USB adapter, such as `ftdi_sio`; nil for other ports.
  public var driver: String?
  /// How long the adapter waits for further bytes, in milliseconds; nil where it has no such timer.
  public var timerMs: Int?
  /// Whether the driver was asked to hand on bytes as they come; nil where it does not say so, or
  /// the port cannot be opened.
  public var isLowWished: Bool?

  /// True where an adapter with a timer waits for longer than 1 ms, the shortest that it can.
  public var isHigh: Bool { (timerMs ?? 0) > 1 }

  /// Asks the system about the serial port at `path`, which may be a symbolic link.
  ///
  /// - Parameters:
  ///   - path: The port.
  ///   - system: Where the kernel shows its devices.
  /// - Returns: nil where there is no such port.
  public init?(port path: String, system: String = "/sys") {
    var resolved = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard unsafe realpath(path, &resolved) != nil else { return nil }
    let name = String(
      decoding: resolved.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    device = String(name.split(separator: "/").last ?? "")
    let folder = "\(system)/bus/usb-serial/devices/\(device)"
    if let text = try? readFile("\(folder)/latency_timer", maximumBytes: 64) {
      let digits = String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }
      timerMs = Int(digits)
    }
    var link = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("\(folder)/driver", &link, link.count)
    if count > 0 {
      let target = String(decoding: link[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      driver = target.split(separator: "/").last.map(String.init)
    }
    let number = unsafe open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else { return }
    let descriptor = OwnedDescriptor(number: number)
    let flag = clinux_serial_is_low_latency(descriptor.number)
    isLowWished = flag < 0 ? nil : flag == 1
  }
}
