import DetectionCore
import Testing

@testable import Polling

@Suite struct SampleGridTests {
  /// A late sample's next round may fall on the moment at which it is looked for.
  @Test func anAlignedRoundIsNeverDueAtTheMomentOfItsAlignment() {
    var clock = CivilClock(zone: TimeZoneRule(offsetSeconds: 0))
    clock.follow(
      WallTime(nanosecondsSince1970: 0, synchronized: true), at: Instant(nanoseconds: 0))
    let point = PolledPoint(
      point: PointIndex(rawValue: 0), quantity: Sample.quantity(0), period: .seconds(60))
    var aligned = 0
    for start in 0..<60 as Range<Int64> {
      for late in [0, 30, 59, 60, 61, 90] as [Int64] {
        let start = Instant(nanoseconds: start * 1_000_000_000)
        var grid = SampleGrid(Cadence(of: point), start: start)
        let now = start + .seconds(late)
        _ = grid.take(at: now)
        let before = grid.next
        grid.align(to: clock, atLeast: .zero, at: now)
        #expect(grid.next > now, "begun at \(start), taken \(late) s later")
        if grid.next != before { aligned += 1 }
      }
    }
    #expect(aligned > 100)
  }
}
