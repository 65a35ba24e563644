import DetectionCore
import DeviceProfiles

/// The points of one device that have the same cadence, and the reads that it leads.
///
/// Groups whose samples are due at the same moment may be read together; the one whose next sample
/// comes last then leads, and the others are free again as soon as they are complete.
struct PollGroup: Sendable {
  /// When samples are due.
  var grid: SampleGrid
  /// When the sample that is being read was due; meaningful while `reader` is not nil.
  private(set) var slot: Instant
  /// The group that leads the reads of the present sample, which may be this one; nil between
  /// samples.
  var reader: Int?
  /// True where a rule watches one of the points.
  var isWatched: Bool

  // What a group that leads has to read.
  /// The reads, as far as they are not refused.
  var blocks: [ReadBlock] = []
  /// The one that is next.
  var current = 0
  /// How often it was tried.
  var tries = 0
  /// It must not be read before this.
  var notBefore: Instant
  /// When all should be complete.
  var deadline: Instant

  init(grid: SampleGrid, isWatched: Bool) {
    self.grid = grid
    self.isWatched = isWatched
    slot = grid.next
    notBefore = grid.next
    deadline = grid.next
  }

  /// When the next sample is due.
  var nextSlot: Instant { grid.next }

  /// True while nothing is being read, nor in the midst of a burst.
  var isBetweenRounds: Bool { reader == nil && grid.place == 0 }

  /// When the sample that is being read should be complete: when the next one of the same cadence
  /// may begin.
  var sampleDeadline: Instant { slot + grid.cadence.spacing }

  /// Takes the sample that is due at `now` and returns how many were passed over; nil where none is
  /// due or the last one is still being read.
  mutating func take(at now: Instant) -> UInt64? {
    guard reader == nil, now >= nextSlot else { return nil }
    let passed: Int64
    (slot, passed) = grid.take(at: now)
    return UInt64(passed)
  }

  /// Begins to lead these reads.
  mutating func lead(_ blocks: [ReadBlock], deadline: Instant, at now: Instant) {
    self.blocks = blocks
    self.deadline = deadline
    current = 0
    tries = 0
    notBefore = now
  }
}
