/// The points that are to be computed before an input is done with, taken in the order of the plan:
/// since a point stands behind all that it is computed from, each is computed once, and from the
/// newest values.
struct DueSet: BitwiseCopyable {
  private let words: Table<UInt32>
  /// All words before this one are 0.
  private var lowest: Int

  init(count: Int, in memory: inout CoreMemory) {
    words = memory.table(filledWith: 0, count: DueSet.wordCount(count))
    lowest = words.count
  }

  static func byteCount(count: Int) -> Int {
    CoreMemory.byteCount(of: UInt32.self, count: wordCount(count))
  }

  private static func wordCount(_ count: Int) -> Int { (count + 31) / 32 }

  mutating func insert(_ point: Int) {
    words[point >> 5] |= 1 << UInt32(truncatingIfNeeded: point & 31)
    if point >> 5 < lowest { lowest = point >> 5 }
  }

  /// Takes out the first point; nil when none is left.
  mutating func removeFirst() -> Int? {
    while lowest < words.count {
      let word = words[lowest]
      if word != 0 {
        words[lowest] = word & (word &- 1)
        return lowest << 5 + word.trailingZeroBitCount
      }
      lowest += 1
    }
    return nil
  }
}
