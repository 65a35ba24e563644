/// Flat line test (QARTOD water level, test 8).
///
///     range(k) = max(x[n-k] … x[n]) - min(x[n-k] … x[n])
///     fail  range(failCount) < tolerance      suspect  range(suspectCount) < tolerance
///
/// x and the tolerance are in the point's unit; strictly below, so that a tolerance of 0 never
/// flags. A window that is not full yet passes. Source: `flat_line_test` of ioos_qc 3.0.0.
///
/// A missing reading takes its place in the window. What that means is `FlatLine.gaps`.
///
/// Instead of looking at two windows anew, the test keeps the longest run of readings up to the
/// newest that stays within the tolerance; a value is flat over k readings when the run is longer than k.
/// Since a part of a flat run is flat, the run's start only ever moves forward, and two queues of
/// candidates (falling for the largest, rising for the smallest value) make the work a constant
/// number of steps a reading on average, and at most the window's length. (Lemire, "Streaming
/// maximum-minimum filter using no more than three comparisons per element", 2006.)
struct FlatLineTest: BitwiseCopyable {
  /// A value that may become its run's largest or smallest, and its index in the series.
  struct Candidate: BitwiseCopyable {
    var index: Int64 = 0
    var value = 0.0
  }

  /// A ring of candidates over `capacity` entries of the shared table, from `base`.
  private struct Queue: BitwiseCopyable {
    let base: Int
    let capacity: Int
    var head = 0
    var count = 0

    func slot(_ offset: Int) -> Int {
      let slot = head + offset
      return base + (slot < capacity ? slot : slot - capacity)
    }
    func fits(_ own: Queue) -> Bool {
      base == own.base && capacity == own.capacity && head >= 0 && head < capacity && count >= 0
        && count <= capacity
    }
    /// Forgets all but a new first candidate.
    mutating func restart(with candidate: Candidate, in table: Table<Candidate>) {
      head = 0
      count = 1
      table[base] = candidate
    }
    mutating func takeOver(
      from other: Queue, in source: Table<Candidate>, into table: Table<Candidate>
    ) {
      head = 0
      count = other.count
      for offset in 0..<count { table[slot(offset)] = source[other.slot(offset)] }
    }
    mutating func removeFirst() {
      head = head + 1 < capacity ? head + 1 : 0
      count -= 1
    }
  }

  /// The last value that there was.
  private var newest = Candidate(index: -1, value: .nan)
  private var largest: Queue
  private var smallest: Queue
  /// The index of the next reading; indexes count readings, missing ones included.
  private var index: Int64 = 0
  /// The first index of the run.
  private var start: Int64 = 0

  /// The number of candidates that a test with these limits needs in the shared table.
  static func candidateCount(for limits: FlatLine) -> Int { 2 * (Int(limits.failCount) + 1) }

  /// A test whose candidates lie in the shared table from `base`.
  init(limits: FlatLine, base: Int) {
    let window = Int(limits.failCount) + 1
    largest = Queue(base: base, capacity: window)
    smallest = Queue(base: base + window, capacity: window)
  }

  /// Whether it can take the place of `own`, the same plan's test.
  func fits(_ own: FlatLineTest) -> Bool {
    largest.fits(own.largest) && smallest.fits(own.smallest) && start >= 0 && start <= index
      && newest.index >= -1 && newest.index < index + 1 && index < .max / 2
  }

  /// Goes on where another test of as many readings stands.
  mutating func takeOver(
    from other: FlatLineTest, in source: Table<Candidate>, into table: Table<Candidate>
  ) {
    newest = other.newest
    index = other.index
    start = other.start
    largest.takeOver(from: other.largest, in: source, into: table)
    smallest.takeOver(from: other.smallest, in: source, into: table)
  }

  /// Takes the next finite value.
  mutating func take(
    _ value: Double, limits: FlatLine, in table: Table<Candidate>
  ) -> QualityFlag {
    advance(limits: limits, in: table)
    let candidate = Candidate(index: index - 1, value: value)
    let last = newest
    newest = candidate
    // A step as large as the tolerance ends every run that holds both of its ends: by far the
    // commonest thing that a living sensor does.
    guard (value - last.value).magnitude < limits.tolerance else {
      // With a tolerance of 0 not even a lone value is flat.
      start = max(start, limits.tolerance > 0 ? last.index + 1 : index)
      largest.restart(with: candidate, in: table)
      smallest.restart(with: candidate, in: table)
      return flag(limits: limits)
    }
    while largest.count > 0 && table[largest.slot(largest.count - 1)].value <= value {
      largest.count -= 1
    }
    while smallest.count > 0 && table[smallest.slot(smallest.count - 1)].value >= value {
      smallest.count -= 1
    }
    table[largest.slot(largest.count)] = candidate
    largest.count += 1
    table[smallest.slot(smallest.count)] = candidate
    smallest.count += 1
    while largest.count > 0 && smallest.count > 0
      && !(table[largest.slot(0)].value - table[smallest.slot(0)].value < limits.tolerance)
    {
      start = min(table[largest.slot(0)].index, table[smallest.slot(0)].index) + 1
      forgetBeforeStart(in: table)
    }
    return flag(limits: limits)
  }

  private func flag(limits: FlatLine) -> QualityFlag {
    let run = index - start
    if run > Int64(widening: Int(limits.failCount)) { return .fail }
    return run > Int64(widening: Int(limits.suspectCount)) ? .suspect : .pass
  }

  /// The next reading has no value.
  mutating func takeGap(limits: FlatLine, in table: Table<Candidate>) {
    advance(limits: limits, in: table)
    guard limits.gaps == .restart else { return }
    start = index
    forgetBeforeStart(in: table)
  }

  /// Gives the next reading its index, and lets the run be no longer than the longer window.
  private mutating func advance(limits: FlatLine, in table: Table<Candidate>) {
    index += 1
    let earliest = index - Int64(widening: Int(limits.failCount)) - 1
    guard start < earliest else { return }
    start = earliest
    forgetBeforeStart(in: table)
  }

  private mutating func forgetBeforeStart(in table: Table<Candidate>) {
    while largest.count > 0 && table[largest.slot(0)].index < start { largest.removeFirst() }
    while smallest.count > 0 && table[smallest.slot(0)].index < start { smallest.removeFirst() }
  }
}
