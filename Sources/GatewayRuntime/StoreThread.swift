internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import LinuxHost
internal import OutboxStore
internal import SiteConfiguration
internal import Synchronization

/// The thread of the outbox: the only one that waits for its disk. Commits facts, notes what the destinations
/// have, and reads what memory no longer holds.
final class StoreThread: Sendable {
  private let opening: OutboxOpening
  private let queue: FactQueue
  private let source: FactSource
  private let board: SharedStatus
  private let clock: any GatewayClock
  private let machineClock: any GatewayClock
  private let stop: StopFlag

  init(
    opening: OutboxOpening, queue: FactQueue, source: FactSource, board: SharedStatus,
    clock: any GatewayClock, stop: StopFlag,
    machineClock: any GatewayClock = HostClock()
  ) {
    self.opening = opening
    self.queue = queue
    self.source = source
    self.board = board
    self.clock = clock
    self.stop = stop
    self.machineClock = machineClock
  }

  /// Works until the gateway stops and everything is stored; what the store refuses then is lost.
  func run() {
    var store = opening.store
    var gapNumber: UInt64 = 0
    while true {
      let stopping = stop.isRaised
      if let open = store {
        let isDone = work(with: open, gapNumber: &gapNumber)
        if stopping { return }
        queue.wake.wait(timeout: isDone ? .seconds(60) : RuntimeLimits.storeRetry)
      } else {
        queue.unreachable()
        if stopping { return }
        store = openLate()
        if store == nil { queue.wake.wait(timeout: RuntimeLimits.storeRetry) }
      }
    }
  }

  /// Does all that is to be done; false where the store refused.
  private func work(with store: any FactStore, gapNumber: inout UInt64) -> Bool {
    while let task = nextTask {
      guard carryOut(task, with: store, gapNumber: &gapNumber) else { return false }
    }
    return true
  }

  /// What the store is given, and asked, at once.
  struct Task {
    fileprivate var batch: OutboxBatch
    fileprivate var questions: [FactQueue.Question]
    /// True where the store could not be read: whether it can be again is seen even where there is nothing to
    /// store, as older facts wait in it.
    fileprivate var isProbe: Bool
  }

  /// What there is to be done; nil where there is nothing.
  var nextTask: Task? {
    let task = Task(
      batch: queue.batch, questions: queue.takeQuestions(), isProbe: queue.isUnreadable)
    return task.batch.isEmpty && task.questions.isEmpty && !task.isProbe ? nil : task
  }

  /// Does it; false where the store refused.
  func carryOut(
    _ task: Task, with store: any FactStore, gapNumber: inout UInt64
  ) -> Bool {
    var isDone = true
    do throws(FactStoreError) {
      let batch = task.batch
      if !batch.isEmpty || task.isProbe {
        queue.committed(batch, try store.commit(batch), at: machineClock.now)
        board.update {
          $0.committedCount += batch.items.count
          $0.problems["outbox"] = nil
        }
      }
    } catch {
      queue.refused()
      board.update { $0.problems["outbox"] = GatewayProblem(error) }
      // A full disk can still be read.
      isDone = false
    }
    for question in task.questions
    where !answer(question, from: store, gapNumber: &gapNumber) { isDone = false }
    return isDone
  }

  /// Asks the store; false where it cannot be read.
  private func answer(
    _ question: FactQueue.Question, from store: any FactStore, gapNumber: inout UInt64
  ) -> Bool {
    do throws(FactStoreError) {
      let entries = try store.pending(
        for: question.destination, after: question.position, limit: question.limit)
      queue.answer(question, with: entries)
      // Whoever asks is connected, and can be told.
      let gaps = try store.gaps(of: question.destination)
      let inMemory = queue.takeGap(of: question.destination)
      for gap in gaps + [inMemory].compactMap(\.self) {
        gapNumber += 1
        let fact = source.fact(gap, number: gapNumber, at: clock.now, clock.wallTime)
        queue.append(fact, for: question.destination, at: machineClock.now)
      }
      return true
    } catch {
      queue.unreachable()
      board.update { $0.problems["outbox"] = GatewayProblem(error) }
      return false
    }
  }

  /// Opens a store that could not be opened at the start.
  private func openLate() -> Outbox? {
    let problem: FactStoreError
    switch opening.again() {
    case .success(let store):
      queue.opened(backlog: store.backlog)
      board.update { $0.problems["outbox"] = nil }
      return store
    case .failure(let error): problem = error
    case nil: problem = .hung(path: board.site.outbox.path)
    }
    board.update { $0.problems["outbox"] = GatewayProblem(problem) }
    return nil
  }
}
