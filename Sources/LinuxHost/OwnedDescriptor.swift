internal import CLinux
public import DetectionCore
internal import Glibc

/// A file descriptor that is closed when its owner goes.
public final class OwnedDescriptor: Sendable {
  /// The descriptor's number, valid as long as the owner lives.
  public let number: Int32
  private let isSocket: Bool

  /// Takes over `number`.
  public init(number: Int32) {
    self.number = number
    var status = stat()
    isSocket = unsafe fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
  }

  deinit { close(number) }

  /// Reads what is there into `buffer`, waiting up to `timeoutMs`.
  ///
  /// - Returns: the number of bytes read; 0 when the time was up; nil when the other side is gone.
  public func read(into buffer: inout [UInt8], timeoutMs: Int32) -> Int? {
    var waited = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&waited, 1, timeoutMs) > 0 else { return 0 }
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe Glibc.read(number, bytes.baseAddress, bytes.count)
    }
    if count > 0 { return count }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : nil
  }

  /// Writes all of `bytes`. The other side of a socket that is gone raises no SIGPIPE, whatever the
  /// process does about that signal.
  ///
  /// - Throws: `HostError` when the other side is gone or no room is left.
  public func write(_ bytes: some Collection<UInt8>) throws(HostError) {
    let contiguous = [UInt8](bytes)
    var written = 0
    while written < contiguous.count {
      written += try HostError.checkErrno("write \(contiguous.count) bytes") {
        unsafe contiguous.withUnsafeBytes { buffer in
          let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
          return isSocket
            ? unsafe send(number, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            : unsafe Glibc.write(number, rest.baseAddress, rest.count)
        }
      }
    }
  }

  /// From now on a write that finds no room fails instead of waiting for it.
  public func stopWaiting() {
    // The flags of an open descriptor can always be read and set.
    _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
  }

  /// Two connected descriptors (a Unix stream socket pair): what is written to one is read from
  /// the other.
  ///
  /// - Throws: `HostError` when the process is out of descriptors.
  public static func pair() throws(HostError) -> (OwnedDescriptor, OwnedDescriptor) {
    var numbers: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    _ = try HostError.checkErrno("make a socket pair") {
      unsafe socketpair(AF_UNIX, type, 0, &numbers)
    }
    return (OwnedDescriptor(number: numbers[0]), OwnedDescriptor(number: numbers[1]))
  }
}

/// Waits until at least one of `descriptors` has something to read or is gone.
///
/// - Returns: the places of those that have, in order; empty when `timeoutMs` was up.
public func readable(_ descriptors: [OwnedDescriptor], timeoutMs: Int32) -> [Int] {
  readable(descriptors, timeout: .milliseconds(Int64(timeoutMs)))
}

/// Waits until at least one of `descriptors` has something to read or is gone.
///
/// - Returns: the places of those that have, in order; empty when `timeout` of real time was up.
public func readable(_ descriptors: [OwnedDescriptor], timeout: TimeSpan) -> [Int] {
  var waited = descriptors.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
  guard unsafe clinux_poll(&waited, waited.count, max(0, timeout.nanoseconds)) > 0 else {
    return []
  }
  return waited.indices.filter { waited[$0].revents != 0 }
}
