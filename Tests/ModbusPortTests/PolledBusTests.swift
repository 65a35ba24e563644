import DetectionCore
import DeviceProfiles
import Glibc
import LinuxHost
import ModbusPort
import Polling
import Testing

/// The schedule and the port together, on the machine's clock.
@Suite struct PolledBusTests {
  @Test func aBusIsPolledAndALampIsSwitched() throws {
    let unit = WrittenValues()
    let line = try ServedLine { unit.answer($0) }
    var bus = try PolledBus(link: line.link)
    bus.schedule.request(output: 3, on: true, at: bus.clock.now)
    let isDone = bus.run {
      $0.outputStatus[0].isConfirmed && $0.counters(ofDevice: 0).answers >= 12
    }
    #expect(isDone)
    #expect(bus.schedule.counters.requests == bus.schedule.counters.answers)
    #expect(unit.answer(.read(RegisterSpan(table: .coil, address: 9, count: 1))) == .words([1]))
    #expect(bus.readings.count >= 10)
    #expect(bus.readings.allSatisfy { $0.value == 0 && $0.flag == .notEvaluated })
  }

  @Test func aPortThatComesBackUnderAnotherNumberIsFoundByItsStableName() throws {
    let name = try StableName()
    var first: ServedLine? = try ServedLine(handler: echo)
    let second = try ServedLine(handler: echo)
    try name.point(to: first?.link.name ?? "")
    var bus = try PolledBus(link: .serial(path: name.path, testSettings))
    let isPolled = bus.run { $0.counters.answers >= 3 }
    #expect(isPolled)
    // Unplugged while it is polled, and plugged in again as another device.
    first = nil
    let isMissed = bus.run { $0.counters.portFaults > 0 }
    #expect(isMissed)
    try name.point(to: second.link.name)
    let before = bus.schedule.counters.answers
    let isBack = bus.run { $0.counters.answers >= before + 3 }
    #expect(isBack)
    #expect(bus.schedule.portOpenings == 2)
    #expect(bus.readings.contains { $0.flag == .missing })
    #expect(bus.readings.last?.flag == .notEvaluated)
  }
}

/// A symbolic link to a port in a folder of its own, as udev makes them.
final class StableName {
  struct NotMade: Error { var errorNumber = errno }

  let path: String
  private let folder: String

  init() throws {
    folder = try makeTemporaryFolder(prefix: "nomori-port")
    path = folder + "/port"
  }

  deinit { removeFolder(folder) }

  func point(to port: String) throws {
    unsafe unlink(path)
    guard unsafe symlink(port, path) == 0 else { throw NotMade() }
  }
}

/// A schedule that polls one unit with one register and one coil every 20 ms.
struct PolledBus: ~Copyable {
  let clock = HostClock()
  var schedule: BusEngine
  var port: ModbusConnection
  var readings: [Reading] = []

  init(link: Link) throws {
    func quantity(_ address: UInt16, _ table: RegisterTable, _ type: RawType) -> ProfileQuantity {
      ProfileQuantity(
        id: "q\(address)", field: RawField(table: table, address: address, type: type), unit: "1",
        access: .readWrite)
    }
    let level = PolledPoint(
      point: PointIndex(rawValue: 0), quantity: quantity(5, .holdingRegister, .uint16),
      period: .milliseconds(20))
    let lamp = WrittenOutput(
      output: 3, quantity: quantity(9, .coil, .bit), maximumOnTime: .seconds(60))
    let profile = DeviceProfile(
      id: "maker/model", maker: "Maker", model: "Model", serial: nil, defaultUnit: 1,
      quantities: [quantity(5, .holdingRegister, .uint16), lamp.quantity])
    let device = DevicePlan(
      id: "unit", unit: 1, profile: profile, points: [level], outputs: [lamp])
    schedule = try BusEngine(
      plan: BusPlan(id: "bus", link: link, devices: [device]), start: clock.now)
    port = ModbusConnection(link: link)
  }

  /// Polls until `isDone`; false where that takes more than half a minute.
  mutating func run(until isDone: (borrowing BusEngine) -> Bool) -> Bool {
    let end = clock.now + .seconds(30)
    var words: [UInt16] = []
    while clock.now < end {
      switch schedule.next(at: clock.now, wallTime: clock.wallTime, into: &readings) {
      case .wait(let until):
        if isDone(schedule) { return true }
        usleep(UInt32(clamping: min(20_000, (until - clock.now).nanoseconds / 1000)))
      case .perform(let task):
        let outcome = port.perform(task, into: &words)
        schedule.finished(
          outcome, words: words, at: clock.now, wallTime: clock.wallTime, into: &readings)
      }
    }
    return false
  }
}
