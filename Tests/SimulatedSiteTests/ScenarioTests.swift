import Commissioning
import DetectionCore
import FieldSimulation
import LinuxHost
import TestSupport
import Testing

@testable import SimulatedSite
@testable import Tables

@Suite struct ScenarioTests {
  /// The lorry at 16:41 is not among them, and dirt on the road sensor does not end the ice.
  @Test func `the road's evening gives exactly these events`() throws {
    let run = try ScenarioRun("road")
    #expect(
      run.story == [
        "18:43 underpass.flood normal -> caution",
        "18:43 underpass-lamp on",
        "18:50 rain.cloudburst normal -> heavy",
        "18:54 underpass.flood caution -> closed",
        "18:54 underpass-sign on",
        "19:06 underpass.flood closed -> deep",
        "19:45 rain.cloudburst heavy -> normal",
        "20:25 underpass.flood deep -> closed",
        "21:07 underpass.flood closed -> caution",
        "21:07 underpass-sign off",
        "21:25 underpass.flood caution -> normal",
        "21:25 underpass-lamp off",
        "21:55 bridge.cold normal -> near",
        "00:20 bridge.slippery normal -> slippery",
        "00:20 bridge-sign on",
        "00:23 bridge.cold near -> below",
        "03:20 bridge.state faulty",
        "03:20 bridge.water faulty",
        "04:02 bridge.state good",
        "04:02 bridge.water good",
        "07:51 bridge.slippery slippery -> normal",
        "07:51 bridge-sign off",
        "08:04 bridge.cold below -> near",
        "08:26 bridge.cold near -> normal",
      ])
  }

  /// The wind at 02:17 is not among them.
  @Test func `the farm's night gives exactly these events`() throws {
    let run = try ScenarioRun("wildlife")
    #expect(
      run.story == [
        "21:14 fence.voltage normal -> weak",
        "21:43 fence.voltage weak -> normal",
        "23:43 boars.incident normal -> boars",
        "23:43 siren on",
        "23:43 siren off",
        "23:45 flash on",
        "23:45 flash off",
        "23:47 siren on",
        "23:48 siren off",
        "23:50 flash on",
        "23:50 flash off",
        "23:52 siren on",
        "23:52 siren off",
        "23:54 flash on",
        "23:54 flash off",
        "23:54 boars.incident boars -> normal",
        "03:12 trap.shut normal -> shut",
        "04:20 fence.voltage normal -> dead",
        "04:20 house-lamp on",
        "04:22 fence.voltage dead -> normal",
        "04:22 house-lamp off",
        "07:00 suppressed",
        "07:12 reminded",
        "07:31 trap.shut shut -> normal",
        "12:49 pond.warm normal -> warm",
        "14:43 pond.warm warm -> hot",
        "16:45 pond.warm hot -> warm",
        "17:00 resumed",
        "17:34 pond.warm warm -> normal",
      ])
  }

  @Test func `the gate's typhoon gives exactly these events`() throws {
    let run = try ScenarioRun("estuary")
    #expect(
      run.story == [
        "05:59 gate.surge normal -> close",
        "09:53 gate.surge close -> normal",
        "23:49 gate.level faulty",
        "06:27 gate.level good",
      ])
  }

  @Test func `the pond's wet day gives exactly these events`() throws {
    let run = try ScenarioRun("pond")
    #expect(
      run.story == [
        "13:30 pond.distance faulty",
        "13:37 rain.heavy normal -> heavy",
        "13:56 pond.distance good",
        "14:14 pond.high normal -> watch",
        "15:10 rain.heavy heavy -> normal",
        "15:27 pond.high watch -> spill",
        "15:27 spillway-lamp on",
        "19:11 pond.high spill -> watch",
        "19:11 spillway-lamp off",
        "21:31 battery.low normal -> low",
      ])
  }

  @Test func `one reading meets the lorry below the radar`() throws {
    let run = try ScenarioRun("road")
    let depth = try #require(run.scenario.courses.first { $0.point == "underpass.depth" }).series
    let minute41 = (2_450...2_470).compactMap { depth.value(at: .seconds(Int64($0))) }
    #expect(minute41[10] > 3, "at 16:41:00")
    #expect(minute41[0] < 0.01 && minute41[20] < 0.01, "10 s before and after")
  }

  @Test func `numbers of instruments change evenly, contacts, codes and counters in steps`() throws
  {
    let road = try River.files.load("road").site.simulatedPoints
    #expect(road.filter { $0.interpolation == .step }.map(\.id) == ["bridge.state", "rain.total"])
    #expect(road.filter { !$0.isAcquired }.map(\.id) == ["underpass.depth"])
    #expect(road[0].source == road[1].source)
    let farm = try River.files.load("wildlife").site.simulatedPoints
    #expect(
      farm.filter { $0.interpolation == .step }.map(\.id) == [
        "motion.forest", "motion.stream", "motion.orchard", "trap.door",
      ])
    let pond = try River.files.load("pond").site.simulatedPoints
    #expect(pond.filter { $0.interpolation == .step }.isEmpty)
    #expect(pond.filter { !$0.isAcquired }.map(\.id) == ["pond.level"])
  }

  @Test func `a scenario stands beside its site file and bears its name`() throws {
    let sites = River.files.siteFolder
    #expect(River.files.scenario(of: "road") == "\(sites)/road.csv")
    #expect(River.files.scenario(of: "\(sites)/wildlife.yaml") == "\(sites)/wildlife.csv")
    #expect(River.files.scenario(of: "river") == nil)
    let folder = try TemporaryFolder()
    #expect(River.files.scenario(of: "\(folder.path)/own.yaml") == nil)
    try GrowingFile(creating: "\(folder.path)/own.csv").append(Array("time,x\n".utf8))
    #expect(River.files.scenario(of: "\(folder.path)/own.yaml") == "\(folder.path)/own.csv")
    #expect(River.files.scenario(of: "\(folder.path)/own.yml") == nil)
  }

  @Test func `a column that no device delivers is told with all that could stand there`() throws {
    let site = try River.site()
    let error = #expect(throws: CSVError.self) {
      try site.scenario(Array("# mine\ntime,river.level,moon\n0,1,2\n".utf8), file: "own.csv")
    }
    #expect(
      error?.description
        == "own.csv:2: column \"moon\": expected one of the points that a device delivers: "
        + "probe.pressure, probe.temperature, river.level, river.elevation, rain.total")
  }
}
