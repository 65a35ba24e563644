import Delivery
import DetectionCore

/// Somebody acknowledges the flood's alarm at one of the brokers.
struct BoxCommand: Equatable {
  /// Nanoseconds since the beginning.
  var time: Int64
  /// The same for a command that is given again, at whatever broker.
  var id: String
  /// The index of the destination at whose broker it is given.
  var destination: Int

  /// What the broker hands on.
  var message: ReceivedMessage {
    ReceivedMessage(
      topic: "nomori/v1/river-nagi/command/acknowledge",
      payload: Array(#"{"id":"\#(id)","operator":"sato","alarm":"river.stage"}"#.utf8),
      isRetained: false)
  }

  /// What is done at the box of `seed`: each command up to four times.
  static func draw(seed: UInt64, pace: BoxPace) -> [BoxCommand] {
    var random = SplitMix64(seed: seed ^ 0xC0DE)
    let end = UInt64(pace.hours * 3_600_000)
    return (0..<20).flatMap { number in
      let first = random.next() % end
      return (0...random.next() % 4).map { again in
        // Some at once, some after everything has been started anew.
        let later = random.next() % (random.next() % 2 == 0 ? 5_000 : end - first)
        let milliseconds = first + (again == 0 ? 0 : later)
        return BoxCommand(
          time: Int64(milliseconds) * 1_000_000, id: "command-\(number)",
          destination: Int(random.next() % 2))
      }
    }.sorted { $0.time < $1.time }
  }
}
