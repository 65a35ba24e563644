import DetectionCore

// Plans and inputs at random, for the tests, the fuzzer and the programs that run the core on other
// processors. All of this folder compiles as Embedded Swift without allocations.

/// Where everything random comes from: a seed, or the bytes that a fuzzer makes up.
///
/// A small number takes one byte, so that a change of one byte changes one decision. A byte of 0
/// stands for the most ordinary choice, and so does every byte after the last.
@safe struct Dice {
  private let bytes: UnsafeRawBufferPointer
  private let count: Int
  private var position = 0
  private var numbers: SplitMix64?
  /// Out of so many numbers of a plan one is wrong; 0 for a plan without mistakes.
  var oneMistakeIn = 0
  var makesMistakes: Bool { oneMistakeIn > 0 }

  /// The dice of `seed`, which never end.
  init(seed: UInt64) {
    numbers = SplitMix64(seed: seed)
    unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    count = 0
  }

  /// Dice that fall as `bytes` say, which have to outlive them.
  @unsafe init(bytes: UnsafeRawBufferPointer) {
    unsafe self.bytes = bytes
    count = bytes.count
  }

  /// True when the bytes are used up.
  var isOver: Bool { numbers == nil && position >= count }

  /// The next eight bits.
  mutating func byte() -> UInt8 {
    if let bits = numbers?.next() { return UInt8(truncatingIfNeeded: bits &>> 32) }
    guard position < count else { return 0 }
    position += 1
    return unsafe bytes[position - 1]
  }

  /// The next 64 bits.
  mutating func bits() -> UInt64 {
    var bits: UInt64 = 0
    for _ in 0..<8 { bits = bits &<< 8 | UInt64(byte()) }
    return bits
  }

  /// A number from 0 to below `count`, which is at most 256.
  mutating func below(_ count: Int) -> Int { Int(byte()) % count }

  /// True once in `count` times.
  mutating func isOne(in count: Int) -> Bool { below(count) == count - 1 }

  /// One of several.
  mutating func pick<let count: Int, Element: BitwiseCopyable>(
    _ choices: InlineArray<count, Element>
  ) -> Element {
    choices[below(count)]
  }

  /// A number on a grid of quarters, so that comparisons also meet equality.
  mutating func quarters(_ range: ClosedRange<Int>) -> Double {
    Double(range.lowerBound + below(range.count)) * 0.25
  }

  /// A number as no sensor should give it.
  mutating func oddity() -> Double {
    switch below(10) {
    case 0: .nan
    case 1: .infinity
    case 2: -.infinity
    case 3: .greatestFiniteMagnitude
    case 4: -.greatestFiniteMagnitude
    // Swift's own constant is another one where a processor may lack numbers this small.
    case 5: Double(bitPattern: 1)
    case 6: -0.0
    case 7: 1e300
    case 8: .signalingNaN
    default: Double(bitPattern: bits())
    }
  }

  /// A time as no clock should show it.
  mutating func oddTime() -> Int64 {
    switch below(6) {
    case 0: .max
    case 1: .min
    case 2: -1
    case 3: .max - 1
    case 4: 0
    default: Int64(bitPattern: bits())
    }
  }
}

// What a plan is made of: now and then it is wrong.
extension Dice {
  private mutating func isWrong() -> Bool { makesMistakes && isOne(in: oneMistakeIn) }

  /// `number`, or something that may not stand in a plan.
  mutating func planned(_ number: Double) -> Double {
    guard isWrong() else { return number }
    return isOne(in: 2) ? -number : oddity()
  }

  /// `count`, or another one.
  mutating func planned(_ count: UInt16) -> UInt16 {
    guard isWrong() else { return count }
    switch below(4) {
    case 0: return count &+ 1
    case 1: return count &- 1
    case 2: return 0
    default: return UInt16(truncatingIfNeeded: bits())
    }
  }

  /// `count`, or another one.
  mutating func planned(_ count: UInt8) -> UInt8 {
    UInt8(truncatingIfNeeded: planned(UInt16(count)))
  }

  /// One of the spans of time that plans have, from `shortest` nanoseconds on.
  mutating func span(from shortest: Int64) -> TimeSpan {
    let span = pick(
      [
        1_000_000_000, 0, 1, 500_000_000, 2_000_000_000, 5_000_000_000,
        20_000_000_000, 3_600_000_000_000,
      ] as InlineArray<8, Int64>)
    return TimeSpan(nanoseconds: isWrong() ? oddTime() : max(span, shortest))
  }
}
