import Glibc
package import LinuxHost

/// There is no free port on the loopback.
package struct NoListeningPort: Error { var errorNumber = errno }

/// A listener on a free port of the loopback.
package func listeningPort() throws -> (OwnedDescriptor, UInt16) {
  let listener = OwnedDescriptor(number: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
      unsafe bind(listener.number, raw, length) == 0 && listen(listener.number, 4) == 0
        && getsockname(listener.number, raw, &length) == 0
    }
  }
  guard isBound else { throw NoListeningPort() }
  return (listener, UInt16(bigEndian: address.sin_port))
}
