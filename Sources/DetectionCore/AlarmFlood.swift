/// Whether more alarms come than a person can follow.
///
/// A flood begins with the eleventh raise within ten minutes and ends when fewer than five came in
/// the last ten. Source: ANSI/ISA-18.2 and EEMUA 191, which count ten alarms in ten minutes and
/// operator as the limit.
struct AlarmFlood: BitwiseCopyable {
  private(set) var isActive = false
  /// The newest raises, oldest first; as many as the beginning needs.
  private var raises = InlineArray<11, Instant>(repeating: Instant(nanoseconds: .min))

  /// A flood begins above this many raises ...
  static var limit: Int { 10 }
  /// ... and ends below this many ...
  static var end: Int { 5 }
  /// ... within this time.
  static var time: TimeSpan { .seconds(600) }

  /// Notes a raise; true when it begins a flood.
  mutating func raised(at now: Instant) -> Bool {
    for index in 0..<AlarmFlood.limit { raises[index] = raises[index + 1] }
    raises[AlarmFlood.limit] = now
    guard !isActive, raises[0].nanoseconds != .min, now - raises[0] <= AlarmFlood.time
    else { return false }
    isActive = true
    return true
  }

  /// When the flood is over if no more come; nil outside of one.
  var deadline: Instant? {
    isActive ? raises[AlarmFlood.limit + 1 - AlarmFlood.end] + AlarmFlood.time : nil
  }

  /// Time has passed; true when it ended a flood.
  mutating func pass(to now: Instant) -> Bool {
    guard let deadline, now >= deadline else { return false }
    isActive = false
    return true
  }
}
