public import DetectionCore
internal import Glibc

/// Where the service manager that started this process, such as systemd, hears how the process does
/// (sd_notify(3)).
public struct NotifySocket: Sendable {
  /// What the service manager is told.
  public enum Message: Hashable, Sendable {
    /// The service has started.
    case ready
    /// The service goes on; expected again and again within `watchdogTime`.
    case alive
    /// The service ends in good order.
    case stopping
    /// How the service does, in a line for people.
    case status(String)

    fileprivate var text: String {
      switch self {
      case .ready: "READY=1"
      case .alive: "WATCHDOG=1"
      case .stopping: "STOPPING=1"
      case .status(let line): "STATUS=" + String(line.map { $0.isNewline ? " " : $0 })
      }
    }
  }

  /// The longest time without `alive` before the service is killed and started anew; nil where nobody watches.
  public let watchdogTime: TimeSpan?
  /// Its path, or `@` and a name.
  private let address: String
  private let socket: OwnedDescriptor

  /// The socket that the environment names; nil where there is none, or where it takes no datagrams.
  ///
  /// - Parameter variable: A variable of the environment by its name.
  public init?(environment variable: (String) -> String? = environmentVariable) {
    guard let address = variable("NOTIFY_SOCKET"), address.hasPrefix("/") || address.hasPrefix("@"),
      let socket = try? localSocket(.datagram, "speak to the service manager")
    else { return nil }
    self.address = address
    self.socket = socket
    // The watchdog of a parent process is not ours.
    let isMeant = variable("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
    let microseconds = variable("WATCHDOG_USEC").flatMap { Int64($0) }
    watchdogTime =
      if isMeant, let microseconds, microseconds > 0, microseconds < .max / 1_000 {
        TimeSpan(nanoseconds: microseconds * 1_000)
      } else { nil }
  }

  /// Tells the service manager something, without waiting. What does not arrive shows at the service manager itself, which
  /// misses it.
  ///
  /// - Returns: true when the message was handed over.
  @discardableResult
  public func tell(_ message: Message) -> Bool {
    let text = Array(message.text.utf8)
    let sent = unsafe withLocalAddress(address) { name, length in
      Int32(
        clamping: unsafe sendto(
          socket.number, text, text.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), name, length))
    }
    return sent == text.count
  }
}

/// A variable of this process's environment; nil where it is not set.
public func environmentVariable(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}
