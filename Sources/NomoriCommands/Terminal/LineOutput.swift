internal import DetectionCore
internal import Glibc
internal import LinuxHost
internal import Synchronization

/// Lines on their way to standard output or standard error, written by a thread of their own: a reader that
/// stops reading, or a terminal that was stopped, holds up nobody else.
final class LineOutput: Sendable {
  /// Lines that wait for a slow reader before the next are dropped: some seconds of a storm of events.
  private static let limit = 1_024

  private struct Queue: Sendable {
    var lines: [String] = []
    var dropped = 0
  }

  private let queue = Mutex(Queue())
  private let wake: WakeSignal
  private let stopped = StopFlag()
  private let thread: Mutex<HostThread?> = Mutex(nil)
  /// True where the journal of systemd reads, which wants a priority in front of each line.
  let isJournal: Bool

  /// Begins to write to `descriptor`; `journal` is the stream that the journal reads.
  ///
  /// - Throws: `HostError` where the thread cannot be made.
  init(
    _ descriptor: Int32, journal: String? = JournalStream.announced
  ) throws(HostError) {
    isJournal = JournalStream.isRead(descriptor, named: journal)
    wake = try WakeSignal()
    let thread = try HostThread(name: "output") { _ in self.run(descriptor) }
    self.thread.withLock { $0 = thread }
  }

  /// Takes a line; dropped, and counted, where too many wait.
  func say(_ line: String) { put(line + "\n") }

  /// Takes text as it is; dropped, and counted, where too much waits.
  func put(_ text: String) {
    queue.withLock { queue in
      if queue.lines.count < Self.limit {
        queue.lines.append(text)
      } else {
        queue.dropped += 1
      }
    }
    wake.raise()
  }

  /// Takes text that is only worth showing at once: dropped while anything waits.
  func show(_ text: @autoclosure () -> String) {
    let isIdle = queue.withLock { $0.lines.isEmpty }
    guard isIdle else { return }
    let text = text()
    queue.withLock { $0.lines.append(text) }
    wake.raise()
  }

  /// Writes what waits, as far as a reader takes it within a second, and ends.
  func close() {
    stopped.raise()
    wake.raise()
    thread.withLock { _ = $0?.join(within: .seconds(1)) }
  }

  private func run(_ descriptor: Int32) {
    while true {
      let isStopping = stopped.isRaised
      let (lines, dropped) = queue.withLock { queue in
        defer { queue = Queue() }
        return (queue.lines, queue.dropped)
      }
      if !lines.isEmpty { write(lines.joined(), to: descriptor) }
      if dropped > 0 {
        write((isJournal ? "<4>" : "") + "(\(dropped) lines dropped)\n", to: descriptor)
      }
      if lines.isEmpty {
        if isStopping { return }
        wake.wait(timeout: nil)
      }
    }
  }
}
