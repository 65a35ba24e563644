/// The values of a point over the last while: a ring over `capacity` entries of a shared table.
///
/// The time decides what belongs to the window; when more values come in that time than the plan
/// has room for, the oldest leave early.
struct TimeWindow: BitwiseCopyable {
  /// A value and when it was read.
  struct Entry: BitwiseCopyable {
    var time = Instant(nanoseconds: 0)
    var value = 0.0
  }

  private let base: Int
  private let capacity: Int
  private var head = 0
  private(set) var count = 0

  /// A window whose entries lie in the shared table from `base`.
  init(base: Int, capacity: Int) {
    self.base = base
    self.capacity = capacity
  }

  /// Whether it can take the place of `own`, the same plan's window.
  func fits(_ own: TimeWindow) -> Bool {
    base == own.base && capacity == own.capacity && head >= 0 && head < max(capacity, 1)
      && count >= 0 && count <= capacity
  }

  private func slot(_ offset: Int) -> Int {
    let slot = head + offset
    return base + (slot < capacity ? slot : slot - capacity)
  }

  /// The value at `offset`, 0 being the oldest.
  subscript(offset: Int, table: Table<Entry>) -> Entry { table[slot(offset)] }

  /// Forgets the values that are `length` or more older than `time`.
  mutating func forget(olderThan length: TimeSpan, at time: Instant, in table: Table<Entry>) {
    let start = time + TimeSpan(nanoseconds: -length.nanoseconds)
    while count > 0 && table[slot(0)].time <= start { removeFirst() }
  }

  /// Takes the newest value.
  mutating func append(_ value: Double, at time: Instant, in table: Table<Entry>) {
    if count == capacity { removeFirst() }
    table[slot(count)] = Entry(time: time, value: value)
    count += 1
  }

  /// Puts another value in the place of the newest, where there is one.
  func replaceNewest(with value: Double, in table: Table<Entry>) {
    if count > 0 { table[slot(count - 1)].value = value }
  }

  /// Takes the values of another window, as far as there is room for them.
  mutating func takeOver(
    from other: TimeWindow, in source: Table<Entry>, into table: Table<Entry>
  ) {
    guard capacity > 0 else { return }
    other.forEach(in: source) { append($0.value, at: $0.time, in: table) }
  }

  private mutating func removeFirst() {
    head = head + 1 < capacity ? head + 1 : 0
    count -= 1
  }

  /// The newest value; there must be one.
  func newest(in table: Table<Entry>) -> Double { table[slot(count - 1)].value }

  /// Shows every entry, the oldest first. They lie in two straight runs at most, so that the end
  /// of the ring is looked for once a run rather than at every entry.
  @inline(__always) func forEach(in table: Table<Entry>, _ show: (Entry) -> Void) {
    let first = slot(0)
    let straight = min(count, base + capacity - first)
    table.forEach(from: first, count: straight, show)
    table.forEach(from: base, count: count - straight, show)
  }

  /// How far the values lie apart; there must be one.
  ///
  /// Computed anew each time, so that no rounding error outlives its window and the same window
  /// gives the same bits whatever came before it.
  func spread(in table: Table<Entry>) -> Spread {
    var spread = Spread(from: table[slot(0)].value)
    forEach(in: table) { spread.take($0.value) }
    return spread
  }
}

/// Range and standard deviation of a few values.
///
///     variance × n² = n × Σ d² - (Σ d)²      d = x - x[first]
///
/// Counting from one of the values makes the difference on the right harmless: (Σ d)² is at most
/// n - 1 times as large as n² × variance. (Chan, Golub, LeVeque, "Algorithms for computing the sample
/// variance", 1983: shifted data.) Deviations are compared by their squares, so no root is taken.
struct Spread: BitwiseCopyable {
  private let origin: Double
  private var count = 0.0
  private var lowest: Double
  private var highest: Double
  private var sum = 0.0
  private var sumOfSquares = 0.0

  /// The spread of no values yet, which are counted from `first`, one of them.
  init(from first: Double) {
    origin = first
    lowest = first
    highest = first
  }

  mutating func take(_ value: Double) {
    let difference = value - origin
    count += 1
    sum += difference
    sumOfSquares += difference * difference
    if value < lowest { lowest = value }
    if value > highest { highest = value }
  }

  /// Largest minus smallest value.
  var range: Double { highest - lowest }

  /// True when the standard deviation (of the values themselves, ddof 0) is below `limit`.
  func isDeviation(below limit: Double) -> Bool {
    limit > 0 && scaledVariance < limit * limit * (count * count)
  }

  /// True when `amount` is above `factor` standard deviations (ddof 0); both are not negative.
  func isExceeded(by amount: Double, factor: Double) -> Bool {
    amount > 0 && amount * amount * (count * count) > factor * factor * scaledVariance
  }

  private var scaledVariance: Double {
    let scaled = count * sumOfSquares - sum * sum
    return scaled < 0 ? 0 : scaled
  }
}
