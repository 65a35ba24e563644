// Climatology test (QARTOD water level, test 5).
//
//   fail     x < fail.lower    or  x > fail.upper       of the season that the reading lies in
//   suspect  x < suspect.lower or  x > suspect.upper
//   pass     else; the bounds themselves pass
//
// x and the bounds are in the point's unit; seasons, both ends included, are in UTC. Where several
// seasons match, the last one counts; where none does, and while the box does not know the time, the
// value is not evaluated. Source: QARTOD Water Level manual v2.1 (2021), test 5, which has no fail;
// `climatology_test` of ioos_qc 3.0.0, whose depths are points of their own here. A season over the
// turn of the year, which the reference cannot express, is one whose first number is the larger; and a missing value
// is missing, where the reference lets it pass in a season that it lies in.
//
// Worked example: -2.0 m to 4.0 m in months 11 to 2, -1.0 m to 3.0 m in months 3 to 10. 3.5 m passes
// on 31 December and is suspect on 1 March.

extension Climatology {
  /// The test's flag for a finite `value` at `wallTime`.
  func flag(of value: Double, at wallTime: WallTime, in seasons: Table<Season>) -> QualityFlag {
    guard wallTime.synchronized else { return .notEvaluated }
    let time = CivilTime(wallTime)
    var index = Int(firstSeason) + Int(seasonCount)
    while index > Int(firstSeason) {
      index -= 1
      if seasons[index].contains(time) { return seasons[index].flag(of: value) }
    }
    return .notEvaluated
  }
}

extension Season {
  fileprivate func contains(_ time: CivilTime) -> Bool {
    let number = period.number(of: time)
    return first <= last
      ? number >= first && number <= last : number >= first || number <= last
  }

  fileprivate func flag(of value: Double) -> QualityFlag {
    if let fail, !fail.contains(value) { return .fail }
    return suspect.contains(value) ? .pass : .suspect
  }
}
