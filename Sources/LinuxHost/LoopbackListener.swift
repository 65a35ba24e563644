internal import Glibc

/// Accepts TCP connections on a port of the loopback.
public struct LoopbackListener: Sendable {
  /// Readable while a connection waits to be accepted.
  public let descriptor: OwnedDescriptor
  /// Its port.
  public let port: UInt16

  /// Listens on `port`; nil: on any free one.
  ///
  /// - Throws: `HostError`, such as EADDRINUSE, or EACCES for a port below 1024.
  public init(port: UInt16? = nil) throws(HostError) {
    let attempt = "listen on port \(port.map(String.init) ?? "of the loopback")"
    let number = try HostError.checkErrno(attempt) {
      socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }
    let descriptor = OwnedDescriptor(number: number)
    // A port that was just left can be taken again at once.
    var isReused: Int32 = 1
    _ = unsafe setsockopt(
      number, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<Int32>.size))
    var address = loopbackAddress(port: port ?? 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = try HostError.checkErrno(attempt) {
      unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
          unsafe bind(number, generic, length) == 0 && listen(number, 8) == 0
            ? unsafe getsockname(number, generic, &length) : -1
        }
      }
    }
    descriptor.stopWaiting()
    self.descriptor = descriptor
    self.port = UInt16(bigEndian: address.sin_port)
  }

  /// The connection that waits, set to send small frames at once; nil where none does.
  public func accept() -> OwnedDescriptor? {
    let number = Glibc.accept(descriptor.number, nil, nil)
    guard number >= 0 else { return nil }
    let peer = OwnedDescriptor(number: number)
    peer.stopWaiting()
    var isImmediate: Int32 = 1
    _ = unsafe setsockopt(
      number, Int32(IPPROTO_TCP), TCP_NODELAY, &isImmediate, socklen_t(MemoryLayout<Int32>.size))
    return peer
  }
}
