// The core under a fuzzer: `deploy/fuzz core`.
import DetectionCore

/// Takes what libFuzzer makes up: bytes that become a plan, which may have mistakes, now and then
/// states that an earlier run left, and then inputs until the bytes are used up. A plan may be
/// refused; anything that stops the program is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var dice = unsafe Dice(bytes: UnsafeRawBufferPointer(start: start, count: count))
  if dice.isOne(in: 4) { dice.oneMistakeIn = 16 + dice.below(64) }
  let plan = FixedPlan(random: &dice)
  dice.oneMistakeIn = 0
  let inputs = RandomInputs(isBoundless: dice.isOne(in: 2), &dice)
  do throws(PlanError) {
    var digest = OutcomeDigest()
    var run = try RandomRun(of: plan, with: inputs)
    if dice.isOne(in: 8) { run.restore(&dice) }
    while !dice.isOver {
      if let promise = run.step(&dice, into: &digest) { fatalError("broken: \(promise)") }
    }
  } catch {
    return 0
  }
  return 0
}
