internal import CLinux
internal import Glibc

/// A serial port without hardware: what is written to one side is read from the other.
public struct PseudoTerminal: Sendable {
  /// The near side, in raw mode.
  public let master: OwnedDescriptor
  /// The path that the other program opens as its serial port.
  public let path: String
  /// Held open, so that the near side does not look hung up until the other program comes.
  private let far: OwnedDescriptor

  /// Opens a new pair.
  ///
  /// - Throws: `HostError` when the system has no pseudo terminal left.
  public init() throws(HostError) {
    var path = [CChar](repeating: 0, count: 64)
    let number = try HostError.check(
      unsafe clinux_pty_open(&path, path.count), "open a pseudo terminal")
    master = OwnedDescriptor(number: number)
    self.path = String(
      decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let slave = self.path
    far = OwnedDescriptor(
      number: try HostError.checkErrno("open \(slave)") {
        unsafe open(slave, O_RDWR | O_NOCTTY | O_CLOEXEC)
      })
  }
}
