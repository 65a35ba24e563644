/// Finds the threads that stand still: those that were woken and took no turn from one look to the next.
///
/// Worked example: at a look lane and recorder have taken 7 and 3 turns, at the next one 8 and 3. The recorder
/// stands still, unless it waits for its disk; when it has taken its fourth, all is well again.
public struct Watchdog: Sendable {
  private var turns: [String: Int] = [:]

  /// One that has seen nothing yet.
  public init() {}

  /// Looks at all threads, which have been woken since the last look.
  ///
  /// - Returns: the names of those that stand still, in the order of `threads`; the first look finds none.
  public mutating func look(at threads: [WatchedThread]) -> [String] {
    threads.filter { thread in
      let before = turns.updateValue(thread.turns, forKey: thread.name)
      return before == thread.turns && !thread.mayStand
    }.map(\.name)
  }
}
