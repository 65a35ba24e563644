internal import Glibc

/// Accepts connections of programs on the same machine at a path of the file system, which only
/// its owner and root may use.
public final class LocalListener: Sendable {
  /// Readable while a connection waits to be accepted, and after `stop`.
  public let descriptor: OwnedDescriptor
  private let path: String

  /// Listens at `path`; a socket that stands there already is replaced, anything else is not.
  ///
  /// - Throws: `HostError`, such as EADDRINUSE where something else stands there, ENOENT or EACCES.
  public init(path: String) throws(HostError) {
    let attempt = "listen at \(path)"
    let descriptor = try localSocket(.stream, attempt)
    removeSocket(path)
    _ = try HostError.checkErrno(attempt) {
      unsafe withLocalAddress(path) { unsafe bind(descriptor.number, $0, $1) }
    }
    // Nobody can connect before it listens, so nobody slips in before the mode is set.
    _ = try HostError.checkErrno(attempt) {
      unsafe chmod(path, S_IRUSR | S_IWUSR) == 0 ? listen(descriptor.number, 4) : -1
    }
    descriptor.stopWaiting()
    self.descriptor = descriptor
    self.path = path
  }

  deinit { removeSocket(path) }

  /// The connection that waits, with as much room for what is written as the system gives: a write
  /// beyond it fails, so that no reader can make the writer wait. Nil where none does.
  public func accept() -> OwnedDescriptor? {
    let number = Glibc.accept(descriptor.number, nil, nil)
    guard number >= 0 else { return nil }
    let peer = OwnedDescriptor(number: number)
    peer.stopWaiting()
    var room: Int32 = 1 << 20
    _ = unsafe setsockopt(
      number, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    return peer
  }

  /// Accepts nobody any more; ends the wait of whoever waits for a connection.
  public func stop() { shutdown(descriptor.number, Int32(SHUT_RDWR)) }
}

/// A connection to the program that listens at `path`.
///
/// - Throws: `HostError`: ENOENT or ECONNREFUSED where nobody listens, EACCES where this user may not
///   connect.
public func connectLocally(_ path: String) throws(HostError) -> OwnedDescriptor {
  let attempt = "connect to \(path)"
  let descriptor = try localSocket(.stream, attempt)
  _ = try HostError.checkErrno(attempt) {
    unsafe withLocalAddress(path) { unsafe connect(descriptor.number, $0, $1) }
  }
  return descriptor
}

/// What a socket carries.
enum LocalSocketKind {
  case stream
  case datagram

  fileprivate var type: Int32 {
    switch self {
    case .stream: Int32(SOCK_STREAM.rawValue)
    case .datagram: Int32(SOCK_DGRAM.rawValue)
    }
  }
}

/// A socket without an address.
func localSocket(
  _ kind: LocalSocketKind, _ attempt: String
) throws(HostError) -> OwnedDescriptor {
  OwnedDescriptor(
    number: try HostError.checkErrno(attempt) {
      socket(AF_UNIX, kind.type | Int32(SOCK_CLOEXEC.rawValue), 0)
    })
}

/// Calls `body` with the address of the socket at `path`, which with `@` in front is no path but a name of
/// Linux's own (unix(7), "abstract"); -1 and ENAMETOOLONG where it has more bytes than an address holds, 107.
func withLocalAddress(
  _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
    guard path.utf8.count < room.count else { return false }
    unsafe room.copyBytes(from: path.utf8)
    return true
  }
  guard fits else {
    errno = ENAMETOOLONG
    return -1
  }
  var length = MemoryLayout<sockaddr_un>.size
  if path.hasPrefix("@") {
    // Such a name has no end but the address's.
    address.sun_path.0 = 0
    length = MemoryLayout<sa_family_t>.size + path.utf8.count
  }
  return unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe body($0, socklen_t(length))
    }
  }
}

private func removeSocket(_ path: String) {
  var status = stat()
  guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
  removeFile(path)
}
