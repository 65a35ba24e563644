import Glibc
import LinuxHost

/// Opens the far side of a terminal as another program would and reads `count` bytes.
func readAvailable(path: String, count: Int) throws -> [UInt8] {
  let far = OwnedDescriptor(number: unsafe open(path, O_RDWR | O_NOCTTY))
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 512)
  while bytes.count < count, let read = far.read(into: &block, timeoutMs: 5000), read > 0 {
    bytes.append(contentsOf: block[..<read])
  }
  return bytes
}

func openForWriting(_ path: String) throws -> OwnedDescriptor {
  OwnedDescriptor(number: unsafe open(path, O_WRONLY))
}
