import DetectionCore

/// A digest of every bit of what came out of a core: equal digests, equal decisions.
///
/// FNV-1a, 64 bits wide, a word at a time (Fowler, Noll, Vo, draft-eastlake-fnv).
struct OutcomeDigest: Equatable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
  /// How many assessed readings and events it covers.
  private(set) var readings: UInt32 = 0
  private(set) var events: UInt32 = 0

  mutating func mix(_ bits: UInt64) { value = (value ^ bits) &* 0x0000_0100_0000_01b3 }

  /// Takes everything that one input caused.
  mutating func mix(_ outcome: borrowing Outcome) {
    for index in 0..<outcome.readingCount { mix(outcome.reading(at: index)) }
    for index in 0..<outcome.eventCount { mix(outcome.event(at: index)) }
  }

  mutating func mix(_ assessed: AssessedReading) {
    readings += 1
    mix(UInt64(assessed.reading.point.rawValue))
    mix(assessed.reading.value.bitPattern)
    mix(UInt64(assessed.reading.flag.rawValue))
    mix(assessed.reading.time, assessed.reading.wallTime)
    mix(assessed.tests)
  }

  mutating func mix(_ event: DetectionEvent) {
    events += 1
    mix(event.sequence)
    mix(UInt64(event.kind.rawValue) &<< 32 | UInt64(event.subject))
    mix(UInt64(event.stage) &<< 8 | UInt64(event.previousStage))
    mix(event.value.bitPattern)
    mix(event.limit.bitPattern)
    mix(UInt64(event.flag.rawValue))
    mix(event.tests)
    mix(UInt64(event.condition.rawValue) &<< 32 | UInt64(event.cause))
    mix(event.marks.isFirstOut ? 1 : 0)
    mix(event.marks.isFlood ? 1 : 0)
    mix(event.marks.isSilenced ? 1 : 0)
    mix(event.marks.isChattering ? 1 : 0)
    mix(event.time, event.wallTime)
  }

  private mutating func mix(_ tests: TestFlags) {
    mix(flags: tests.gap, tests.syntax, tests.grossRange, tests.climatology, tests.spike)
    mix(
      flags: tests.rateOfChange, tests.flatLine, tests.multivariate, tests.attenuatedSignal,
      tests.neighbour)
  }

  private mutating func mix(_ time: Instant, _ wallTime: WallTime) {
    mix(UInt64(bitPattern: time.nanoseconds))
    mix(UInt64(bitPattern: wallTime.nanosecondsSince1970))
    mix(wallTime.synchronized ? 1 : 0)
  }

  private mutating func mix(
    flags first: QualityFlag, _ second: QualityFlag, _ third: QualityFlag, _ fourth: QualityFlag,
    _ fifth: QualityFlag
  ) {
    let flags: InlineArray<5, QualityFlag> = [first, second, third, fourth, fifth]
    for index in flags.indices {
      mix(UInt64(flags[index].rawValue))
    }
  }
}
