import DetectionCore
import Glibc
import Polling

/// Reads and throws away what comes on a line until it falls silent.
enum LineDrain {
  /// Runs until nothing came for `silence`.
  ///
  /// - Throws: `BusFault.lineNeverIdle` after `limit`, `BusFault.portLost` where the port fails or its
  ///   other end closes it.
  static func run(
    descriptor: Int32, silence: TimeSpan, limit: TimeSpan
  ) throws(BusFault) {
    let end = monotonicNow() + limit
    while true {
      var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let milliseconds = (silence.nanoseconds + 999_999) / 1_000_000
      let ready = unsafe poll(&waited, 1, Int32(clamping: milliseconds))
      if ready == 0 { return }
      if ready < 0 && errno != EINTR { throw .portLost(errno) }
      if ready > 0 {
        let count = unsafe withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { rest in
          unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
        }
        if count == 0 { throw .portLost(ECONNRESET) }
        if count < 0 && errno != EAGAIN && errno != EINTR { throw .portLost(errno) }
      }
      if monotonicNow() > end { throw .lineNeverIdle }
    }
  }

  static func monotonicNow() -> Instant {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Instant(nanoseconds: Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))
  }
}
