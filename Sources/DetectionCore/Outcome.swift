/// How many readings and events one input can cause at most under a plan.
public struct OutcomeCapacity: BitwiseCopyable, Equatable, Sendable {
  /// Assessed readings.
  public let readings: Int
  /// Events.
  public let events: Int

  init(readings: Int, events: Int) {
    self.readings = readings
    self.events = events
  }

  /// The bytes that an outcome of this capacity occupies.
  public var byteCount: Int {
    CoreMemory.byteCount(of: AssessedReading.self, count: readings)
      + CoreMemory.byteCount(of: DetectionEvent.self, count: events)
  }
}

/// What one input caused: readings in the order in which they were assessed, events in the order
/// in which they were decided. The caller owns it and empties it before the next input; it never
/// grows, and a detector's own `outcomeCapacity` is always enough.
public struct Outcome: ~Copyable, @unchecked Sendable {
  // Sendable: the outcome is noncopyable and is the only one that knows its memory, to which the
  // tables point, so whoever holds it is alone with it.
  private let memory: CoreMemory
  private let readings: Table<AssessedReading>
  private let events: Table<DetectionEvent>

  /// How many assessed readings it holds.
  public private(set) var readingCount = 0
  /// How many events it holds.
  public private(set) var eventCount = 0

  /// Lays out an outcome in `memory`, which must have at least `capacity.byteCount` bytes.
  public init(capacity: OutcomeCapacity, memory: consuming CoreMemory) {
    readings = memory.table(filledWith: .blank, count: capacity.readings)
    events = memory.table(filledWith: .blank, count: capacity.events)
    self.memory = memory
  }

  #if !hasFeature(Embedded)
    /// Makes an outcome for detectors of this capacity, with memory from the heap.
    public init(capacity: OutcomeCapacity) {
      self.init(capacity: capacity, memory: .allocate(byteCount: capacity.byteCount))
    }
  #endif

  /// The room that it was made with.
  public var capacity: OutcomeCapacity {
    OutcomeCapacity(readings: readings.count, events: events.count)
  }

  /// True when it holds neither a reading nor an event.
  public var isEmpty: Bool { readingCount == 0 && eventCount == 0 }

  /// Forgets what it holds.
  #if !DEBUG
    @_noLocks
  #endif
  public mutating func removeAll() {
    readingCount = 0
    eventCount = 0
  }

  /// The assessed reading at `index`, from 0 to below `readingCount`.
  #if !DEBUG
    @_noLocks
  #endif
  public func reading(at index: Int) -> AssessedReading {
    precondition(index < readingCount, "no such reading")
    return readings[index]
  }

  /// The event at `index`, from 0 to below `eventCount`.
  #if !DEBUG
    @_noLocks
  #endif
  public func event(at index: Int) -> DetectionEvent {
    precondition(index < eventCount, "no such event")
    return events[index]
  }

  /// How many readings it can hold.
  var readingRoom: Int { readings.count }
  /// How many events it can hold.
  var eventRoom: Int { events.count }

  mutating func append(_ reading: AssessedReading) {
    readings[readingCount] = reading
    readingCount += 1
  }

  mutating func append(_ event: DetectionEvent) {
    events[eventCount] = event
    eventCount += 1
  }
}

extension AssessedReading {
  /// What unused slots hold.
  static var blank: AssessedReading {
    AssessedReading(
      reading: Reading(
        point: PointIndex(rawValue: 0), value: .nan, flag: .missing,
        time: Instant(nanoseconds: 0),
        wallTime: WallTime(nanosecondsSince1970: 0, synchronized: false)),
      tests: TestFlags())
  }
}

extension DetectionEvent {
  /// What unused slots hold.
  static var blank: DetectionEvent {
    DetectionEvent(
      sequence: 0, kind: .inputsLost, subject: 0, time: Instant(nanoseconds: 0),
      wallTime: WallTime(nanosecondsSince1970: 0, synchronized: false))
  }
}
