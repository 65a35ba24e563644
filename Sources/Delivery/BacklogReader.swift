/// How far a destination has read the outbox, and when to read on.
struct BacklogReader {
  private enum State {
    /// Nothing new can be there.
    case idle
    /// Something may be there.
    case wanted
    /// The outbox was asked; `again` where more came in the meantime.
    case asked(again: Bool)
  }

  private var state = State.wanted
  /// Up to here everything was read.
  private var position = OutboxPosition.start
  /// Where reading goes on once the store answers again; nil where nothing was passed over.
  private var passedOver: OutboxPosition?
  private var isStoreBack = false

  /// True while something may be there that was not asked for.
  var isWanted: Bool { if case .wanted = state { true } else { false } }

  /// New facts are in the outbox.
  mutating func factsAppended() {
    switch state {
    case .idle, .wanted: state = .wanted
    case .asked: state = .asked(again: true)
    }
  }

  /// The store answers again: what was passed over can be read.
  mutating func storeRecovered() {
    isStoreBack = true
    factsAppended()
  }

  /// Facts that were read and have left lack again: what is there is read from the start.
  mutating func factsOfferedAgain() {
    passedOver = .start
    storeRecovered()
  }

  /// The position after which the outbox is to be asked now; nil where it is not.
  mutating func ask() -> OutboxPosition? {
    guard isWanted else { return nil }
    if isStoreBack {
      isStoreBack = false
      position = passedOver ?? position
      passedOver = nil
    }
    state = .asked(again: false)
    return position
  }

  /// Takes the outbox's answer; the facts in it, or none where nothing was asked.
  mutating func take(_ page: OutboxPage) -> [OutboxEntry] {
    guard case .asked(let again) = state else { return [] }
    // Where the store has nothing older, what is in memory has not been asked for.
    let isAtEnd = page.entries.isEmpty && page.through == position
    state = isAtEnd && !again ? .idle : .wanted
    if page.isPartial, passedOver == nil { passedOver = position }
    position = page.through
    return page.entries
  }
}
