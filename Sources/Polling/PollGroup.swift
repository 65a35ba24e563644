import DetectionCore
import DeviceProfiles

/// The points of one device that have the same cadence, and the reads of their present sample.
struct PollGroup: Sendable {
  /// When samples are due.
  var grid: SampleGrid
  /// When the sample that is being read was due; meaningful while `isReading`.
  private(set) var slot: Instant
  /// True while not all of a sample's reads are done.
  var isReading = false
  /// True where a rule watches one of the points.
  var isWatched: Bool
  /// The reads of a sample; nil until they are planned.
  var planned: [ReadBlock]?

  // How far the reads of the present sample have come.
  /// Those that were planned, or what became of them where the device refused some.
  var blocks: [ReadBlock] = []
  /// The one that is next.
  var current = 0
  /// How often it was tried.
  var tries = 0
  /// It must not be read before this.
  var notBefore: Instant

  init(grid: SampleGrid, isWatched: Bool) {
    self.grid = grid
    self.isWatched = isWatched
    slot = grid.next
    notBefore = grid.next
  }

  /// When the next sample is due.
  var nextSlot: Instant { grid.next }

  /// True while nothing is being read, nor in the midst of a burst.
  var isBetweenRounds: Bool { !isReading && grid.place == 0 }

  /// When the sample that is being read should be complete: when the next one may begin.
  var deadline: Instant { slot + grid.cadence.relativeDeadline }

  /// Takes the sample that is due at `now` and returns how many were passed over; nil where none is
  /// due or the last one is still being read.
  mutating func take(at now: Instant) -> UInt64? {
    guard !isReading, now >= nextSlot else { return nil }
    let passed: Int64
    (slot, passed) = grid.take(at: now)
    return UInt64(passed)
  }

  /// Begins to read the planned blocks.
  mutating func begin(at now: Instant) {
    blocks = planned ?? []
    current = 0
    tries = 0
    notBefore = now
    isReading = true
  }
}
