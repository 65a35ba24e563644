/// Makes a run that breaks a promise as small as it goes: leaves out one fault after the other while any promise
/// is still broken, and then shortens the rest and the run itself.
struct BoxShrinker {
  private(set) var box: Box
  private(set) var violation: String
  private let broken: (Box.Result) -> String?

  /// Shrinks `box`; nil where nothing is broken in it.
  init?(_ box: Box, broken: @escaping (Box.Result) -> String? = \.violation) throws {
    guard let violation = broken(try box.run()) else { return nil }
    self.box = box
    self.violation = violation
    self.broken = broken
    // Halves first, and at last single faults.
    var count = self.box.faults.count
    while count > 0 {
      try leaveOut(count)
      count /= 2
    }
    try shorten()
    while self.box.hours > 1, try isStillBroken(hours: self.box.hours - 1, self.box.faults) {}
  }

  /// Leaves out so many faults that follow one another, wherever that is no loss.
  private mutating func leaveOut(_ count: Int) throws {
    var end = box.faults.count
    while end > 0 {
      var faults = box.faults
      faults.removeSubrange(max(0, end - count)..<end)
      _ = try isStillBroken(hours: box.hours, faults)
      end -= count
    }
  }

  private mutating func shorten() throws {
    for index in box.faults.indices {
      var isShorter = true
      while isShorter, box.faults[index].length > 1 {
        var faults = box.faults
        faults[index].length /= 2
        isShorter = try isStillBroken(hours: box.hours, faults)
      }
    }
  }

  private mutating func isStillBroken(hours: Int64, _ faults: [BoxFault]) throws -> Bool {
    guard hours > 0 else { return false }
    let smaller = Box(site: box.site, seed: box.seed, hours: hours, faults: faults)
    guard let violation = broken(try smaller.run()) else { return false }
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
