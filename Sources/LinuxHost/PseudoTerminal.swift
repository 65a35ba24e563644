internal import CLinux
internal import Glibc

/// A serial port without hardware: what is written to one side is read from the other.
public struct PseudoTerminal: Sendable {
  /// The near side, in raw mode.
  public let master: OwnedDescriptor
  /// The path that the other program opens as its serial port.
  public let path: String
  /// The parity bit that a program wants on its serial port.
  public enum Parity: Sendable {
    case none, odd, even
  }

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

  /// Bits per second and parity, as the other program has set them last; nil where they cannot be told.
  ///
  /// A pseudo terminal carries no parity bit: a program that does not check parity counts as one
  /// without it.
  public var line: (baud: UInt32, parity: Parity)? {
    var baud: UInt32 = 0
    var parity: Int32 = 0
    guard unsafe clinux_pty_settings(master.number, &baud, &parity) == 0 else { return nil }
    return (baud, parity == 0 ? .none : parity == 1 ? .odd : .even)
  }
}
