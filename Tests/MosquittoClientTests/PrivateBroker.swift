import Foundation
import LinuxHost
import Testing

/// A mosquitto of the test's own: on the loopback, on a free port, in a temporary folder. Both
/// end with the value.
final class PrivateBroker {
  static let executable = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }
  static let absence = "skipped: mosquitto is not installed (apt install mosquitto)"

  struct NoAnswer: Error {}

  let folder: String
  let port: UInt16
  private var process: ChildProcess?

  /// Starts a broker whose configuration has `settings` besides the listener; `prepare` may put
  /// files into its folder before.
  init(
    settings: [String] = ["allow_anonymous true"],
    prepare: (_ folder: String) throws -> Void = { _ in }
  ) throws {
    folder = try makeTemporaryFolder(prefix: "nomori-broker")
    port = try freeLoopbackPort()
    try prepare(folder)
    let lines =
      ["listener \(port) 127.0.0.1", "persistence true", "persistence_location \(folder)/"]
      + settings.map { $0.replacing("FOLDER", with: folder) }
    let configuration = lines.joined(separator: "\n") + "\n"
    try configuration.write(toFile: folder + "/mosquitto.conf", atomically: true, encoding: .utf8)
    // Run by root, mosquitto becomes another user, who must be able to write here.
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
    try start()
  }

  deinit {
    kill()
    removeFolder(folder)
  }

  /// Starts the broker, and waits until it listens.
  func start() throws {
    let process = try ChildProcess([
      try #require(Self.executable), "-c", folder + "/mosquitto.conf",
    ])
    self.process = process
    let deadline = ContinuousClock.now + .seconds(10)
    while !loopbackAnswers(port: port) {
      guard process.exit == nil, ContinuousClock.now < deadline else { throw NoAnswer() }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  /// Ends the broker without giving it time for anything.
  func kill() { process?.kill() }

  /// Ends the broker in order, so that it saves its state.
  func stop() { process?.terminate() }
}
