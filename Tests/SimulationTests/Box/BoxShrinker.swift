/// Makes a run that breaks a promise as small as it goes: leaves out one fault after the other while any promise
/// is still broken, and then shortens the rest and the run itself.
struct BoxShrinker {
  private(set) var box: Box
  private(set) var violation: String

  init?(_ box: Box) throws {
    guard let violation = try box.run().violation else { return nil }
    self.box = box
    self.violation = violation
    while try leaveOutOne() {}
    while try shortenOne() {}
    while box.hours > 1, try isStillBroken(hours: self.box.hours - 1, self.box.faults) {}
  }

  private mutating func leaveOutOne() throws -> Bool {
    for index in box.faults.indices.reversed() {
      var faults = box.faults
      faults.remove(at: index)
      if try isStillBroken(hours: box.hours, faults) { return true }
    }
    return false
  }

  private mutating func shortenOne() throws -> Bool {
    for index in box.faults.indices where box.faults[index].length > 1 {
      var faults = box.faults
      faults[index].length /= 2
      if try isStillBroken(hours: box.hours, faults) { return true }
    }
    return false
  }

  private mutating func isStillBroken(hours: Int64, _ faults: [BoxFault]) throws -> Bool {
    guard hours > 0 else { return false }
    let smaller = Box(site: box.site, seed: box.seed, hours: hours, faults: faults)
    guard let violation = try smaller.run().violation else { return false }
    box = smaller
    self.violation = violation
    return true
  }

  /// The smallest run in words.
  var report: String {
    "seed \(box.seed) in \(box.hours) h: \(violation)\n"
      + box.faults.map { "  \($0)" }.joined(separator: "\n")
  }
}
