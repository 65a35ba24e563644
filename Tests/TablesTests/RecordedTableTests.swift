import DetectionCore
import Tables
import Foundation
import Testing

@Suite(
  .enabled(if: RecordedTables.arePresent, "skipped: the recorded tables are not on this machine"))
struct RecordedTableTests {
  private func read(_ name: String, _ options: CSVOptions) throws -> CSVSeries {
    try CSVSeries(try RecordedTables.bytes(name), file: name, options: options)
  }

  /// What an independent program found in the level files.
  private struct Expected: Decodable {
    struct Run: Decodable {
      var first_at_or_above: String
      var last_at_or_above: String
      var samples: Int
      var peak: Double
      var peak_time: String
    }
    var threshold: Double
    var samples: Int
    var missing: Int
    var min: Double
    var max: Double
    var max_time: String
    var exceedances: [Run]
  }

  @Test(
    arguments: [
      ("ea_aire_armley_F1707_stage_15min_2015-05_2016-03.csv.gz", "Value[m]"),
      ("ea_don_sheffield_hadfields_F0605_stage_15min_2007.csv.gz", "Value[m]"),
      ("usgs_01509520_tioughnioga_lisle_ny_gageheight_15min_2017.tsv.gz", "GH_Inst"),
      ("usgs_01511500_tioughnioga_itaska_ny_gageheight_15min_2017.tsv.gz", "GH_Inst"),
    ])
  func `a river's level has the samples and exceedances of the reference answers`(
    name: String, column: String
  ) throws {
    let all = try JSONDecoder().decode(
      [String: Expected].self,
      from: Data(try RecordedTables.bytes("river/expected_events.json")))
    let expected = try #require(all[name])
    let table = try read("river/\(name)", CSVOptions(valueColumns: [ValueColumn(.name(column))]))
    let series = table.series
    #expect(series.count == expected.samples)
    #expect(series.missingCount == expected.missing)
    #expect(series.minimum == expected.min)
    #expect(series.maximum == expected.max)
    #expect(firstTime(of: expected.max, in: series) == expected.max_time)

    var runs: [ClosedRange<Int>] = []
    for index in 0..<series.count {
      guard let level = series[index].value, level >= expected.threshold else { continue }
      if let last = runs.last, last.upperBound == index - 1 {
        runs[runs.count - 1] = last.lowerBound...index
      } else {
        runs.append(index...index)
      }
    }
    try #require(runs.count == expected.exceedances.count)
    for (run, answer) in zip(runs, expected.exceedances) {
      #expect(run.count == answer.samples)
      #expect(text(series.wallTime(at: series[run.lowerBound].offset)) == answer.first_at_or_above)
      #expect(text(series.wallTime(at: series[run.upperBound].offset)) == answer.last_at_or_above)
    }
  }

  private func firstTime(of value: Double, in series: Series) -> String? {
    (0..<series.count).first { series[$0].value == value }
      .map { text(series.wallTime(at: series[$0].offset)) }
  }

  private func text(_ time: WallTime?) -> String {
    guard let time else { return "no date" }
    let civil = CivilTime(time)
    return String(
      format: "%04d-%02d-%02d %02d:%02d:%02d", civil.year, civil.month, civil.day, civil.hour,
      civil.minute, civil.second)
  }

  @Test func `a flow column named in Latin-1 is found by its UTF-8 name`() throws {
    let table = try read(
      "river/ea_aire_armley_F1707_flow_15min_2015-05_2016-03.csv.gz",
      CSVOptions(valueColumns: [ValueColumn(.name("Value[m³/s]"))]))
    #expect(table.series.count == 32_160)
    #expect(abs(try #require(table.series.maximum) - 344) < 0.5)
  }

  @Test(
    arguments: [
      ("water-quality/lro_MainStreet2019_15min.csv.gz", 25_881),
      ("water-quality/lro_TonyGrove2019_15min.csv.gz", 30_450),
      ("water-quality/lro_FranklinBasin2014_15min.csv.gz", 18_668),
    ])
  func `a sonde's stage is read from among many columns`(name: String, rows: Int) throws {
    let table = try read(name, CSVOptions(valueColumns: [ValueColumn(.name("stage_cor"))]))
    #expect(table.series.count == rows)
    #expect(table.summary.isDated)
  }

  @Test func `a corrected stage has its peak at the published time`() throws {
    let series = try read(
      "water-quality/lro_MainStreet2019_15min.csv.gz",
      CSVOptions(valueColumns: [ValueColumn(.name("stage_cor"))])
    ).series
    let peak = try #require(series.maximum)
    #expect(abs(peak - 98.4) < 0.1)
    #expect(firstTime(of: peak, in: series) == "2019-06-08 10:00:00")
  }

  @Test func `a tidal sonde's depth has its storm and its impossible values`() throws {
    let table = try read(
      "water-quality/nerrs_apadbwq_dry_bar_15min_2012.csv.gz",
      CSVOptions(valueColumns: [ValueColumn(.name("depth"))], missing: ["", "NA"]))
    #expect(table.series.count == 35_136)
    #expect(table.series.minimum == -99)
    #expect(table.summary.timeFormat == "%Y-%m-%dT%H:%M:%S%z")
  }

  @Test func `a field logger's table with four header lines is read`() throws {
    let table = try read(
      "soil/ksu_KS003_flickner_field_logger_toa5_15min_2021-2022.csv.gz",
      CSVOptions(valueColumns: [ValueColumn(.name("battery_voltage_Min"))]))
    #expect(table.series.count == 16_487)
    #expect(table.series.minimum == 11.67)
    #expect(table.series.maximum == 14.27)
    #expect(text(table.series.start) == "2021-09-22 12:00:00")
    #expect(
      text(table.series.wallTime(at: table.series.length)) == "2022-07-11 09:45:00")
  }

  /// Row counts in the order of the file names; `true` where time runs backwards once.
  @Test(
    arguments: zip(
      [
        "2018-10-0716.22.42", "2018-10-1220.33.57", "2018-10-1620.34.44", "2018-10-2015.39.01",
        "2018-10-2118.27.49", "2018-10-2917.17.12", "2018-11-1609.27.39", "2018-11-1615.51.22",
        "2018-11-1713.51.22", "2018-11-1715.22.12", "2018-11-1715.51.22",
      ], [6_442, 3_964, 1_922, 3_360, 7_218, 8_218, 3_806, 22_522, 28_477, 6_729, 3_036]))
  func `a road run with decimal commas is read`(run: String, rows: Int) throws {
    let options = CSVOptions(
      valueColumns: [ValueColumn(.name("gFz"))], repeatedTime: .last, backwardTime: .first)
    let table = try read("road/saopaulo_run_\(run).csv.gz", options)
    #expect(table.summary.rows == rows)
    #expect(table.summary.numberForm == .decimalComma)
    #expect(table.series.missingCount == 0)
    #expect(table.series.start == nil)
    #expect(table.series.length < .seconds(6 * 3_600))
  }

  @Test(
    arguments: [
      ("realTraffic/occupancy_6005.csv", 2_380), ("realTraffic/speed_6005.csv", 2_500),
      ("realTraffic/speed_7578.csv", 1_127), ("realTraffic/TravelTime_387.csv", 2_500),
    ])
  func `a detector's two columns need no options`(name: String, rows: Int) throws {
    #expect(try read("nab/\(name)", CSVOptions()).series.count == rows)
  }

  @Test func `the step back in the machine's record is refused or skipped`() throws {
    let name = "nab/realKnownCause/machine_temperature_system_failure.csv"
    let error = try #require(throws: CSVError.self) { try read(name, CSVOptions()) }
    #expect(error.expected.hasPrefix("a time not before"))
    let table = try read(name, CSVOptions(backwardTime: .first))
    #expect(table.series.count + table.summary.backwardRows == 22_695)
    #expect((1...12).contains(table.summary.backwardRows), "\(table.summary.backwardRows) rows")
  }

  @Test func `an hourly level is read by text time and by epoch alike`() throws {
    let name = "qartod/water_level_kotzebue_hourly.csv.gz"
    let value = CSVColumn.name("sea_surface_height_above_sea_level")
    let byText = try read(
      name, CSVOptions(timeColumns: [.name("time")], valueColumns: [ValueColumn(value)])
    ).series
    let byEpoch = try read(
      name, CSVOptions(timeColumns: [.name("timestamp")], valueColumns: [ValueColumn(value)])
    ).series
    #expect(byText.count == byEpoch.count)
    #expect(byText.start == byEpoch.start)
    #expect(byText.length == byEpoch.length)
  }

  @Test func `a column given by its number is found below the preamble`() throws {
    let table = try read(
      "river/ea_aire_armley_F1707_stage_15min_2015-05_2016-03.csv.gz",
      CSVOptions(valueColumns: [ValueColumn(.number(2))]))
    #expect(table.series.count == 32_160)
    #expect(table.column == "Value[m]")
  }
}
