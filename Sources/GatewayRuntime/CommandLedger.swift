internal import Delivery

/// What the core made of a command.
enum CommandOutcome: Hashable, Sendable {
  /// It was carried out.
  case done
  /// It was not, for this reason of the core.
  case refused(reason: String)

  /// The answer that says so to whoever gave the command `id`.
  func answer(to id: String, isDurable: Bool) -> CommandAnswer {
    switch self {
    case .done: .done(id, isDurable: isDurable)
    case .refused(let reason): .notDone(id, reason: reason, isDurable: isDurable)
    }
  }
}

/// The commands of late: who gave each, who waits for word of it, and what became of it. By it a command
/// that comes again is answered again and not done again, also after a restart.
struct CommandLedger: Sendable {
  /// Longer than any sender goes on repeating, and what an outbox holds without noticing: 256 short rows.
  static let remembered: UInt32 = 256

  private struct Entry: Sendable {
    var command: IssuedCommand
    /// Where its outcome is stored: by its own id, as a start that could not read the outbox counts from one
    /// again and must not overwrite what an earlier one has stored.
    var place: String
    /// Indexes of the destinations from which it came.
    var askers: [Int]
    /// Nil until the core has decided.
    var outcome: CommandOutcome?
    /// Whether the outcome outlives a power cut; nil until it may be told.
    var isDurable: Bool?
  }

  private var entries: [UInt32: Entry] = [:]
  private var numbers: [String: UInt32] = [:]
  private var last: UInt32 = 0
  /// Where outcomes are stored that nobody asks for any more.
  private var outdated: [String] = []

  /// A ledger that goes on from the states that an earlier run stored. Their numbers give the order only, as
  /// several runs may have counted from one; further ones are above all of them.
  init(_ stored: [StoredState]) {
    let records = stored.filter { $0.kind == StoredState.command }.compactMap { state in
      Record(stored: state).map { (record: $0, place: state.id) }
    }
    let highest = records.map(\.record.number).max() ?? 0
    last = highest - min(highest, UInt32(records.count))
    for (record, place) in records.sorted(by: { $0.record.number < $1.record.number }) {
      add(
        Entry(
          command: record.command, place: place, askers: [], outcome: record.outcome,
          isDurable: true))
    }
  }

  /// The number of the next command; 0 stands for none.
  var nextNumber: UInt32 { last == .max ? 1 : last + 1 }

  /// Who gave the command with this number; nil where that is long past.
  func command(_ number: UInt32) -> IssuedCommand? { entries[number]?.command }

  /// Takes note of a command, by `nextNumber`, from the destination `asker`.
  mutating func issue(_ command: IssuedCommand, by asker: Int) {
    add(Entry(command: command, place: command.id, askers: [asker]))
  }

  private mutating func add(_ entry: Entry) {
    last = nextNumber
    entries[last] = entry
    numbers[entry.command.id] = last
    guard let oldest = entries.removeValue(forKey: last &- Self.remembered) else { return }
    if numbers[oldest.command.id] == last &- Self.remembered {
      numbers[oldest.command.id] = nil
      outdated.append(oldest.place)
    }
  }

  /// The answer to a command that came before; nil for a new one. Until what became of it may be told, the
  /// destination `asker` will be told as well.
  mutating func answer(again id: String, to asker: Int) -> CommandAnswer? {
    guard let number = numbers[id], let entry = entries[number] else { return nil }
    if let outcome = entry.outcome, let isDurable = entry.isDurable {
      return outcome.answer(to: id, isDurable: isDurable)
    }
    if !entry.askers.contains(asker) { entries[number]?.askers.append(asker) }
    return .accepted(id)
  }

  /// The core has decided: what is to be stored with the event that says it. Nothing where that was known, as a
  /// command to all alarms causes many events.
  mutating func decided(_ number: UInt32, _ outcome: CommandOutcome) -> [StoredState] {
    guard let entry = entries[number], entry.outcome == nil else { return [] }
    entries[number]?.outcome = outcome
    defer { outdated = [] }
    let record = Record(number: number, command: entry.command, outcome: outcome)
    return outdated.map { StoredState(kind: StoredState.command, id: $0, value: []) } + [
      StoredState(kind: StoredState.command, id: entry.place, encoding: record)
    ]
  }

  /// What became of a command is stored, or cannot be: what is to be said, and to which destinations.
  mutating func tell(
    _ number: UInt32, isDurable: Bool
  ) -> (answer: CommandAnswer, askers: [Int])? {
    guard let entry = entries[number], let outcome = entry.outcome else { return nil }
    entries[number]?.isDurable = isDurable
    return (outcome.answer(to: entry.command.id, isDurable: isDurable), entry.askers)
  }
}

/// A decided command as it is stored.
private struct Record: Codable {
  var number: UInt32
  var command: IssuedCommand
  /// The core's reason; nil where the command was carried out.
  var refusal: String?

  init(number: UInt32, command: IssuedCommand, outcome: CommandOutcome) {
    self.number = number
    self.command = command
    switch outcome {
    case .done: refusal = nil
    case .refused(let reason): refusal = reason
    }
  }

  var outcome: CommandOutcome { refusal.map { .refused(reason: $0) } ?? .done }
}

extension StoredState {
  /// The kind under which commands are stored.
  static let command = "command"
}
