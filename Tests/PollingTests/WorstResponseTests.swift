import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// What is said of a bus before it runs, held against the schedule on a line that answers just as
/// quickly as reckoned, by a clock of nanoseconds.
@Suite struct WorstResponseTests {
  private static func device(
    _ unit: Int, firstPoint: UInt16, _ random: inout SplitMix64
  ) -> DevicePlan {
    let base = Int64.random(in: 2...12, using: &random) * 10
    let points = (0..<Int.random(in: 1...4, using: &random)).map { index in
      PolledPoint(
        point: PointIndex(rawValue: firstPoint + UInt16(index)),
        quantity: Sample.quantity(.random(in: 0...20, using: &random)),
        period: .milliseconds(base * .random(in: 1...4, using: &random)))
    }
    var device = Sample.device(
      unit: UInt8(unit), points: points,
      limits: ReadLimits(maximumHole: .random(in: 0...6, using: &random)))
    device.timing.responseDelayMs = .random(in: 1...8, using: &random)
    if Int.random(in: 0..<4, using: &random) == 0 {
      device.modbus?.profile.preparation = (0..<Int.random(in: 1...2, using: &random)).map { _ in
        SampleTriggerStep(
          request: .write(table: .holdingRegister, address: 8, words: [12]),
          waitMs: .random(in: 0...10, using: &random))
      }
    }
    return device
  }

  /// Runs for 8 s and returns the longest response of each group of each device, and how much of
  /// the time the bus was busy.
  private static func run(
    _ plan: BusPlan, phases: [[Int64]]
  ) throws -> (worst: [[Int64]], busy: Double) {
    var schedule = try BusEngine(plan: plan, start: Instant(nanoseconds: 0))
    let cost = schedule.devices.map(\.reads.cost)
    for (device, starts) in phases.enumerated() {
      for (group, start) in starts.enumerated() {
        let cadence = schedule.devices[device].reads.groups[group].grid.cadence
        schedule.devices[device].reads.groups[group].grid = SampleGrid(
          cadence, start: Instant(nanoseconds: start))
      }
    }
    var worst = phases.map { $0.map { _ in Int64(0) } }
    var readings: [Reading] = []
    var now: Int64 = 0
    var busy: Int64 = 0
    let wall = WallTime(nanosecondsSince1970: 0, synchronized: false)
    while now < 8_000_000_000 {
      switch schedule.next(at: Instant(nanoseconds: now), wallTime: wall, into: &readings) {
      case .wait(let until): now = max(now + 1, until.nanoseconds)
      case .perform(.transact(let transaction)):
        let time = cost[transaction.device].time(transaction.request).nanoseconds
        now += time
        busy += time
        var words: [UInt16] = []
        if case .read(let span) = transaction.request {
          words = Array(repeating: 0, count: Int(span.count))
        }
        schedule.finished(
          .done, words: words, at: Instant(nanoseconds: now), wallTime: wall, into: &readings)
      case .perform:
        schedule.finished(
          .done, words: [], at: Instant(nanoseconds: now), wallTime: wall, into: &readings)
      }
      for reading in readings {
        for (device, starts) in phases.enumerated() {
          guard let member = schedule.devices[device].reads.member(of: reading.point) else {
            continue
          }
          let since = now - starts[member.group]
          worst[device][member.group] = max(
            worst[device][member.group], since % member.point.period.nanoseconds)
        }
      }
      readings.removeAll()
    }
    #expect(schedule.counters.missedDeadlines == 0)
    return (worst, Double(busy) / Double(now))
  }

  private static func plan(_ random: inout SplitMix64) -> BusPlan {
    var devices: [DevicePlan] = []
    for unit in 1...Int.random(in: 1...4, using: &random) {
      let count = devices.reduce(0) { $0 + $1.points.count }
      devices.append(device(unit, firstPoint: UInt16(count), &random))
    }
    // Without silence behind frames, so that a transaction ends when the next may start.
    return Sample.bus(devices, link: .tcp(host: "box", port: 502))
  }

  /// How many groups each device has.
  private static func groups(of plan: BusPlan) throws -> [Int] {
    let engine = try BusEngine(plan: plan, start: Instant(nanoseconds: 0))
    return engine.devices.map(\.reads.groups.count)
  }

  /// The first plan of the seed that is schedulable: of the others nothing is foretold.
  private static func schedulablePlan(
    _ random: inout SplitMix64
  ) throws -> (BusPlan, SchedulabilityAnalysis) {
    for _ in 0..<100 {
      let plan = plan(&random)
      let work = try SchedulabilityAnalysis(plan: plan)
      if work.isSchedulable { return (plan, work) }
    }
    throw NothingSchedulable()
  }

  private struct NothingSchedulable: Error {}

  @Test(arguments: UInt64(1)...80) func noResponseIsLaterThanForetold(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let (plan, work) = try Self.schedulablePlan(&random)
    let bounds = work.worstResponses
    let groups = try Self.groups(of: plan)
    // Devices begin whenever they like; most of them have their groups begin together.
    let phases = groups.map { count in
      let start = Int64.random(in: 0...100_000_000, using: &random)
      let isTogether = Int.random(in: 0..<4, using: &random) > 0
      return (0..<count).map { _ in
        isTogether ? start : Int64.random(in: 0...100_000_000, using: &random)
      }
    }
    let (worst, _) = try Self.run(plan, phases: phases)
    // Jobs stand in the order of devices and their groups.
    for (job, response) in worst.joined().enumerated() {
      #expect(response <= bounds[job].nanoseconds, "seed \(seed): job \(job)")
    }
  }

  @Test(arguments: UInt64(1)...40) func theLoadIsWhatTheBusIsBusyFor(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let (plan, _) = try Self.schedulablePlan(&random)
    let load = try BusLoad(plan: plan)
    #expect(load.isSchedulable, "seed \(seed)")
    let (_, busy) = try Self.run(
      plan, phases: Self.groups(of: plan).map { Array(repeating: 0, count: $0) })
    // Devices that prepare a sample do so once for all that is due with it.
    let isExact = plan.devices.allSatisfy { $0.modbus?.profile.preparation.isEmpty == true }
    let error = load.utilisation - busy
    #expect(
      isExact ? abs(error) < 0.01 : error > -0.01, "seed \(seed): \(load.utilisation), \(busy)")
  }
}
