public import DetectionCore
import Glibc
public import Polling

/// A serial port or a TCP connection on which bytes are sent and heard as they are.
///
/// Only opening a TCP connection can take long: at most `PollingLimits.connectTimeout` for each
/// address of the host, plus the resolution of its name. Made and used on one thread.
public struct FramedConnection: ~Copyable, ByteLine {
  /// What is connected to.
  public let link: Link
  /// A descriptor whose being readable ends the wait for bytes; -1 for none.
  private let interruption: Int32
  private let prepare: @Sendable (_ descriptor: Int32) -> PortProblem?
  private var descriptor: Int32 = -1

  /// Longest wait for a line that takes no bytes: the time of its longest request at 300 baud.
  static var sendTimeout: TimeSpan { .seconds(20) }

  /// Makes a connection that is not open yet.
  ///
  /// - Parameters:
  ///   - link: What to connect to.
  ///   - interruption: A descriptor, such as a wake signal's, that ends a wait when it is readable.
  ///   - prepare: Called with the descriptor of a serial port that was just opened; gives what
  ///     forbids using the port, or nil.
  public init(
    link: Link, interruption: Int32? = nil,
    prepare: @escaping @Sendable (_ descriptor: Int32) -> PortProblem? = { _ in nil }
  ) {
    self.link = link
    self.interruption = interruption ?? -1
    self.prepare = prepare
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  /// Opens the port; does nothing where it is open.
  ///
  /// - Throws: `BusFault.portUnavailable`. A serial port that another program has locked, as
  ///   this one locks its own, is in use.
  public mutating func open() throws(BusFault) {
    guard descriptor < 0 else { return }
    switch link {
    case .serial(let path, let settings):
      descriptor = try SerialPort.open(path: path, settings, prepare: prepare)
    case .tcp(let host, let port), .rtuOverTCP(let host, let port, _), .rawTCP(let host, let port):
      descriptor = try StreamSocket.open(
        host: host, port: port, timeout: PollingLimits.connectTimeout)
    }
  }

  /// Closes the port; does nothing where it is closed.
  public mutating func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// Sends all of `bytes`.
  ///
  /// - Throws: `BusFault.portLost` where the port fails or takes no bytes.
  public mutating func send(_ bytes: [UInt8]) throws(BusFault) {
    guard descriptor >= 0 else { throw .portLost(EBADF) }
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
        // A socket whose other end is gone must answer with an error, not with a signal.
        return if case .serial = link {
          unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        } else {
          unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        }
      }
      if count > 0 {
        sent += count
      } else if count < 0, errno != EAGAIN, errno != EINTR {
        throw .portLost(errno)
      } else if !waits(for: POLLOUT, timeout: Self.sendTimeout) {
        throw .portLost(ETIMEDOUT)
      }
    }
  }

  /// Replaces `words` by what has come, one byte a word; waits for it for no longer than `timeout`, and
  /// not beyond the interruption.
  ///
  /// - Throws: `BusFault.portLost` where the port fails or its other end closes it.
  public mutating func receive(
    timeout: TimeSpan, into words: inout [UInt16]
  ) throws(BusFault) {
    words.removeAll(keepingCapacity: true)
    guard descriptor >= 0 else { throw .portLost(EBADF) }
    guard waits(for: POLLIN, timeout: timeout) else { return }
    let number = descriptor
    let count = unsafe withUnsafeTemporaryAllocation(
      byteCount: PollingLimits.wordsHeardAtOnce, alignment: 1
    ) { room in
      let count = unsafe Glibc.read(number, room.baseAddress, room.count)
      for index in 0..<max(0, count) { unsafe words.append(UInt16(room[index])) }
      return count
    }
    if count == 0 { throw .portLost(ECONNRESET) }
    if count < 0, errno != EAGAIN, errno != EINTR { throw .portLost(errno) }
  }

  /// True where the port is ready, or has failed, within the time.
  private func waits(for event: Int32, timeout: TimeSpan) -> Bool {
    var waited = (
      pollfd(fd: descriptor, events: Int16(event), revents: 0),
      pollfd(fd: event == POLLIN ? interruption : -1, events: Int16(POLLIN), revents: 0)
    )
    let nanoseconds = max(.zero, timeout).nanoseconds
    // Rounded up, or a wait would end before its time and be begun again.
    let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1)
    let ready = unsafe withUnsafeMutablePointer(to: &waited) { pair in
      unsafe pair.withMemoryRebound(to: pollfd.self, capacity: 2) { first in
        unsafe poll(first, 2, Int32(clamping: milliseconds))
      }
    }
    return ready > 0 && waited.0.revents != 0
  }
}
