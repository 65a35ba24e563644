// What `main.c` calls. The same source is compiled for every processor, hosted and as Embedded
// Swift.
import DetectionCore

/// A part of the memory that C lends, for one run after the other.
private func part(
  _ number: Int, of block: UnsafeMutableRawPointer, _ byteCount: UInt32
) -> CoreMemory {
  unsafe CoreMemory(borrowing: block + number * Int(byteCount), byteCount: Int(byteCount))
}

/// Runs `plans` random plans with `inputs` random inputs each, and writes down the digest, the
/// number of readings and the number of events. `block` has three times
/// `byteCount` bytes, a multiple of 16.
@_cdecl("digest_random_runs")
public func digestRandomRuns(
  seed: UInt64, plans: UInt32, inputs: UInt32, block: UnsafeMutableRawPointer,
  byteCount: UInt32, results: UnsafeMutablePointer<UInt64>
) {
  var digest = OutcomeDigest()
  for number in 0..<plans {
    var dice = Dice(seed: seed &+ UInt64(number))
    let plan = FixedPlan(random: &dice)
    let stream = RandomInputs(isBoundless: dice.isOne(in: 4), &dice)
    do throws(PlanError) {
      var run = try unsafe RandomRun(
        of: plan, with: stream, planMemory: part(0, of: block, byteCount),
        detectorMemory: part(1, of: block, byteCount),
        outcomeMemory: part(2, of: block, byteCount))
      digest.mix(run.planFingerprint)
      for _ in 0..<inputs {
        let broken = run.step(&dice, into: &digest)
        precondition(broken == nil)
      }
    } catch {
      // A plan that is refused is refused everywhere.
      digest.mix(UInt64(error.index))
    }
  }
  unsafe write(digest, to: results)
}

/// Runs the river gauge's plan over a recorded series: values with their times in nanoseconds.
@_cdecl("digest_recording")
public func digestRecording(
  values: UnsafePointer<Double>, times: UnsafePointer<Int64>, count: UInt32,
  block: UnsafeMutableRawPointer, byteCount: UInt32,
  results: UnsafeMutablePointer<UInt64>
) {
  var digest = OutcomeDigest()
  do throws(PlanError) {
    var detector = try unsafe Detector(
      plan: FixedPlan.river().laidOut(in: part(0, of: block, byteCount)), firstSequence: 1,
      memory: part(1, of: block, byteCount))
    var outcome = unsafe Outcome(
      capacity: detector.outcomeCapacity, memory: part(2, of: block, byteCount))
    for index in 0..<Int(count) {
      let time = unsafe times[index]
      outcome.removeAll()
      detector.accept(
        .reading(
          Reading(
            point: PointIndex(rawValue: 0), value: unsafe values[index], flag: .notEvaluated,
            time: Instant(nanoseconds: time),
            wallTime: WallTime(nanosecondsSince1970: time, synchronized: true))),
        into: &outcome)
      digest.mix(outcome)
    }
  } catch {
    digest.mix(UInt64(error.index))
  }
  unsafe write(digest, to: results)
}

private func write(_ digest: OutcomeDigest, to results: UnsafeMutablePointer<UInt64>) {
  unsafe results[0] = digest.value
  unsafe results[1] = UInt64(digest.readings)
  unsafe results[2] = UInt64(digest.events)
}
