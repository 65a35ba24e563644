/// The newest times of something that happens now and then.
///
/// They lie in a vector rather than an inline array, whose places by index bring along calls to the
/// system that the embedded core has not (Swift 6.3).
struct RecentTimes: BitwiseCopyable {
  /// How many are kept.
  static var capacity: Int { 16 }

  private var nanoseconds = SIMD16<Int64>(repeating: 0)
  /// How many are known, up to the capacity.
  private(set) var count = 0

  /// Whether it holds as many as have room.
  var isSound: Bool { count >= 0 && count <= RecentTimes.capacity }

  /// The time at `index`; the newest has index 0.
  subscript(index: Int) -> Instant {
    precondition(index >= 0 && index < count, "no such time")
    return Instant(nanoseconds: nanoseconds[index])
  }

  /// Takes the newest time; forgets the oldest when there is no room.
  mutating func append(_ time: Instant) {
    if count < RecentTimes.capacity { count += 1 }
    var index = count - 1
    while index > 0 {
      nanoseconds[index] = nanoseconds[index - 1]
      index -= 1
    }
    nanoseconds[0] = time.nanoseconds
  }

  /// Whether at least `number` of them, from 1 to the capacity, are less than `window` older than
  /// `now`.
  func has(_ number: Int, within window: TimeSpan, at now: Instant) -> Bool {
    precondition(number >= 1 && number <= RecentTimes.capacity, "no such number of times")
    return number <= count && now - self[number - 1] < window
  }
}

/// How long ago the newest times of something were.
public struct RecentAges: BitwiseCopyable, Equatable, Sendable {
  /// The ages in nanoseconds, the newest time's first; `count` of them are meant.
  public var nanoseconds = SIMD16<Int64>(repeating: 0)
  /// How many are known, 0 to 16.
  public var count: UInt8 = 0

  /// No times at all.
  public init() {}
}

extension RecentTimes {
  /// How old they are.
  func ages(at now: Instant) -> RecentAges {
    var ages = RecentAges()
    for index in 0..<count { ages.nanoseconds[index] = (now - self[index]).nanoseconds }
    ages.count = UInt8(count)
    return ages
  }

  /// The times that are so old now.
  init(_ ages: RecentAges, at now: Instant) {
    self.init()
    var index = min(Int(ages.count), RecentTimes.capacity)
    while index > 0 {
      index -= 1
      append(now.before(TimeSpan(nanoseconds: ages.nanoseconds[index])))
    }
  }
}
