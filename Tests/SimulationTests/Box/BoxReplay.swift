import DetectionCore
import FieldLog

@testable import GatewayRuntime
@testable import Recording

/// Replays what leaves the lane while it leaves: from each checkpoint on, as if a part of the recording began
/// there, a second core is given the same inputs, and has to decide the same events.
struct BoxReplay: ~Copyable {
  private var detector: Detector
  private var outcome: Outcome
  private var nextInput: UInt32 = 0
  private var decided: [[UInt8]] = []
  private(set) var parts = 0

  init(plan: DetectionPlan) throws(PlanError) {
    detector = try Detector(plan: plan)
    outcome = Outcome(capacity: detector.outcomeCapacity)
  }

  /// Takes what left the lane next; says what differs.
  mutating func take(_ record: LaneRecord, from room: CheckpointRoom) -> String? {
    switch record {
    case .checkpoint(let inputCount):
      var bytes: [UInt8] = []
      _ = room.take(into: &bytes)
      if !decided.isEmpty { return "replay decided \(decided.count) events more" }
      do throws(CheckpointRefusal) {
        try detector.restore(fromCheckpoint: bytes.span)
      } catch {
        return "the checkpoint is refused: \(error)"
      }
      parts += 1
      nextInput = inputCount
    case .input(let input, let number):
      guard parts > 0 else { return "an input before the first checkpoint" }
      if number != nextInput { return "input \(number) where \(nextInput) was due" }
      if !decided.isEmpty { return "replay decided \(decided.count) events more" }
      nextInput = number &+ 1
      outcome.removeAll()
      detector.accept(input, into: &outcome)
      for index in 0..<outcome.eventCount {
        decided.append(EventMessage(outcome.event(at: index)).encoded())
      }
    case .reading: break
    case .event(let event):
      guard decided.first == EventMessage(event).encoded() else {
        return "replay decides other than event \(event.sequence)"
      }
      decided.removeFirst()
    }
    return nil
  }
}
