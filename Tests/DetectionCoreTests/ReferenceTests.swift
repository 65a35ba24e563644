import DetectionCore

/// The quality tests once more, written over whole series as plainly as possible, with the whole
/// past and future in view: what the streaming tests have to agree with.
struct ReferenceTests {
  struct Sample {
    var value: Double
    var flag: QualityFlag
    var seconds: Double
  }
  let samples: [Sample]
  let tests: QualityTests
  /// The rate's flag of each sample that has been looked at so far.
  private var rates: [QualityFlag] = []

  init(samples: [Sample], tests: QualityTests) {
    self.samples = samples
    self.tests = tests
    for index in samples.indices { rates.append(rate(index)) }
  }

  /// The flags of a sample; nil when it is still waiting for its successor.
  struct Flags: Equatable {
    var rollUp: QualityFlag
    var tests: TestFlags
  }

  private func isPresent(_ index: Int) -> Bool {
    samples.indices.contains(index) && samples[index].flag != .fail
      && samples[index].flag != .missing && samples[index].value.isFinite
  }

  func flags(at index: Int) -> Flags? {
    if samples[index].flag == .fail {
      return Flags(rollUp: .fail, tests: TestFlags(syntax: .fail))
    }
    guard isPresent(index) else {
      return Flags(
        rollUp: .missing,
        tests: TestFlags(
          syntax: .missing,
          grossRange: tests.grossRange == nil ? .notEvaluated : .missing,
          spike: tests.spike == nil ? .notEvaluated : .missing,
          rateOfChange: tests.rateOfChange == nil ? .notEvaluated : .missing,
          flatLine: tests.flatLine == nil ? .notEvaluated : .missing))
    }
    guard let spike = spike(index) else { return nil }
    let result = TestFlags(
      syntax: .pass, grossRange: grossRange(index), spike: spike, rateOfChange: rates[index],
      flatLine: flatLine(index))
    let order: [QualityFlag] = [.missing, .notEvaluated, .pass, .suspect, .fail]
    let all = [
      samples[index].flag, result.grossRange, result.spike, result.rateOfChange, result.flatLine,
    ]
    let rollUp = order.last { all.contains($0) } ?? .missing
    return Flags(rollUp: rollUp, tests: result)
  }

  private func grossRange(_ index: Int) -> QualityFlag {
    guard let limits = tests.grossRange else { return .notEvaluated }
    let x = samples[index].value
    if x < limits.fail.lower || x > limits.fail.upper { return .fail }
    if x < limits.suspect.lower || x > limits.suspect.upper { return .suspect }
    return .pass
  }

  private func spike(_ index: Int) -> QualityFlag? {
    guard let limits = tests.spike else { return .notEvaluated }
    guard isPresent(index - 1) else { return .notEvaluated }
    let x = samples[index].value
    let before = x - samples[index - 1].value
    if !(abs(before) > limits.suspect) && !(abs(before) > limits.fail) { return .pass }
    guard index + 1 < samples.count else { return nil }
    guard isPresent(index + 1) else { return .notEvaluated }
    let after = samples[index + 1].value - x
    let isPeak = (before > 0 && after < 0) || (before < 0 && after > 0)
    let height = isPeak ? min(abs(before), abs(after)) : 0
    if height > limits.fail { return .fail }
    return height > limits.suspect ? .suspect : .pass
  }

  private func rate(_ index: Int) -> QualityFlag {
    guard let limits = tests.rateOfChange else { return .notEvaluated }
    guard let previous = reference(of: index) else { return .pass }
    let change = abs(samples[index].value - samples[previous].value)
    let time = abs(samples[index].seconds - samples[previous].seconds)
    if change == 0 && time == 0 { return .pass }
    let rate = change / time
    if rate > limits.fail { return .fail }
    return rate > limits.suspect ? .suspect : .pass
  }

  /// The sample that the change of another is told from; all before it have their rates.
  private func reference(of index: Int) -> Int? {
    guard isPresent(index) else { return nil }
    switch tests.changeReference {
    case .previous: return isPresent(index - 1) ? index - 1 : nil
    case .lastUsable(let longestGap):
      let last = (0..<index).last { !(flags(at: $0)?.rollUp.isBad ?? false) }
      return last.flatMap {
        samples[index].seconds - samples[$0].seconds > longestGap.seconds ? nil : $0
      }
    }
  }

  private func flatLine(_ index: Int) -> QualityFlag {
    guard let limits = tests.flatLine else { return .notEvaluated }
    if isFlat(index, count: Int(limits.failCount), limits) { return .fail }
    return isFlat(index, count: Int(limits.suspectCount), limits) ? .suspect : .pass
  }

  private func isFlat(_ index: Int, count: Int, _ limits: FlatLine) -> Bool {
    guard index >= count else { return false }
    let window = (index - count)...index
    let values = window.filter(isPresent).map { samples[$0].value }
    if limits.gaps == .restart && values.count < window.count { return false }
    guard let largest = values.max(), let smallest = values.min() else { return false }
    return largest - smallest < limits.tolerance
  }
}
