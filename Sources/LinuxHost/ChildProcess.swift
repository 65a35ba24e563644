internal import CLinux
internal import Glibc
private import Synchronization

/// A program that this process started and ends again.
public final class ChildProcess: Sendable {
  /// The process id.
  public let processID: Int32
  private let exitCode: Mutex<Int32?> = Mutex(nil)

  /// Starts `arguments[0]`, found on PATH. It is sent SIGTERM when the calling thread ends.
  ///
  /// - Parameters:
  ///   - arguments: The program and its arguments.
  ///   - input: What it reads; nil for nothing.
  ///   - output: Takes its standard output and error; nil throws them away.
  ///   - hasErrors: Whether standard error goes there too.
  /// - Throws: `HostError` when no process can be made; a program that does not exist shows as exit
  ///   code 127.
  public init(
    _ arguments: [String], input: OwnedDescriptor? = nil, output: OwnedDescriptor? = nil,
    hasErrors: Bool = true
  ) throws(HostError) {
    var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { unsafe words.forEach { unsafe free($0) } }
    let stream = output?.number ?? -1
    processID = try HostError.check(
      unsafe clinux_spawn(words, input?.number ?? -1, stream, hasErrors ? stream : -1),
      "start \(arguments.first ?? "nothing")")
  }

  /// The exit code once it has ended (128 + signal when a signal ended it), or nil while it runs.
  public var exit: Int32? { reap(WNOHANG) }

  /// Waits for the end and returns the exit code.
  @discardableResult
  public func wait() -> Int32 { reap(0) ?? 127 }

  /// Asks it to end (SIGTERM) and waits.
  public func terminate() {
    send(SIGTERM)
    wait()
  }

  /// Ends it at once (SIGKILL), as a power cut would, and waits.
  public func kill() {
    send(SIGKILL)
    wait()
  }

  private func send(_ signal: Int32) {
    exitCode.withLock { code in
      if code == nil { _ = Glibc.kill(processID, signal) }
    }
  }

  private func reap(_ options: Int32) -> Int32? {
    exitCode.withLock { code in
      if code != nil { return code }
      var status: Int32 = 0
      guard unsafe waitpid(processID, &status, options) == processID else { return nil }
      let signal = status & 0x7f
      code = signal == 0 ? (status >> 8) & 0xff : 128 + signal
      return code
    }
  }
}

/// Runs a program to its end and returns what it wrote to its standard output and error.
///
/// - Parameters:
///   - arguments: The program and its arguments.
///   - maximumBytes: It is ended when it writes more than this.
/// - Throws: `HostError` when it cannot be started, fails or writes too much.
public func outputOf(_ arguments: [String], maximumBytes: Int = 256 << 20) throws(HostError)
  -> [UInt8]
{
  let near: OwnedDescriptor
  let child: ChildProcess
  do {
    // The far side is the child's alone once this scope ends, or the end would never be seen.
    let (kept, given) = try OwnedDescriptor.pair()
    near = kept
    child = try ChildProcess(arguments, output: given)
  }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 16)
  while let count = near.read(into: &block, timeoutMs: 1000) {
    bytes.append(contentsOf: block[..<count])
    guard bytes.count <= maximumBytes else {
      child.kill()
      throw HostError(attempt: "run \(arguments.joined(separator: " "))", code: EFBIG)
    }
  }
  let code = child.wait()
  guard code == 0 else {
    let words = String(decoding: bytes.suffix(200), as: UTF8.self)
    throw HostError(
      attempt: "run \(arguments.joined(separator: " ")) (exit code \(code), it said: \(words))",
      code: code == 127 ? ENOENT : EIO)
  }
  return bytes
}
