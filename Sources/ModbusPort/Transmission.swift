import DetectionCore
import Glibc
import Polling

/// Bytes to and from an open port.
enum Transmission {
  /// Throws away what lies before the next request. Bounded: a peer that never stops sending is left to
  /// the checks of the answer.
  ///
  /// - Throws: `BusFault.portLost` where the port has failed; `BusFault.closedBeforeSending` where the
  ///   other end has closed the connection.
  static func discardInput(of descriptor: Int32, link: Link) throws(BusFault) {
    if case .serial = link {
      tcflush(descriptor, TCIFLUSH)
      return
    }
    for _ in 0..<16 {
      let count = unsafe withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { rest in
        unsafe recv(descriptor, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT))
      }
      if count == 0 || (count < 0 && errno == ECONNRESET) { throw .closedBeforeSending }
      if count < 0 {
        if errno == EAGAIN || errno == EINTR { return }
        throw .portLost(errno)
      }
    }
  }

  /// Sends all of `bytes`.
  ///
  /// - Throws: `BusFault.portLost` where the port fails or takes no bytes until `end`.
  static func send(
    _ bytes: [UInt8], to descriptor: Int32, link: Link, until end: Instant
  ) throws(BusFault) {
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
      } else if !waits(for: POLLOUT, descriptor, until: end) {
        throw .portLost(ETIMEDOUT)
      }
    }
  }

  /// Takes what comes next; false where nothing came for as long as `wait` says.
  ///
  /// - Throws: `BusFault.portLost` where the port fails or its other end closes it.
  static func hear(
    _ answer: inout AnswerSearch, _ descriptor: Int32, link: Link, wait: inout AnswerWait
  ) throws(BusFault) -> Bool {
    while waits(for: POLLIN, descriptor, until: wait.next) {
      let count = unsafe withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { room in
        let count =
          if case .serial = link {
            unsafe Glibc.read(descriptor, room.baseAddress, room.count)
          } else {
            unsafe recv(descriptor, room.baseAddress, room.count, Int32(MSG_DONTWAIT))
          }
        if count > 0 { unsafe answer.hear(UnsafeRawBufferPointer(rebasing: room[..<count])) }
        return count
      }
      if count == 0 { throw .portLost(ECONNRESET) }
      if count > 0 {
        wait.heard(at: LineDrain.monotonicNow())
        return true
      }
      if errno != EAGAIN, errno != EINTR { throw .portLost(errno) }
    }
    wait.lineIsIdle()
    return false
  }

  /// True where the port is ready, or has failed, by `end`.
  private static func waits(for event: Int32, _ descriptor: Int32, until end: Instant) -> Bool {
    var waited = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    let nanoseconds = max(0, (end - LineDrain.monotonicNow()).nanoseconds)
    // Rounded up, or a wait would end before its time and be begun again.
    return unsafe poll(&waited, 1, Int32(clamping: (nanoseconds + 999_999) / 1_000_000)) != 0
  }
}
