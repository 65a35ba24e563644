import DetectionCore

/// Something that goes wrong for a while in a simulated box.
struct BoxFault: Hashable, Sendable, CustomStringConvertible {
  enum Kind: CaseIterable, Sendable {
    // The box.
    case powerCut, kill
    // Its clock.
    case clockUnknown, clockStep
    // Its disk.
    case diskFull, diskUnreadable, diskHangs, factDamaged
    // A broker.
    case brokerGone, brokerSlow, brokerLosesLines, brokerIsSilent, brokerCongested, brokerRefuses
    // The field.
    case portLost, deviceSilent, outputSilent
    // A thread that the machine does not let run.
    case writerHeld, laneHeld, deliveryHeld

    /// The longest time it takes, in seconds.
    var longest: Int64 {
      switch self {
      case .powerCut: 4 * 3_600
      case .kill: 90
      case .clockStep, .factDamaged: 1
      case .clockUnknown: 6 * 3_600
      case .brokerGone, .deviceSilent, .portLost: 6 * 3_600
      case .diskFull, .diskUnreadable, .diskHangs: 2 * 3_600
      case .brokerSlow, .brokerLosesLines, .brokerIsSilent, .brokerCongested: 3_600
      case .brokerRefuses: 600
      case .outputSilent: 1_800
      case .writerHeld, .laneHeld, .deliveryHeld: 120
      }
    }
  }

  var kind: Kind
  /// Seconds since the beginning.
  var start: Int64
  /// How long it takes, in seconds.
  var length: Int64
  /// Which broker or device, or how far a clock steps, as the kind says.
  var number: UInt64

  var end: Int64 { start + length }

  var description: String { "\(kind) at \(start) s for \(length) s (\(number % 4))" }

  /// What goes wrong with the box of `seed`.
  static func draw(seed: UInt64, pace: BoxPace) -> [BoxFault] {
    var random = SplitMix64(seed: seed ^ 0xFA17)
    let count = random.next() % pace.faults
    return (0..<count).map { _ in
      let kind = Kind.allCases[Int(random.next() % UInt64(Kind.allCases.count))]
      let start = Int64(random.next() % UInt64(pace.hours * 3_600))
      // Half of them are short.
      let longest = random.next() % 2 == 0 ? kind.longest : min(kind.longest, 120)
      return BoxFault(
        kind: kind, start: start,
        length: 1 + Int64(random.next() % UInt64(max(1, longest / pace.haste))),
        number: random.next())
    }.sorted { $0.start < $1.start }
  }
}
