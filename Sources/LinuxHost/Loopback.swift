internal import Glibc

/// True when somebody accepts connections on `port` of the loopback.
public func loopbackAnswers(port: UInt16) -> Bool {
  let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  guard number >= 0 else { return false }
  let descriptor = OwnedDescriptor(number: number)
  var address = loopbackAddress(port: port)
  return unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
      unsafe connect(
        descriptor.number, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}

func loopbackAddress(port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  address.sin_port = port.bigEndian
  return address
}

/// A TCP port on the loopback that was free a moment ago.
///
/// - Throws: `HostError` when the system has none.
public func freeLoopbackPort() throws(HostError) -> UInt16 {
  let number = try HostError.checkErrno("make a socket") {
    socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  }
  let descriptor = OwnedDescriptor(number: number)
  var address = loopbackAddress(port: 0)
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  _ = try HostError.checkErrno("find a free port") {
    unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(descriptor.number, generic, length) == 0
          ? unsafe getsockname(descriptor.number, generic, &length) : -1
      }
    }
  }
  return UInt16(bigEndian: address.sin_port)
}
