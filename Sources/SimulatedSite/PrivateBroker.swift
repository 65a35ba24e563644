internal import DetectionCore
internal import Glibc
internal import LinuxHost

/// A mosquitto of the demo's own on the loopback, with its own folder; nobody else's broker is
/// touched.
public final class PrivateBroker: Sendable {
  /// The TCP port on 127.0.0.1.
  public let port: UInt16
  private let configuration: String
  private let process: ChildProcess

  /// Starts a broker and waits until it answers.
  ///
  /// - Parameters:
  ///   - folder: Takes its configuration and its store.
  ///   - port: The port to listen on; nil: any free one.
  /// - Throws: `PrivateBrokerError` with what to do about it.
  public init(folder: String, port: UInt16? = nil) throws {
    self.port = try port ?? freeLoopbackPort()
    guard !loopbackAnswers(port: self.port) else {
      throw PrivateBrokerError.portTaken(self.port)
    }
    configuration = "\(folder)/mosquitto.conf"
    if fileSize(configuration) == nil {
      // As root, mosquitto would become a user who may not write into the folder.
      let user = getuid() == 0 ? "user root\n" : ""
      try GrowingFile(creating: configuration).append(
        Array(
          """
          listener \(self.port) 127.0.0.1
          allow_anonymous true
          persistence true
          persistence_location \(folder)/
          autosave_interval 1
          autosave_on_changes true
          log_dest none
          \(user)
          """.utf8))
    }
    process = try ChildProcess([Self.program, "-c", configuration])
    try waitUntilAnswering()
  }

  /// Ends the broker in order; what it keeps stands in its folder.
  public func stop() { process.terminate() }

  /// Ends the broker as a crash would.
  public func kill() { process.kill() }

  /// True while the broker's process lives.
  public var isRunning: Bool { process.exit == nil }

  private func waitUntilAnswering() throws(PrivateBrokerError) {
    let clock = HostClock()
    let end = clock.now + .seconds(10)
    while !loopbackAnswers(port: port) {
      if let code = process.exit {
        throw code == 127 ? .notInstalled : .ended(code: code)
      }
      guard clock.now < end else {
        process.kill()
        throw .silent
      }
      clock.sleep(for: .milliseconds(20))
    }
  }

  /// Debian installs it where a plain user's PATH does not look.
  private static var program: String {
    fileSize("/usr/sbin/mosquitto") != nil ? "/usr/sbin/mosquitto" : "mosquitto"
  }
}

/// Why the private broker is not there.
public enum PrivateBrokerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No mosquitto on this machine.
  case notInstalled
  /// Somebody else listens on the port.
  case portTaken(UInt16)
  /// It ended at once.
  case ended(code: Int32)
  /// It did not answer within ten seconds.
  case silent

  /// One sentence for the user.
  public var description: String {
    switch self {
    case .notInstalled:
      "mosquitto is not installed; on Debian: apt-get install mosquitto"
    case .portTaken(let port):
      "port \(port) on 127.0.0.1 is taken; leave --port out to get a free one"
    case .ended(let code): "mosquitto ended at once with exit code \(code)"
    case .silent: "mosquitto did not answer within 10 s"
    }
  }
}
