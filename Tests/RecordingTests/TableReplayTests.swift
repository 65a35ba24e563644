import Commissioning
import Delivery
import DetectionCore
import FieldSimulation
import Foundation
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import Recording
@testable import Tables

@Suite struct TableReplayTests {
  /// The publishers' threshold, and the first and last sample at or above it: `expected_events.json`
  /// beside the record.
  @Test func aireRecordCausesOneFloodAtThePublishedTimes() throws {
    let name = "river/ea_aire_armley_F1707_stage_15min_2015-05_2016-03.csv.gz"
    let folder =
      ProcessInfo.processInfo.environment["NOMORI_DATA"] ?? "\(River.root)../shared/data"
    guard fileSize("\(folder)/\(name)") != nil else {
      print("skipped: no \(name) in \(folder)")
      return
    }
    let bytes = try outputOf(["gzip", "-dc", "--", "\(folder)/\(name)"])
    let site = try River.files.load("aire").site
    let series = try CSVSeries(
      bytes, file: name, options: CSVOptions(valueColumns: [ValueColumn(.name("Value[m]"))])
    ).series
    #expect(series.count == 32_160)
    let events = try TableReplay(site: site).events(of: series, at: PointIndex(rawValue: 0))
      .map(\.event)
    #expect(events.map(\.kind) == [.stageRaised, .stageCleared])
    #expect(
      events.map { String(CivilTime($0.wallTime).timestamp.prefix(16)) } == [
        "2015-12-26T10:15", "2015-12-27T18:15",
      ])
  }

  @Test func levelsOfADerivedPointPassThroughTheRulesOfItsSensor() throws {
    let site = try River.site()
    let level = try #require(site.description.points.firstIndex { $0.id == "river.level" })
    let events = try TableReplay(site: site)
      .events(of: SyntheticFlood(seed: 1).level, at: PointIndex(rawValue: UInt16(level)))
      .map(\.event)
    let stages = events.filter {
      $0.subject == 1 && [.stageRaised, .stageCleared].contains($0.kind)
    }
    #expect(stages.map(\.stage) == [1, 2, 3, 4, 3, 2, 1, 0])
    let raised = try #require(stages.first { $0.stage == 3 })
    #expect(raised.value >= 3.9 && raised.value < 4, "in the derived point's unit")
  }
}
