internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import Synchronization

/// The newest facts, between the thread that makes them, the thread of the store and those of the
/// destinations: none of them ever waits for another here.
final class FactQueue: Sendable {
  /// A destination's question to the store.
  struct Question: Sendable {
    /// What is asked for.
    enum Subject: Hashable, Sendable {
      /// Events and gaps after a position.
      case events(after: OutboxPosition)
      /// Observations, the oldest or the newest first.
      case observations(newestFirst: Bool)
    }
    var destination: Int
    var subject: Subject
    var limit: Int
    /// Tells an answer that comes too late from one to a later question.
    fileprivate var number = 0

    init(destination: Int, _ subject: Subject, limit: Int) {
      self.destination = destination
      self.subject = subject
      self.limit = limit
    }
  }

  /// The answer to a question, as a destination takes it.
  enum Answer: Sendable {
    case events(OutboxPage)
    case observations([OutboxEntry])
  }

  private struct State: Sendable {
    var queue: WriteBehindQueue
    /// Asked and not answered; the store's thread has taken those up to `takenThrough`.
    var questions: [Question] = []
    var lastNumber = 0
    var takenThrough = 0
    /// Who has asked for facts, so is connected, since gaps were last looked for.
    var listening: Set<Int> = []
    /// Since when the oldest fact waits for the store; nil while none does.
    var waitingSince: Instant?
  }

  private let state: Mutex<State>
  private let listeners = Mutex<[DeliveryThread]>([])
  private let commands = Mutex<CommandReceiver?>(nil)
  /// Raised when the store has something to do.
  let wake: WakeSignal

  init(last: OutboxPosition, backlog: [Int], states: [StoredState] = []) throws(HostError) {
    state = Mutex(State(queue: WriteBehindQueue(last: last, backlog: backlog, states: states)))
    wake = try WakeSignal()
  }

  /// Who is told of facts from now on, and who knows whose commands' outcomes they are.
  func tell(_ deliveries: [DeliveryThread], _ receiver: CommandReceiver?) {
    listeners.withLock { $0 = deliveries }
    commands.withLock { $0 = receiver }
  }

  /// Lets go of who was told: they know the queue, and would otherwise be kept with it for ever.
  func tellNobody() { tell([], nil) }

  // MARK: The event writer's side

  /// A fact with what it made of its alarm, and the number of the command whose outcome it is.
  struct NewFact: Sendable {
    var fact: Fact
    var alarm: AlarmState?
    var command: UInt32?
  }

  /// Takes facts in their order, and the states that they lead to.
  func append(_ facts: [NewFact], states: [StoredState], at now: Instant) {
    state.withLock { state in
      for new in facts {
        state.queue.append(new.fact, alarm: new.alarm, command: new.command)
      }
      for kept in states { state.queue.keep(kept) }
      state.waitingSince = state.waitingSince ?? now
    }
    wake.raise()
  }

  /// How the store does, as far as the writer of events can see.
  enum StoreState {
    /// It has all, or is known not to take any.
    case settled
    /// It has not answered yet: to be asked again soon.
    case busy
    /// It has not answered in time, which is noticed now.
    case hung
  }

  /// Gives facts out from memory where the store has not taken them in time, or does not take any.
  func watch(at now: Instant) -> StoreState {
    let found: StoreState = state.withLock { state in
      guard let since = state.waitingSince, !state.queue.isStalled else { return .settled }
      if now - since < RuntimeLimits.storeTime { return .busy }
      state.queue.stall()
      state.queue.markUnreadable()
      return .hung
    }
    if case .hung = found { answerFromMemory() }
    announce()
    return found
  }

  // MARK: The store's side

  /// What the store is to do next. That facts have left is noted with whatever else there is to store, or when
  /// many have, or in the end where `isQuiet`: it costs a disk as much as a new fact does.
  func batch(isQuiet: Bool) -> OutboxBatch {
    let batch = state.withLock { $0.queue.batch }
    let isWorthIt =
      isQuiet || !batch.items.isEmpty || !batch.states.isEmpty
      || batch.settlements.count >= RuntimeLimits.settlementsAtOnce
    return isWorthIt ? batch : OutboxBatch()
  }

  /// True while older facts are passed over, as the store could not be read.
  var isUnreadable: Bool { state.withLock { $0.queue.isUnreadable } }

  /// The store has taken `batch` and gives `receipt` for it.
  func committed(_ batch: OutboxBatch, _ receipt: OutboxReceipt, at now: Instant) {
    let wasUnreadable = state.withLock { state in
      defer {
        state.queue.committed(batch, receipt)
        state.waitingSince = state.queue.hasUnstored ? now : nil
      }
      return state.queue.isUnreadable
    }
    announce()
    if wasUnreadable { for listener in listeners.withLock({ $0 }) { listener.storeRecovered() } }
  }

  /// The store does not take what it is given.
  func refused() {
    state.withLock { $0.queue.stall() }
    announce()
  }

  /// A store could be opened after all.
  func opened(backlog: [Int]) { state.withLock { $0.queue.opened(backlog: backlog) } }

  /// What was set aside is to be sent again; each destination lacks so many facts in the store now.
  func offeredAgain(backlog: [Int]) {
    state.withLock { $0.queue.offeredAgain(backlog: backlog) }
    for listener in listeners.withLock({ $0 }) { listener.factsOfferedAgain() }
  }

  /// What the store held is lost: what is here is sent, and is to be stored anew.
  ///
  /// - Returns: For each destination, whether it lacks facts that nobody has any more.
  func storeLost() -> [Bool] {
    defer { unreachable() }
    return state.withLock { $0.queue.storeLost() }
  }

  /// The store can neither be written nor read: what is here has to do.
  func unreachable() {
    state.withLock {
      $0.queue.stall()
      $0.queue.markUnreadable()
    }
    answerFromMemory()
    announce()
  }

  /// The destinations' questions since the last call.
  func takeQuestions() -> [Question] {
    state.withLock { state in
      defer { state.takenThrough = state.lastNumber }
      return state.questions.filter { $0.number > state.takenThrough }
    }
  }

  /// Hands the store's answer to a question to whoever asked.
  func answer(_ question: Question, with entries: [OutboxEntry]) {
    let answer: Answer? = state.withLock { state in
      guard state.questions.contains(where: { $0.number == question.number }) else { return nil }
      state.questions.removeAll { $0.number == question.number }
      let destination = question.destination
      return switch question.subject {
      case .events:
        .events(state.queue.page(stored: entries, for: destination, limit: question.limit))
      case .observations:
        .observations(state.queue.observations(stored: entries, for: destination))
      }
    }
    if let answer { listeners.withLock { $0[question.destination] }.take(answer) }
  }

  /// Answers all questions with what is here, passing over what only the store has.
  private func answerFromMemory() {
    let answers = state.withLock { state in
      defer { state.questions.removeAll() }
      return state.questions.compactMap { question in
        state.queue.answer(to: question).map { (question.destination, $0) }
      }
    }
    let listeners = listeners.withLock { $0 }
    for (destination, answer) in answers { listeners[destination].take(answer) }
  }

  /// Tells a destination of what it lost, where it lost anything.
  func append(_ fact: Fact, for destination: Int, at now: Instant) {
    state.withLock { state in
      state.queue.append(fact, for: destination)
      state.waitingSince = state.waitingSince ?? now
    }
  }

  /// Takes values that one destination is given for keeping, and how far its streams are by then.
  func append(_ facts: [Fact], for destination: Int, state new: StoredState, at now: Instant) {
    state.withLock { state in
      for fact in facts { state.queue.append(fact, for: destination) }
      state.queue.keep(new)
      state.waitingSince = state.waitingSince ?? now
    }
    wake.raise()
  }

  /// The destinations that can be told of their gaps, as they have asked for facts since the last call.
  func takeListening() -> [Int] {
    state.withLock { state in
      defer { state.listening = [] }
      return state.listening.sorted()
    }
  }

  /// A destination's gaps could not be looked for.
  func stillListens(_ destination: Int) {
    state.withLock { _ = $0.listening.insert(destination) }
  }

  /// What a destination lost and has to be told, of what the store knows to be lost and of what was lost in
  /// memory, which is forgotten here.
  func takeGaps(of destination: Int, stored: [GapFact]) -> [GapFact] {
    state.withLock { state in
      let untold = state.queue.isTellingGap(of: destination) ? [] : stored
      return untold + [state.queue.takeGap(of: destination)].compactMap(\.self)
    }
  }

  // MARK: The destinations' side

  /// What a destination lacks; nil where the store was asked, and answers later.
  func answer(to question: Question) -> Answer? {
    let answer = state.withLock { state in
      let answer = state.queue.answer(to: question)
      if answer == nil {
        state.lastNumber += 1
        var asked = question
        asked.number = state.lastNumber
        // What has left, and the store does not know of yet, takes nobody's place.
        if case .observations = question.subject {
          asked.limit += state.queue.leavingCount(of: question.destination)
        }
        state.questions.append(asked)
      }
      state.listening.insert(question.destination)
      return answer
    }
    wake.raise()
    return answer
  }

  /// A fact has left the queue of a destination.
  func settle(_ settlement: Settlement) {
    let areMany = state.withLock { state in
      let before = state.queue.settlementCount
      state.queue.settle(settlement)
      let count = state.queue.settlementCount
      return count > before && count % RuntimeLimits.settlementsAtOnce == 0
    }
    if areMany { wake.raise() }
  }

  /// How many facts a destination lacks, how many were set aside, and how many it lost.
  func counts(of destination: Int) -> (backlog: Int, setAside: Int, dropped: Int) {
    state.withLock {
      (
        $0.queue.backlog(of: destination), $0.queue.setAside[destination],
        $0.queue.dropped[destination]
      )
    }
  }

  /// How many facts wait for the store.
  var unstoredCount: Int { state.withLock { $0.queue.unstoredCount } }

  /// Tells the destinations of what they may be told now. Under the lock, so that the states of an alarm reach
  /// each of them in their order.
  private func announce() {
    let listeners = listeners.withLock { $0 }
    let receiver = commands.withLock { $0 }
    state.withLock { state in
      guard let news = state.queue.announce() else { return }
      for listener in listeners { listener.offerFacts(alarms: news.alarms) }
      for outcome in news.commands {
        guard let said = receiver?.tell(outcome.number, isDurable: outcome.isDurable) else {
          continue
        }
        for asker in said.askers where listeners.indices.contains(asker) {
          listeners[asker].offer(said.answer)
        }
      }
    }
  }
}

extension WriteBehindQueue {
  /// What is here to answer a question with; nil where the store has to be asked.
  fileprivate func answer(to question: FactQueue.Question) -> FactQueue.Answer? {
    switch question.subject {
    case .events(let position):
      page(for: question.destination, after: position, limit: question.limit)
        .map(FactQueue.Answer.events)
    case .observations(let newestFirst):
      observations(
        for: question.destination, newestFirst: newestFirst, limit: question.limit
      ).map(FactQueue.Answer.observations)
    }
  }
}
