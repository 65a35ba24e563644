internal import Delivery
internal import DetectionCore
internal import FieldLog

/// One session's records through a core, one after the other.
///
/// Where an input is missing, the core is no longer what it was, and nothing is decided until the next part
/// says by its checkpoint how it stood. What was recorded in between is compared with nothing.
struct ReplayRun: ~Copyable {
  private var detector: Detector
  private var outcome: Outcome
  private var result = Replay.Result()
  /// False where other rules decide: then there is nothing to compare, and a gap is no harm.
  private let isCompared: Bool
  private var decided: [[UInt8]] = []
  private var recorded: [[UInt8]] = []
  /// How many events were decided before the last input.
  private var decidedBeforeLast = 0
  /// The number of the next input; nil where inputs have none.
  private var nextInput: UInt32?
  private var isFirstPart = true
  /// True while the core is what a checkpoint says, and the states at the beginning are a part of that.
  private var isWhole = false
  /// Something could not be read: what was recorded of the last input may be lost.
  private var isDamaged = false
  /// Inputs that were missed since the core was known last.
  private var gap: Replay.Gap?
  private var lastTime: WallTime?

  init(plan: DetectionPlan, isCompared: Bool) throws(PlanError) {
    detector = try Detector(plan: plan)
    outcome = Outcome(capacity: detector.outcomeCapacity)
    self.isCompared = isCompared
  }

  /// The records of `part` come next.
  mutating func begin(_ part: RecordedPart) {
    defer { isFirstPart = false }
    let beginsWithStates = part.number == 1 && !part.beginsWithCheckpoint
    if isFirstPart { nextInput = beginsWithStates ? part.inputCount.map { _ in 0 } : nil }
    if !isCompared, isFirstPart, part.number > 1 {
      result.damages.append(
        both(
          "\(part.path): the other rules begin here, without what came before",
          "\(part.path): 指定した判定規則はここから始まり、それ以前の経過を引き継ぎません"))
    }
    guard isCompared, let inputCount = part.inputCount else { return }
    // A known core goes on by itself, so that its own checkpoint does not hide what it decides otherwise.
    if gap == nil, nextInput == inputCount { return }
    if !isFirstPart || beginsWithStates {
      open(missing: nextInput.map { inputCount &- $0 } ?? 0)
    }
    nextInput = inputCount
    let checkpoint = part.checkpoint ?? []
    do throws(CheckpointRefusal) {
      try detector.restore(fromCheckpoint: checkpoint.span)
      isWhole = true
      close()
    } catch {
      if gap == nil { gap = Replay.Gap() }
      result.damages.append(error.text(at: part.path))
    }
  }

  /// Lets the core begin where an earlier run stood; false when the message names no state.
  mutating func restore(_ data: ArraySlice<UInt8>) -> Bool {
    guard let message = try? StateMessage(decoding: data) else { return false }
    return isWhole || message.apply(to: &detector)
  }

  /// A place of the recording cannot be read.
  mutating func noteDamage() { isDamaged = true }

  /// Takes an event that was recorded.
  mutating func compare(_ event: [UInt8]) {
    // After a damage in numbered inputs the event's own input may be lost; the next one tells.
    if gap != nil || (isDamaged && nextInput != nil) { return }
    recorded.append(event)
  }

  /// Feeds inputs, of which the first has the number `number`; false when one cannot be understood.
  mutating func take(
    _ messages: [InputMessage], from number: UInt32, _ onReading: (AssessedReading) -> Void
  ) -> Bool {
    var areUnderstood = true
    for (index, message) in messages.enumerated() {
      if let input = message.input {
        take(input, number: number &+ UInt32(index), onReading)
      } else {
        areUnderstood = false
      }
    }
    return areUnderstood
  }

  private mutating func take(
    _ input: DetectionInput, number: UInt32, _ onReading: (AssessedReading) -> Void
  ) {
    if isCompared, let expected = nextInput {
      if isDamaged || number != expected { dropUnrecorded() }
      if number != expected { open(missing: number &- expected) }
      nextInput = number &+ 1
      isDamaged = false
    }
    if gap != nil {
      gap?.undecidedCount += 1
      return
    }
    guard detector.takes(input) else { return }
    if !result.gaps.isEmpty, result.gaps[result.gaps.count - 1].end == nil {
      result.gaps[result.gaps.count - 1].end = input.wallTime
    }
    lastTime = input.wallTime
    feed(input, onReading)
  }

  private mutating func feed(_ input: DetectionInput, _ onReading: (AssessedReading) -> Void) {
    result.inputCount += 1
    decidedBeforeLast = decided.count
    outcome.removeAll()
    detector.accept(input, into: &outcome)
    for index in 0..<outcome.readingCount { onReading(outcome.reading(at: index)) }
    for index in 0..<outcome.eventCount {
      let event = outcome.event(at: index)
      result.events.append(DecidedEvent(event, history: detector.history(of: event)))
      decided.append(EventMessage(event).encoded())
    }
  }

  /// What was recorded of the last input's events may be lost with what comes next.
  private mutating func dropUnrecorded() {
    guard recorded.count >= decidedBeforeLast, recorded.count < decided.count else { return }
    decided.removeLast(decided.count - recorded.count)
  }

  private mutating func open(missing count: UInt32) {
    if gap == nil {
      dropUnrecorded()
      gap = Replay.Gap()
      gap?.start = lastTime
    }
    gap?.missingCount += Int(count)
  }

  private mutating func close() {
    if let gap { result.gaps.append(gap) }
    gap = nil
    isDamaged = false
  }

  /// All records came.
  consuming func finish(damages: [LocalizedText]) -> Replay.Result {
    if isDamaged && nextInput != nil { dropUnrecorded() }
    close()
    var digest = CRC32()
    for event in decided { digest.update(event[...]) }
    result.digest = digest.value
    result.recordedEventCount = recorded.count
    result.firstDifference = Self.firstDifference(decided, recorded)
    result.damages = damages + result.damages
    return result
  }

  private static func firstDifference(_ left: [[UInt8]], _ right: [[UInt8]]) -> Int? {
    let common = min(left.count, right.count)
    if let index = (0..<common).first(where: { left[$0] != right[$0] }) { return index }
    return left.count == right.count ? nil : common
  }
}

extension Detector {
  /// False for a reading of a point that the plan does not acquire, which another site's rules or a
  /// damaged recording can bring.
  fileprivate func takes(_ input: DetectionInput) -> Bool {
    guard case .reading(let reading) = input else { return true }
    return isAcquired(reading.point)
  }
}

extension CheckpointRefusal {
  /// Why a part does not replay alone.
  fileprivate func text(at path: String) -> LocalizedText {
    switch self {
    case .damaged:
      both(
        "\(path): its checkpoint is damaged; it does not replay alone",
        "\(path): 始めの状態が壊れているため、単独では再生できません")
    case .otherVersion:
      both(
        "\(path): its checkpoint is another version's; it does not replay alone",
        "\(path): 始めの状態が別の版のものであるため、単独では再生できません")
    case .otherPlan:
      both(
        "\(path): its checkpoint is of another plan; it does not replay alone",
        "\(path): 始めの状態が別の設定のものであるため、単独では再生できません")
    }
  }
}

extension DetectionInput {
  /// The wall time that came with it.
  fileprivate var wallTime: WallTime {
    switch self {
    case .reading(let reading): reading.wallTime
    case .tick(_, let wallTime), .command(_, let wallTime, _), .lost(_, let wallTime, _): wallTime
    }
  }
}
