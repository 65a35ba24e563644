import Testing

@testable import DetectionCore

/// A detector goes on from a checkpoint as if nothing had been: over random plans and inputs.
@Suite struct CheckpointTests {
  private let cases = 0..<300

  init() { print("checkpoint test: NOMORI_SEED=\(RandomCase.seed)") }

  @Test func aRestoredDetectorDecidesTheSame() throws {
    var outcomes: UInt32 = 0
    for number in cases {
      let one = try RandomCase(number, count: 120, isBoundless: number % 4 == 0)
      var dice = Dice(seed: one.seed)
      let cut = dice.below(one.inputs.count)
      var first = try Detector(plan: DetectionPlan(one.plan))
      _ = first.digest(of: one.inputs[..<cut])
      // What the other one has been through before does not matter.
      var second = try Detector(plan: DetectionPlan(one.plan))
      _ = second.digest(of: one.inputs[..<dice.below(one.inputs.count)])
      try second.restore(fromCheckpoint: first.checkpoint().span)
      #expect(first.nextDeadline == second.nextDeadline, "seed \(one.seed)")
      #expect(first.nextSequence == second.nextSequence, "seed \(one.seed)")
      let digest = first.digest(of: one.inputs[cut...])
      #expect(digest == second.digest(of: one.inputs[cut...]), "seed \(one.seed), cut \(cut)")
      #expect(first.nextDeadline == second.nextDeadline, "seed \(one.seed)")
      outcomes += digest.readings + digest.events
    }
    #expect(outcomes > 15_000)
  }

  @Test func anotherPlanRefusesAndStaysAsItWas() throws {
    for number in 0..<100 {
      let one = try RandomCase(number)
      var detector = try Detector(plan: DetectionPlan(one.plan))
      _ = detector.digest(of: one.inputs[...])
      var plan = DetectionPlan(one.plan)
      plan.points[0].sensorFaultDelay.nanoseconds += 1
      for other in [plan, try DetectionPlan(RandomCase(number + 1).plan)] {
        try expectRefusal(.otherPlan, of: detector.checkpoint(), by: other, seed: one.seed)
      }
    }
  }

  @Test func damagedBytesAreRefused() throws {
    for number in 0..<60 {
      let one = try RandomCase(number)
      let plan = DetectionPlan(one.plan)
      var detector = try Detector(plan: plan)
      _ = detector.digest(of: one.inputs[...])
      let whole = detector.checkpoint()
      var dice = Dice(seed: one.seed)
      for _ in 0..<10 {
        var bytes = whole
        bytes[Int(dice.bits() % UInt64(bytes.count))] ^= 1 << UInt8(dice.below(8))
        try expectRefusal(.damaged, of: bytes, by: plan, seed: one.seed)
      }
      // Two bits whose changes a plain product would cancel.
      var bytes = whole
      bytes[39] ^= 0x80
      bytes[47] ^= 0x80
      try expectRefusal(.damaged, of: bytes, by: plan, seed: one.seed)
      for count in [0, 1, 8, 40, whole.count - 8, whole.count - 1] {
        try expectRefusal(.damaged, of: Array(whole.prefix(count)), by: plan, seed: one.seed)
      }
      try expectRefusal(.damaged, of: whole + [0], by: plan, seed: one.seed)
    }
  }

  @Test func anotherVersionIsRefused() throws {
    let plan = ReferencePlan.river()
    for place in [0, 8] {
      var bytes = try Detector(plan: plan).checkpoint()
      bytes[place] ^= 3
      bytes.sign()
      try expectRefusal(.otherVersion, of: bytes, by: plan, seed: 0)
    }
  }

  /// Numbers that no detector wrote, under a digest that says they are right: none is used as a
  /// place, and nothing traps.
  @Test func forgedPlacesAreRefused() throws {
    var refused = 0
    for number in 0..<100 {
      let one = try RandomCase(number)
      var detector = try Detector(plan: DetectionPlan(one.plan))
      _ = detector.digest(of: one.inputs[...])
      let whole = detector.checkpoint()
      var dice = Dice(seed: one.seed)
      for _ in 0..<20 {
        var bytes = whole
        let word = 4 + dice.below(min(bytes.count / 8 - 5, 60_000))
        for place in 8 * word..<8 * word + 8 { bytes[place] = 0x7f }
        bytes.sign()
        do throws(CheckpointRefusal) {
          try detector.restore(fromCheckpoint: bytes.span)
        } catch {
          #expect(error == .damaged, "seed \(one.seed)")
          refused += 1
        }
      }
    }
    #expect(refused > 100)
  }

  private func expectRefusal(
    _ reason: CheckpointRefusal, of bytes: [UInt8], by plan: DetectionPlan, seed: UInt64
  ) throws {
    var detector = try Detector(plan: plan)
    let before = detector.block
    do throws(CheckpointRefusal) {
      try detector.restore(fromCheckpoint: bytes.span)
      Issue.record("seed \(seed): not refused as \(reason)")
    } catch {
      #expect(error == reason, "seed \(seed)")
    }
    let isUnchanged =
      detector.block == before && detector.nextSequence == plan.firstSequence
      && detector.nextDeadline == nil
    #expect(isUnchanged, "seed \(seed): a refusal changed the detector")
  }
}

/// Every field of a plan is part of its fingerprint.
@Suite struct PlanFingerprintTests {
  init() { print("fingerprint test: NOMORI_SEED=\(RandomCase.seed)") }

  /// A field that was added to a plan and forgotten in `PlanFingerprint.swift` shows here.
  @Test func everyFieldIsTaken() throws {
    for number in 0..<300 {
      let one = try RandomCase(number, count: 0)
      let plan = DetectionPlan(one.plan)
      // A list is taken with its length; how the first event is numbered decides nothing.
      let fields = leaves(of: plan) - 1
      #expect(Int(plan.digest().count) == fields, "seed \(one.seed)")
    }
  }

  @Test func equalPlansHaveOneFingerprintAndOthersAnother() throws {
    var fingerprints: Set<UInt64> = []
    for number in 0..<300 {
      let one = try RandomCase(number, count: 0)
      let detector = try Detector(plan: DetectionPlan(one.plan))
      #expect(detector.planFingerprint == DetectionPlan(one.plan).fingerprint())
      #expect(detector.planFingerprint == one.plan.fingerprint(), "seed \(one.seed)")
      fingerprints.insert(detector.planFingerprint)
    }
    #expect(fingerprints.count == 300)
  }

  /// How many numbers `value` is made of; an optional, a list and a case with values are one more.
  private func leaves(of value: Any) -> Int {
    if value is InlineArray<8, UInt16> || value is InlineArray<8, PointIndex> { return 8 }
    let mirror = Mirror(reflecting: value)
    let inside = mirror.children.reduce(0) { $0 + leaves(of: $1.value) }
    return switch mirror.displayStyle {
    case .struct where !mirror.children.isEmpty, .tuple: inside
    case .optional, .enum, .collection: 1 + inside
    default: 1
    }
  }
}

extension Detector {
  /// Its state as bytes.
  func checkpoint() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: checkpointByteCount)
    var room = bytes.mutableSpan
    writeCheckpoint(into: &room)
    return bytes
  }

  /// The block of memory; what stands beside it has bytes between its numbers that mean nothing.
  fileprivate var block: [UInt8] {
    Array(checkpoint()[Detector.blockOffset..<Detector.blockOffset + stateByteCount])
  }

  /// Feeds `inputs`; a digest of all that they cause.
  fileprivate mutating func digest(of inputs: ArraySlice<DetectionInput>) -> OutcomeDigest {
    var outcome = Outcome(capacity: outcomeCapacity)
    var digest = OutcomeDigest()
    for input in inputs {
      outcome.removeAll()
      accept(input, into: &outcome)
      digest.mix(outcome)
    }
    return digest
  }
}

extension [UInt8] {
  /// Puts the digest of all before it at the end.
  fileprivate mutating func sign() {
    let digest = unsafe BitDigest.value(of: span.bytes, byteCount: count - 8)
    for index in 0..<8 {
      self[count - 8 + index] = UInt8(truncatingIfNeeded: digest >> (8 * index))
    }
  }
}
