internal import CLinux
public import DetectionCore
internal import Glibc
private import Synchronization

/// How the kernel schedules a thread.
public enum Scheduling: Hashable, Sendable {
  /// Like any other thread.
  case normal
  /// Like any other thread, and its sleeps end to the microsecond, where others wait for up to 50 of
  /// them for company.
  case prompt
  /// Before all normal threads (SCHED_FIFO, 1 lowest to 99 highest), where permitted.
  case realtime(priority: Int32)

  /// What the gateway's lane wants: above everything normal, below the kernel's own threads.
  package static let lane = Scheduling.realtime(priority: 50)
}

/// One thread of the operating system with a name and a body, joined at the end.
public final class HostThread: Sendable {
  private final class Start: Sendable {
    let name: String
    let scheduling: Scheduling
    let body: @Sendable (HostError?) -> Void
    init(name: String, scheduling: Scheduling, body: @escaping @Sendable (HostError?) -> Void) {
      self.name = name
      self.scheduling = scheduling
      self.body = body
    }
  }

  private let handle: Mutex<pthread_t?>

  /// Starts a thread.
  ///
  /// - Parameters:
  ///   - name: Shown by `top -H`; 15 bytes are kept.
  ///   - scheduling: How it should be scheduled.
  ///   - body: Runs on the thread; its argument says why real-time scheduling was refused, or nil.
  /// - Throws: `HostError` when no thread can be made.
  public init(
    name: String, scheduling: Scheduling = .normal, body: @escaping @Sendable (HostError?) -> Void
  ) throws(HostError) {
    var thread = pthread_t()
    let start = Start(name: name, scheduling: scheduling, body: body)
    // Safe: the retained box is released exactly once, by the thread that takes it.
    let box = unsafe Unmanaged.passRetained(start)
    let code = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        _ = unsafe clinux_thread_name(start.name)
        start.body(HostThread.schedule(start.scheduling))
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      unsafe box.release()
      throw HostError(attempt: "start thread \(name)", code: code)
    }
    handle = Mutex(thread)
  }

  /// Waits until the body has returned; a second call returns at once.
  public func join() {
    let thread = handle.withLock { handle in
      defer { handle = nil }
      return handle
    }
    if let thread { pthread_join(thread, nil) }
  }

  /// Waits until the body has returned, at most so long in real time: what hangs in the kernel, as on a disk
  /// that does not answer, is left behind.
  ///
  /// - Returns: false when it has not returned; another call waits again.
  @discardableResult
  public func join(within limit: TimeSpan) -> Bool {
    handle.withLock { handle in
      guard let thread = handle else { return true }
      guard clinux_thread_join(thread, limit.nanoseconds) == 0 else { return false }
      handle = nil
      return true
    }
  }

  private static func schedule(_ scheduling: Scheduling) -> HostError? {
    switch scheduling {
    case .normal: return nil
    case .prompt:
      let code = clinux_thread_prompt()
      return code < 0 ? HostError(attempt: "let sleeps end in time", code: -code) : nil
    case .realtime(let priority):
      let code = clinux_thread_realtime(priority)
      return code < 0
        ? HostError(attempt: "schedule with SCHED_FIFO priority \(priority)", code: -code) : nil
    }
  }
}

/// Keeps all memory that the process has used or will use resident, so that the lane never waits for
/// a page to come back from disk; a page that was never used takes no room.
///
/// - Throws: `HostError` where the limit on locked memory forbids it.
public func lockMemory() throws(HostError) {
  _ = try HostError.check(clinux_lock_memory(), "lock memory")
}

/// Makes the program sparing with memory, at the cost of time that only its beginning takes. All threads
/// that are started from now on share one heap, where each few of them would otherwise get one, with pages
/// that nobody else uses. Every block of 64 KiB or more has pages of its own, which go back to the system
/// with it and count only once they are used.
public func spareMemory() { clinux_spare_memory() }

/// Gives back to the system what the calling thread's stack has used below the caller: after work that is
/// done once, and goes deeper than what follows.
public func returnFreeStack() { clinux_return_stack() }

/// Gives memory that was used once, as for reading files, and is free now back to the system; before
/// `lockMemory`, since what is locked stays.
public func returnFreeMemory() { clinux_return_memory() }
