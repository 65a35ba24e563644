import Glibc

/// Seconds of a clock that is never set.
func monotonicSeconds() -> Int {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return time.tv_sec
}

/// Waits until `socket` can be read, or written where that is wanted, until `wakeDescriptor` can
/// be read, or so long; returns what `socket` is ready for, 0 for nothing. Negative descriptors
/// are passed over.
func waitFor(
  socket: Int32, wantsWrite: Bool, wakeDescriptor: Int32?, milliseconds: Int32
) -> Int16 {
  let events = Int16(POLLIN) | (wantsWrite ? Int16(POLLOUT) : 0)
  var descriptors = [
    pollfd(fd: socket, events: events, revents: 0),
    pollfd(fd: wakeDescriptor ?? -1, events: Int16(POLLIN), revents: 0),
  ]
  // A signal ends the wait early, which no caller minds: all of them come back.
  let count = unsafe poll(&descriptors, nfds_t(descriptors.count), milliseconds)
  return count > 0 ? descriptors[0].revents : 0
}
