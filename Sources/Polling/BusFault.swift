/// Why a port could not be opened.
public enum PortProblem: Hashable, Sendable {
  /// There is no such device file, or the host name has no address.
  case notFound
  /// The process may not use it.
  case permissionDenied
  /// Another program holds it.
  case inUse
  /// It is there and is no serial line.
  case notASerialLine
  /// The line settings are none that a serial port has.
  case unsupportedSettings
  /// The driver cannot switch the transmitter of an RS-485 line.
  case noDirectionControl
  /// The host refused the connection.
  case refused
  /// The host did not answer.
  case unreachable
  /// Anything else, as the operating system's error number.
  case other(Int32)
}

extension PortProblem {
  /// What a failed attempt to open a port means, by Linux's error number (asm-generic/errno.h).
  public init(openErrno number: Int32) {
    self =
      switch number {
      case 2, 6, 19, 20: .notFound  // ENOENT, ENXIO, ENODEV, ENOTDIR
      case 1, 13: .permissionDenied  // EPERM, EACCES
      case 11, 16: .inUse  // EAGAIN of a lock, EBUSY
      case 21, 25: .notASerialLine  // EISDIR, ENOTTY
      case 22: .unsupportedSettings  // EINVAL
      case 111: .refused  // ECONNREFUSED
      case 101, 110, 113: .unreachable  // ENETUNREACH, ETIMEDOUT, EHOSTUNREACH
      default: .other(number)
      }
  }
}

/// Everything that can go wrong on a bus.
public enum BusFault: Error, Hashable, Sendable {
  /// No complete answer came in time.
  case timeout
  /// The answer's checksum was wrong.
  case badChecksum
  /// The answer belonged to another request: function, length or transaction did not match.
  case unexpectedAnswer
  /// Another unit answered.
  case wrongUnit
  /// The device answered with this Modbus exception code.
  case exception(UInt8)
  /// What was written does not read back.
  case notVerified
  /// A device answers that is not the one of the profile: its identification does not match.
  case wrongDevice
  /// The line did not fall silent.
  case lineNeverIdle
  /// The port could not be opened.
  case portUnavailable(PortProblem)
  /// The open port failed, with the operating system's error number.
  case portLost(Int32)
}

extension BusFault {
  /// The other end of a connection had closed it before a request was sent (EPIPE): the device has not
  /// heard of the request.
  public static var closedBeforeSending: BusFault { .portLost(32) }

  /// A sentence for an operator, about the bus that is reached by `link`.
  public func explanation(link: Link) -> String { explanation(port: link.name) }

  /// A sentence for an operator, about the bus that is reached by `port`, a path or `host:port`.
  public func explanation(port: String) -> String {
    switch self {
    case .timeout: "no answer in time"
    case .badChecksum: "answer with a wrong checksum (noise, or two devices at once)"
    case .unexpectedAnswer: "answer does not fit the request"
    case .wrongUnit: "answer from another unit"
    case .exception(let code): "exception \(code) (\(Self.exceptionName(code)))"
    case .notVerified: "the written value does not read back"
    case .wrongDevice: "another device answers: its identification is not that of the profile"
    case .lineNeverIdle: "\(port): the line does not fall silent"
    case .portLost(104), .closedBeforeSending: "\(port): the other end closed the connection"
    case .portLost(let number): "\(port): the port was lost (errno \(number))"
    case .portUnavailable(let problem): "\(port): \(problem.explanation)"
    }
  }

  /// The name of a Modbus exception. Source: Modbus Application Protocol V1.1b3, section 7.
  static func exceptionName(_ code: UInt8) -> String {
    switch code {
    case 1: "illegal function"
    case 2: "illegal data address"
    case 3: "illegal data value"
    case 4: "device failure"
    case 5: "acknowledge"
    case 6: "device busy"
    case 7: "negative acknowledge"
    case 8: "memory parity error"
    case 10: "gateway path unavailable"
    case 11: "gateway target failed to respond"
    default: "unknown"
    }
  }
}

extension PortProblem {
  /// A sentence with the remedy, to stand behind the port's name.
  public var explanation: String {
    switch self {
    case .notFound: "no such port"
    case .permissionDenied: "permission denied: add the user to group dialout"
    case .inUse: "in use by another program"
    case .notASerialLine: "not a serial line"
    case .unsupportedSettings: "line settings that no serial port has"
    case .noDirectionControl:
      "its driver cannot switch the RS-485 transmitter: leave out rs485 where the adapter does"
        + " so by itself, as most on USB"
    case .refused: "connection refused"
    case .unreachable: "host does not answer"
    case .other(let number): "cannot be opened (errno \(number))"
    }
  }
}
