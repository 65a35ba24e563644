internal import Delivery
internal import DetectionCore

/// Makes facts of the values that destinations are given for keeping: each its own, with its own numbers.
struct ObservationWriter: Sendable {
  /// What one destination is given now.
  struct Due {
    /// Its index.
    var destination: Int
    /// The facts, in their order.
    var facts: [Fact]
    /// How far its streams are by then.
    var state: StoredState
  }

  private let source: FactSource
  private let destinations: [String]
  private var collectors: [ObservationCollector?]
  /// How many facts this start has made.
  private var count: UInt64 = 0

  /// Makes the writer of a start, which goes on from `states`.
  init(
    _ destinations: [DestinationPlan], source: FactSource, states: [StoredState],
    isOutageKnown: Bool, start: FactTime
  ) {
    self.source = source
    self.destinations = destinations.map(\.id)
    collectors = destinations.map { plan in
      ObservationCollector(
        plan.observations, of: source.site,
        memory: states.first { $0.kind == StoredState.observations && $0.id == plan.id }
          .flatMap(ObservationCollector.Memory.init(stored:)),
        isOutageKnown: isOutageKnown, start: start)
    }
  }

  /// True where no destination is given anything.
  private var isIdle: Bool { collectors.allSatisfy { $0 == nil } }

  /// Takes values, in their order.
  mutating func take(_ readings: [AssessedReading]) {
    guard !isIdle else { return }
    for reading in readings {
      let time = source.time(reading.reading.time, reading.reading.wallTime)
      for index in collectors.indices { collectors[index]?.take(reading, at: time) }
    }
  }

  /// What is due at `now`; where `isEnd`, all that was gathered.
  mutating func takeDue(at now: Instant, _ wallTime: WallTime, isEnd: Bool = false) -> [Due] {
    guard !isIdle else { return [] }
    let time = source.time(now, wallTime)
    var due: [Due] = []
    for index in collectors.indices {
      guard let observed = collectors[index]?.takeDue(at: time, isEnd: isEnd), !observed.isEmpty,
        let memory = collectors[index]?.memory
      else { continue }
      due.append(
        Due(
          destination: index,
          facts: observed.map { observations in
            count += 1
            return source.fact(observations, number: count, at: time)
          },
          state: StoredState(
            kind: StoredState.observations, id: destinations[index], encoding: memory)))
    }
    return due
  }
}

extension StoredState {
  /// The kind under which it is stored how far the observations of a destination are.
  static let observations = "observations"
}
