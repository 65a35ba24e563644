import DetectionCore
import DeviceProfiles
import Polling
import Testing

@Suite struct BusLoadTests {
  static func busOfTwo(periodMs: Int64 = 1000, baud: UInt32 = 9600) -> BusPlan {
    var relay = Sample.device(
      unit: 2, addresses: [7], periodMs: 500, firstPoint: 3, outputs: [Sample.lamp(0, coil: 0)])
    relay.timing.responseDelayMs = 15
    return Sample.bus(
      [Sample.device(unit: 1, addresses: [2, 3, 10], periodMs: periodMs), relay],
      link: .serial(
        path: "/dev/bus", SerialSettings(baud: baud, parity: .none, stopBits: 1)))
  }

  @Test func aBusOfTwoDevicesIsReckonedByHand() throws {
    let load = try BusLoad(plan: Self.busOfTwo())
    #expect(load.reads.map(\.device) == [1, 0, 0])
    #expect(load.reads.map(\.span?.address) == [7, 2, 10])
    #expect(load.reads.map { $0.points.map(\.rawValue) } == [[3], [0, 1], [2]])
    // Bytes of 1.041667 ms, 3.645834 ms of silence: 15 bytes + 15 ms, 17 and 15 bytes + 5 ms.
    #expect(load.reads.map(\.time.nanoseconds) == [34_270_839, 26_354_173, 24_270_839])
    #expect(abs(load.utilisation - (0.034_270_839 / 0.5 + 0.050_625_012)) < 1e-12)
    // A coil: 8 bytes there and back, then 8 and 6.
    #expect(load.longestWrite.nanoseconds == 2 * 18_645_834 + 30 * 1_041_667)
    #expect(load.isSchedulable)
    // Unit 2 waits for the longer read of unit 1 and the output; unit 1 for those of unit 2.
    let write = load.longestWrite.nanoseconds
    #expect(
      load.reads.map(\.worstResponse?.nanoseconds) == [
        write + 26_354_173 - 1 + 34_270_839, write + 34_270_839 + 50_625_012,
        write + 34_270_839 + 50_625_012,
      ])
  }

  @Test func readsAreTheOnesThatTheScheduleSends() throws {
    let plan = Self.busOfTwo()
    let load = try BusLoad(plan: plan)
    var bus = try ScriptedBus(plan)
    var sent: [RegisterSpan] = []
    bus.run(untilMs: 400) { transaction, _ in
      if case .read(let span) = transaction.request { sent.append(span) }
      return .echo(transaction.request)
    }
    #expect(sent == load.reads.compactMap(\.span))
  }

  @Test func anOverloadedBusIsToldWhatWouldFit() throws {
    let plan = Sample.bus([
      Sample.device(unit: 1, addresses: [0, 10, 20], periodMs: 50),
      Sample.device(unit: 2, addresses: [0], firstPoint: 3),
    ])
    let load = try BusLoad(plan: plan)
    // Three reads of 24.27 ms in 50 ms, and one a second.
    #expect(load.utilisation > 1.48 && load.utilisation < 1.49)
    #expect(!load.isSchedulable)
    #expect(load.reads.allSatisfy { $0.worstResponse == nil })
    let relief = try OverloadAdvice(plan: plan)
    #expect(relief.period?.device == 0)
    #expect(relief.period?.present == .milliseconds(50))
    #expect(relief.period?.fitting == .milliseconds(100))
    #expect(relief.factor == 2)
    #expect(relief.baud == 38400)
    for baud: UInt32 in [19200, 38400] {
      var faster = plan
      faster.link = .serial(
        path: "/dev/bus", SerialSettings(baud: baud, parity: .none, stopBits: 1))
      #expect(try BusLoad(plan: faster).isSchedulable == (baud == 38400))
    }
  }

  @Test func aLongReadInTheWayOfAShortPeriodIsAnOverloadToo() throws {
    let plan = Sample.bus([
      Sample.device(unit: 1, addresses: [0], periodMs: 100),
      Sample.device(unit: 2, addresses: Array(0..<100), periodMs: 60_000, firstPoint: 1),
    ])
    let load = try BusLoad(plan: plan)
    #expect(load.utilisation < 0.26)
    #expect(!load.isSchedulable)
    #expect(try OverloadAdvice(plan: plan).period?.fitting == .milliseconds(500))
    #expect(try OverloadAdvice(plan: plan).baud == 38400)
  }

  @Test func overTCPARoundTripIsTheCost() throws {
    let plan = Sample.bus(
      [Sample.device(unit: 1, addresses: [0])], link: .tcp(host: "box", port: 502))
    // 1 ms, the response delay of 5 ms, and 8 + 7 + 2 * 82 bytes of 0.8 us.
    #expect(try BusLoad(plan: plan).reads.map(\.time.nanoseconds) == [6_143_200])
  }

  @Test func periodsThatRulesAskForAreReckonedAsTheyWouldBe() throws {
    var plan = Self.busOfTwo()
    plan.devices[0].timing.minimumPeriodMs = 200
    plan.hasten(PointIndex(rawValue: 0), to: .milliseconds(10))
    plan.hasten(PointIndex(rawValue: 3), to: .seconds(60))
    #expect(plan.devices[0].points.map(\.period) == [200, 1000, 1000].map { .milliseconds($0) })
    #expect(plan.devices[1].points.map(\.period) == [.milliseconds(500)])
  }
}
