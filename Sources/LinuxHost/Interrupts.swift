internal import Glibc

/// Turns SIGINT, SIGTERM and SIGHUP into a call of `body` on a thread of its own.
///
/// The signals are blocked in the calling thread and every thread it starts later, so this is
/// called once, first thing, by the main thread.
///
/// - Parameter body: Called for each signal, with its number.
/// - Throws: `HostError` when no thread can be made.
public func onInterrupt(_ body: @escaping @Sendable (Int32) -> Void) throws(HostError) {
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, signal) }
  unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  signal(SIGPIPE, SIG_IGN)
  let waited = signals
  _ = try HostThread(name: "interrupts") { _ in
    var waited = waited
    var number: Int32 = 0
    while unsafe sigwait(&waited, &number) == 0 { body(number) }
  }
}

/// The size of the terminal on standard output, or nil when it is no terminal.
public func terminalSize() -> (columns: Int, rows: Int)? {
  var size = winsize()
  guard isatty(STDOUT_FILENO) == 1,
    unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0
  else { return nil }
  return (Int(size.ws_col), Int(size.ws_row))
}
