import DetectionCore
import Glibc
import Polling

/// Opens TCP connections.
enum StreamSocket {
  /// The descriptor of a connection to the first address of `host` that answers.
  ///
  /// - Parameters:
  ///   - host: A name or an address.
  ///   - port: The TCP port.
  ///   - timeout: How long each address may take.
  static func open(host: String, port: UInt16, timeout: TimeSpan) throws(BusFault) -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0 else {
      throw .portUnavailable(.notFound)
    }
    defer { unsafe freeaddrinfo(list) }
    var number = EHOSTUNREACH
    var next = unsafe list
    while let address = unsafe next {
      let descriptor = unsafe connection(to: address.pointee, timeout: timeout, error: &number)
      if descriptor >= 0 { return descriptor }
      unsafe next = address.pointee.ai_next
    }
    throw .portUnavailable(PortProblem(openErrno: number))
  }

  private static func connection(
    to address: addrinfo, timeout: TimeSpan, error number: inout Int32
  ) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = unsafe socket(address.ai_family, type, address.ai_protocol)
    guard descriptor >= 0 else {
      number = errno
      return -1
    }
    number = 0
    if unsafe connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
      number = errno == EINPROGRESS ? outcome(of: descriptor, timeout: timeout) : errno
    }
    guard number == 0 else {
      close(descriptor)
      return -1
    }
    watch(descriptor)
    return descriptor
  }

  /// Waits for the end of a connection attempt; 0, or the error number.
  private static func outcome(of descriptor: Int32, timeout: TimeSpan) -> Int32 {
    var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    let milliseconds = Int32(clamping: timeout.nanoseconds / 1_000_000)
    guard unsafe poll(&waited, 1, milliseconds) > 0 else { return ETIMEDOUT }
    var number: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    let isKnown = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) == 0
    return isKnown ? number : errno
  }

  /// Has the kernel find out within about 15 s when the other end has vanished: a sensor that only
  /// sends would otherwise be waited for as long as the box runs.
  private static func watch(_ descriptor: Int32) {
    func set(_ level: Int32, _ name: Int32, _ value: Int32) {
      var value = value
      unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
    set(SOL_SOCKET, SO_KEEPALIVE, 1)
    set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 5)
    set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 3)
    set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 15_000)
  }
}
