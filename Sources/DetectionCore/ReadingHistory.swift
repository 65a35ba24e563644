/// The newest assessed readings of one point, oldest first: what led up to an event.
public struct ReadingHistory: BitwiseCopyable, Sendable {
  /// One of them.
  public struct Entry: BitwiseCopyable, Sendable {
    /// When it was read.
    public var time: Instant
    /// The value in the point's unit; NaN when missing.
    public var value: Double
    /// Its quality.
    public var flag: QualityFlag

    /// Makes an entry.
    public init(time: Instant, value: Double, flag: QualityFlag) {
      self.time = time
      self.value = value
      self.flag = flag
    }
  }

  /// How many readings it keeps: enough to see a delay of five minutes of one reading a minute, and
  /// what was before it.
  public static var capacity: Int { 12 }

  private var entries: InlineArray<12, Entry>
  private var next = 0
  /// How many readings it holds.
  public private(set) var count = 0

  /// No reading yet.
  public init() {
    entries = InlineArray(
      repeating: Entry(time: Instant(nanoseconds: 0), value: .nan, flag: .missing))
  }

  /// Whether its indexes are within its room.
  var isSound: Bool {
    next >= 0 && next < ReadingHistory.capacity && count >= 0 && count <= ReadingHistory.capacity
  }

  /// Reading `index`, from 0, the oldest, to below `count`.
  public subscript(index: Int) -> Entry {
    precondition(index >= 0 && index < count, "no such reading")
    let slot = next - count + index
    return entries[slot < 0 ? slot + ReadingHistory.capacity : slot]
  }

  /// Takes the next reading; the oldest makes room for it.
  public mutating func append(_ entry: Entry) {
    entries[next] = entry
    next = next + 1 < ReadingHistory.capacity ? next + 1 : 0
    if count < ReadingHistory.capacity { count += 1 }
  }
}
