internal import DetectionCore
internal import Synchronization

/// What one thread tells of its own progress, and others read.
final class ThreadProgress: Sendable {
  private let turns = Atomic<Int>(0)
  private let mayStandUntilNs = Atomic<Int64>(.min)

  /// The thread has come to where it takes up what is new.
  func takeTurn() { turns.add(1, ordering: .relaxed) }

  /// Does something for which the thread may have to wait until `end`, and nobody can wake it.
  func standing<Result: ~Copyable>(
    until end: Instant, _ body: () throws -> Result
  ) rethrows -> Result {
    mayStandUntilNs.store(end.nanoseconds, ordering: .relaxed)
    defer { mayStandUntilNs.store(.min, ordering: .relaxed) }
    return try body()
  }

  /// What can be seen of the thread that is called `name`.
  func sight(_ name: String, at now: Instant) -> WatchedThread {
    WatchedThread(
      name: name, turns: turns.load(ordering: .relaxed),
      mayStand: mayStandUntilNs.load(ordering: .relaxed) > now.nanoseconds)
  }
}

/// A thread as it is seen at one moment.
public struct WatchedThread: Hashable, Sendable {
  /// What it is called: `lane`, `events`, `recorder`, or `bus` with the bus's id.
  public var name: String
  /// How often it has come to where it takes up what is new.
  public var turns: Int
  /// True while it waits for what may take its time, such as an answer that is not due yet, or a disk.
  public var mayStand: Bool
}
