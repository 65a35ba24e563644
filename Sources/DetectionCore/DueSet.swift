/// The points that are to be computed before an input is done with, taken in the order of the plan:
/// since a point stands behind all that it is computed from, each is computed once, and from the
/// newest values.
struct DueSet: BitwiseCopyable {
  private let words: Table<UInt32>
  /// All words before this one, and from `end` on, are 0; the one before `end` is not, or the set is
  /// empty and `end` is 0.
  private var lowest: Int
  private var end = 0

  init(count: Int, in memory: inout CoreMemory) {
    words = memory.table(filledWith: 0, count: DueSet.wordCount(count))
    lowest = words.count
  }

  static func byteCount(count: Int) -> Int {
    CoreMemory.byteCount(of: UInt32.self, count: wordCount(count))
  }

  private static func wordCount(_ count: Int) -> Int { (count + 31) / 32 }

  mutating func insert(_ point: Int) {
    let index = point >> 5
    words[index] |= 1 &<< UInt32(truncatingIfNeeded: point & 31)
    lowest = min(lowest, index)
    end = max(end, index + 1)
  }

  /// Takes out the first point; nil when none is left.
  mutating func removeFirst() -> Int? {
    guard end > 0 else { return nil }
    while words[lowest] == 0 { lowest += 1 }
    let word = words[lowest]
    let point = lowest &<< 5 + word.trailingZeroBitCount
    words[lowest] = word & (word &- 1)
    if words[lowest] == 0 && lowest == end - 1 {
      lowest = words.count
      end = 0
    }
    return point
  }
}
