import DetectionCore
import DeviceProfiles

/// What is heard on a line of devices with messages of their own, and what was asked there.
struct FramedLine: Sendable {
  /// True where a device sends by itself: the line is never silent.
  let isFreeRunning: Bool
  /// The request that waits for its answer.
  var request: OpenRequest?
  /// When a request may be sent that has to wait for a late answer to another.
  var heldUntil = Instant(nanoseconds: .max)
  /// Since when bytes come that nobody waits for; nil once the line was silent.
  var noisySince: Instant?
  /// Whole frames that no profile of the line knows, or that nobody had asked for.
  var ignoredFrames: UInt64 = 0
  /// What was sent and heard since the last call of `next`.
  var transcript = FrameTranscript()
  /// Where the fields of the message at hand stand; allotted once.
  var fields: [Range<Int>]

  init(_ sensors: [FramedSensor]) {
    isFreeRunning = sensors.contains(where: \.isFreeRunning)
    fields = Array(repeating: 0..<0, count: sensors.map(\.line.mostFields).max() ?? 0)
  }

  /// What comes next is the beginning of an answer, unless a device that sends by itself is in the midst
  /// of a message.
  func finishedSending(to sensors: inout [FramedSensor]) {
    guard let request, !isFreeRunning else { return }
    sensors[request.asked.device].framer.restart(isSilentBefore: true)
  }
}
