import DeviceProfiles
import Glibc
import Polling

/// Opens serial ports for bytes as they are.
enum SerialPort {
  /// The descriptor of the port at `path`, locked and with these settings.
  static func open(
    path: String, _ settings: SerialSettings, prepare: (Int32) -> PortProblem?
  ) throws(BusFault) -> Int32 {
    guard let speed = speeds.first(where: { $0.baud == settings.baud })?.code,
      (1...2).contains(settings.stopBits)
    else { throw .portUnavailable(.unsupportedSettings) }
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .portUnavailable(PortProblem(openErrno: errno)) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, apply(settings, speed, to: descriptor) else {
      let number = errno
      close(descriptor)
      throw .portUnavailable(PortProblem(openErrno: number))
    }
    if let refusal = prepare(descriptor) {
      close(descriptor)
      throw .portUnavailable(refusal)
    }
    tcflush(descriptor, TCIOFLUSH)
    return descriptor
  }

  private static func apply(
    _ settings: SerialSettings, _ speed: speed_t, to descriptor: Int32
  ) -> Bool {
    var line = termios()
    guard unsafe tcgetattr(descriptor, &line) == 0 else { return false }
    unsafe cfmakeraw(&line)
    line.c_cflag |= tcflag_t(CLOCAL | CREAD)
    line.c_cflag &= ~(tcflag_t(CSTOPB | PARENB | PARODD) | tcflag_t(CRTSCTS))
    if settings.stopBits == 2 { line.c_cflag |= tcflag_t(CSTOPB) }
    if settings.parity != .none {
      // A byte whose parity is wrong becomes 0, which no line of text may hold.
      line.c_cflag |= tcflag_t(PARENB)
      line.c_iflag |= tcflag_t(INPCK)
    }
    if settings.parity == .odd { line.c_cflag |= tcflag_t(PARODD) }
    guard unsafe cfsetispeed(&line, speed) == 0, unsafe cfsetospeed(&line, speed) == 0 else {
      return false
    }
    return unsafe tcsetattr(descriptor, TCSANOW, &line) == 0
  }

  /// The kernel's codes for the rates of `SerialSettings.rates`.
  private static var speeds: [(baud: UInt32, code: speed_t)] {
    [
      (300, speed_t(B300)), (600, speed_t(B600)), (1200, speed_t(B1200)),
      (2400, speed_t(B2400)), (4800, speed_t(B4800)), (9600, speed_t(B9600)),
      (19200, speed_t(B19200)), (38400, speed_t(B38400)), (57600, speed_t(B57600)),
      (115_200, speed_t(B115200)), (230_400, speed_t(B230400)), (460_800, speed_t(B460800)),
      (921_600, speed_t(B921600)),
    ]
  }
}
