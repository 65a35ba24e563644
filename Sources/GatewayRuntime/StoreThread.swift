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
    var failures = 0
    var gapNumber: UInt64 = 0
    var isQuiet = true
    var offerAt = machineClock.now + RuntimeLimits.setAsidePause
    while true {
      let stopping = stop.isRaised
      if let open = store {
        var pause = RuntimeLimits.storeCheck
        do throws(FactStoreError) {
          try work(with: open, isQuiet: isQuiet || stopping, gapNumber: &gapNumber)
          if machineClock.now >= offerAt {
            offerAt = machineClock.now + RuntimeLimits.setAsidePause
            if let backlog = try open.offerSetAside() { queue.offeredAgain(backlog: backlog) }
          }
          failures = 0
        } catch {
          if case .failed = error { failures += 1 }
          board.update { $0.problems["outbox"] = GatewayProblem(error) }
          pause = RuntimeLimits.storeRetry
          if error.isLoss || failures == RuntimeLimits.storeFailures {
            store = openAnew(after: open, error)
            failures = 0
            if store != nil { continue }
          }
        }
        if stopping { return }
        isQuiet = !queue.wake.wait(timeout: pause)
      } else {
        queue.unreachable()
        if stopping { return }
        store = openLate()
        if store == nil { queue.wake.wait(timeout: RuntimeLimits.storeRetry) }
      }
    }
  }

  /// Does all that is to be done.
  private func work(
    with store: any FactStore, isQuiet: Bool, gapNumber: inout UInt64
  ) throws(FactStoreError) {
    do throws(FactStoreError) {
      try store.verify()
    } catch {
      queue.unreachable()
      throw error
    }
    while let task = nextTask(isQuiet: isQuiet) {
      try carryOut(task, with: store, gapNumber: &gapNumber)
    }
  }

  /// What the store is given, and asked, at once.
  struct Task {
    fileprivate var batch: OutboxBatch
    fileprivate var questions: [FactQueue.Question]
    /// The destinations that are told of their gaps.
    fileprivate var listening: [Int]
    /// True where the store could not be read: whether it can be again is seen even where there is nothing to
    /// store, as older facts wait in it.
    fileprivate var isProbe: Bool
  }

  /// What there is to be done; nil where there is nothing.
  ///
  /// - Parameter isQuiet: True where what can wait for the next fact has waited for long enough.
  func nextTask(isQuiet: Bool) -> Task? {
    let task = Task(
      batch: queue.batch(isQuiet: isQuiet), questions: queue.takeQuestions(),
      listening: queue.takeListening(), isProbe: queue.isUnreadable)
    let isIdle = task.batch.isEmpty && task.questions.isEmpty && task.listening.isEmpty
    return isIdle && !task.isProbe ? nil : task
  }

  /// Does it.
  func carryOut(
    _ task: Task, with store: any FactStore, gapNumber: inout UInt64
  ) throws(FactStoreError) {
    var failure: FactStoreError?
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
      // A full disk can still be read.
      failure = error
    }
    do throws(FactStoreError) {
      for question in task.questions {
        queue.answer(question, with: try store.facts(for: question))
      }
    } catch {
      queue.unreachable()
      failure = failure ?? error
    }
    for destination in task.listening {
      do throws(FactStoreError) {
        try tellGaps(of: destination, from: store, gapNumber: &gapNumber)
      } catch {
        queue.stillListens(destination)
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  /// Tells a destination of what it lost, where it lost anything.
  private func tellGaps(
    of destination: Int, from store: any FactStore, gapNumber: inout UInt64
  ) throws(FactStoreError) {
    let stored = try store.gaps(of: destination)
    for gap in queue.takeGaps(of: destination, stored: stored) {
      gapNumber += 1
      let fact = source.fact(gap, number: gapNumber, at: clock.now, clock.wallTime)
      queue.append(fact, for: destination, at: machineClock.now)
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

  /// Begins a new file in the place of one that is lost, or opens once more one whose disk has failed; all
  /// that is in memory goes into it.
  private func openAnew(after store: Outbox, _ error: FactStoreError) -> Outbox? {
    let lost = queue.storeLost()
    let aside = store.close(isLost: error.isLoss)
    if error.isLoss {
      board.update { $0.problems["outbox file"] = GatewayProblem(begunAnew: error, aside: aside) }
    }
    opening.giveUp(
      for: Outbox.Succession(identity: source.session, lost: lost, device: store.device))
    return openLate()
  }
}

extension FactStoreError {
  /// True where what was stored is lost, and a new file has to be begun.
  fileprivate var isLoss: Bool { if case .lost = self { true } else { false } }
}

extension FactStore {
  /// What the store has to answer a question with.
  fileprivate func facts(
    for question: FactQueue.Question
  ) throws(FactStoreError) -> [OutboxEntry] {
    switch question.subject {
    case .events(let position):
      try pending(for: question.destination, after: position, limit: question.limit)
    case .observations(let newestFirst):
      try pendingObservations(
        for: question.destination, newestFirst: newestFirst, limit: question.limit)
    }
  }
}
