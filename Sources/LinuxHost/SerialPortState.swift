internal import Glibc

/// What the system says of a serial port, without a byte being sent.
public struct SerialPortState: Hashable, Sendable {
  /// The path that was asked about.
  public var path: String
  /// The device file behind it, links followed; nil where nothing is there.
  public var device: String?
  /// True where it is a character device, as every serial port is.
  public var isCharacterDevice = false
  /// True where this process may read and write it.
  public var isPermitted = false
  /// The group that may use it, by name; nil where none may, or only that of the administrator.
  public var group: String?
  /// True where another program has locked it, as a gateway does.
  public var isLocked = false
  /// For how many milliseconds its USB adapter holds bytes back whatever a gateway asks for; nil
  /// where it does not, or the driver does not say.
  public var latencyMs: Int?
  /// Paths of the same port that stay when adapters are plugged in again, in another order.
  public var stablePaths: [String] = []

  /// Makes one out of what is known.
  public init(path: String, device: String? = nil) {
    self.path = path
    self.device = device
  }

  /// Looks at the port behind `path`.
  public init(of path: String) {
    self.path = path
    device = Self.resolved(path)
    var status = stat()
    guard let device, unsafe stat(path, &status) == 0 else { return }
    isCharacterDevice = status.st_mode & S_IFMT == S_IFCHR
    isPermitted = unsafe access(path, R_OK | W_OK) == 0
    if status.st_mode & 0o060 == 0o060, status.st_gid != 0 {
      group = unsafe getgrgid(status.st_gid).map { unsafe String(cString: $0.pointee.gr_name) }
    }
    if isCharacterDevice, isPermitted { isLocked = Self.isLocked(path) }
    // Where the driver knows of low latency, a gateway asks for it when it opens the port.
    if let latency = SerialLatency(port: path), latency.isLowWished == nil {
      latencyMs = latency.timerMs
    }
    stablePaths = Self.stableFolders.flatMap { folder in
      folderNames(folder).map { "\(folder)/\($0)" }.filter { Self.resolved($0) == device }
    }
  }

  /// The serial ports that can be seen, those with a stable path by that.
  public static var present: [String] {
    let stable = folderNames(stableFolders[0]).map { "\(stableFolders[0])/\($0)" }
    let known = stable.compactMap(resolved)
    let plain = folderNames("/dev").filter { name in
      ["ttyUSB", "ttyACM", "ttyAMA", "ttymxc", "ttySC"].contains { name.hasPrefix($0) }
    }.map { "/dev/\($0)" }
    return stable + plain.filter { !known.contains($0) }
  }

  /// True where the path may mean another adapter after the next start: USB ports are numbered as
  /// they come.
  public var isUnstable: Bool {
    guard path == device else { return false }
    return path.hasPrefix("/dev/ttyUSB") || path.hasPrefix("/dev/ttyACM")
  }

  private static var stableFolders: [String] { ["/dev/serial/by-id", "/dev/serial/by-path"] }

  private static func resolved(_ path: String) -> String? {
    guard let name = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(name) }
    return unsafe String(cString: name)
  }

  private static func isLocked(_ path: String) -> Bool {
    // Without O_NONBLOCK a port whose modem lines are not wired would wait for a carrier.
    let number = unsafe open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else { return errno == EBUSY }
    let descriptor = OwnedDescriptor(number: number)
    return flock(descriptor.number, LOCK_EX | LOCK_NB) != 0
  }
}
