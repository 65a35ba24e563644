import CMosquitto
import Glibc

/// Hands the library (2.0) what the broker sent in small portions, so that a packet which is larger than
/// agreed is cut off before memory grows.
///
/// The library allots as many bytes as a packet's length announces, and reads until nothing is left: a
/// fast peer fills 200 MB within one call. It can read from its own descriptor only. So while it reads, the
/// connection's place in the descriptor table is taken by one end of a pair of sockets, which
/// holds one portion. What the library wants to write meanwhile is refused as by a full network, and
/// it writes that to the connection afterwards.
///
/// Safety: only the thread that drives the connection uses the descriptor, and the library's is put back
/// before anything else can. Where the library closes it meanwhile, it is not touched again.
struct ReceiveGate: ~Copyable {
  /// The connection, under a number of our own.
  private let connection: Int32
  /// The end that the library reads, and ours.
  private let inner: Int32
  private let outer: Int32

  /// The most that the library gets at once: the largest record of TLS, with room.
  static let portion = 20 << 10

  /// Nil where the system has no more descriptors.
  init?(socket: Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    let connection = fcntl(socket, F_DUPFD_CLOEXEC, 0)
    guard connection >= 0 else {
      for end in ends { close(end) }
      return nil
    }
    self.connection = connection
    inner = ends[0]
    outer = ends[1]
    // Whatever the library writes here would be lost: it is full from the beginning.
    var least: Int32 = 1
    _ = unsafe setsockopt(
      inner, SOL_SOCKET, SO_SNDBUF, &least, socklen_t(MemoryLayout<Int32>.size))
    let filler = [UInt8](repeating: 0, count: 4096)
    while unsafe send(inner, filler, filler.count, Int32(MSG_NOSIGNAL)) > 0 {}
  }

  deinit {
    close(connection)
    close(inner)
    close(outer)
  }

  /// Lets the library read one portion of what has come; gives its result and the portion's bytes.
  func read(with handle: OpaquePointer) -> (result: Int32, bytes: Int) {
    var bytes = [UInt8](repeating: 0, count: Self.portion)
    let count = unsafe recv(connection, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    let socket = unsafe mosquitto_socket(handle)
    guard count > 0, socket >= 0 else {
      // The connection's end, and an error, are the library's to find.
      return unsafe (mosquitto_loop_read(handle, 1), 0)
    }
    guard unsafe send(outer, bytes, count, Int32(MSG_NOSIGNAL)) == count,
      cmosquitto_put_in_place(inner, socket) >= 0
    else { return (Int32(MOSQ_ERR_NOMEM.rawValue), count) }
    var result: Int32 = 0
    var left: Int32 = .max
    // A call of the library may leave packets behind; one that takes nothing waits for something else.
    while result == 0, left > 0, unsafe mosquitto_socket(handle) == socket {
      let before = left
      result = unsafe mosquitto_loop_read(handle, 1)
      guard unsafe ioctl(inner, UInt(FIONREAD), &left) == 0, left < before else { break }
    }
    if unsafe mosquitto_socket(handle) == socket {
      _ = cmosquitto_put_in_place(connection, socket)
    }
    return (result, count)
  }
}
