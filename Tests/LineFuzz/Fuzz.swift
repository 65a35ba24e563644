// Line sensors that send anything at all, and words that hold anything at all: `deploy/fuzz lines`.
import DetectionCore
import DeviceProfiles
import Polling

/// Takes what libFuzzer makes up: bytes that become a sensor and what it sends, or a quantity and its
/// words. Whatever it is, memory stays as it is and a good value is a number; and when the bytes are
/// used up and the sensor is well again, its value comes right.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var dice = unsafe Dice(bytes: UnsafeRawBufferPointer(start: start, count: count))
  if dice.isOne(in: 3) {
    while !dice.isOver { decode(&dice) }
    return 0
  }
  var line = FuzzedLine(Sensor.pick(&dice))
  while !dice.isOver { line.step { line, _ in line.chance(&dice) } }
  line.recover()
  return 0
}

/// The engine, in a time of its own.
struct FuzzedLine: ~Copyable {
  private let sensors: [Sensor]
  private var schedule: BusEngine
  private var now = Instant(nanoseconds: 0)
  private var readings: [Reading] = []
  private var isGood: [Bool]
  private var mustBeRightFrom = Instant(nanoseconds: .max)

  init(_ sensors: [Sensor]) {
    self.sensors = sensors
    isGood = sensors.map { _ in false }
    let devices = sensors.enumerated().map { index, sensor in
      DevicePlan(
        id: "sensor\(index)", line: sensor.line,
        timing: DeviceTiming(responseTimeoutMs: 500, guardMs: 20),
        points: [
          PolledPoint(
            point: PointIndex(rawValue: UInt16(index)), quantity: sensor.line.quantities[0],
            period: .seconds(5))
        ])
    }
    guard
      let engine = try? BusEngine(
        plan: BusPlan(id: "line", link: .rawTCP(host: "sensor", port: 1), devices: devices),
        start: now)
    else { fatalError("the plan does not fit") }
    schedule = engine
    readings.reserveCapacity(64)
  }

  /// What comes of a task by chance.
  mutating func chance(_ dice: inout Dice) -> (BusOutcome, [UInt8]) {
    var bytes = sensors[dice.below(sensors.count)].sentence
    switch dice.below(8) {
    case 0: bytes = []
    case 1, 2: bytes = (0..<dice.below(256)).map { _ in dice.byte() }
    case 3: bytes[dice.below(bytes.count)] ^= dice.byte()
    case 4: bytes.removeLast(dice.below(bytes.count))
    case 5: bytes.removeFirst(dice.below(bytes.count))
    case 6: return (.failed(.portLost(5)), [])
    default: break
    }
    return (.done, bytes)
  }

  /// Does what is next; `outcome` says how a task ended and what was heard.
  mutating func step(_ outcome: (inout FuzzedLine, BusTask) -> (BusOutcome, [UInt8])) {
    let wallTime = WallTime(nanosecondsSince1970: now.nanoseconds, synchronized: true)
    switch schedule.next(at: now, wallTime: wallTime, into: &readings) {
    case .wait(let until):
      promise(until > now, "waits end")
      now = until
    case .perform(let task):
      var (result, bytes) = outcome(&self, task)
      if case .listen(let until) = task {
        now = bytes.isEmpty ? max(until, now) : now + .milliseconds(40)
      } else {
        bytes = []
        now = now + .milliseconds(1)
      }
      if task == .close { result = .done }
      schedule.finished(
        result, words: bytes.map { UInt16($0) }, at: now, wallTime: wallTime, into: &readings)
    }
    takeReadings()
  }

  /// Every sensor answers well when it is asked, or sends well by itself, until each value came right;
  /// within a quarter of an hour, which the longest pauses allow.
  mutating func recover() {
    let begin = now
    for index in isGood.indices { isGood[index] = false }
    mustBeRightFrom = begin + .seconds(20)
    var asked: [UInt8] = []
    while isGood.contains(false) || now < mustBeRightFrom + .seconds(20) {
      promise(now - begin < .seconds(900), "good sentences are taken again")
      step { line, task in
        if case .send(let request) = task { asked = request }
        guard case .listen = task else { return (.done, []) }
        defer { asked = [] }
        return (.done, line.sensors.first { $0.request == asked }?.sentence ?? [])
      }
    }
  }

  private mutating func takeReadings() {
    // A listen may bring many sentences, and each of them a sample that was due.
    promise(readings.count <= 64, "readings stay few")
    for reading in readings where reading.flag == .notEvaluated {
      let index = Int(reading.point.rawValue)
      promise(reading.value.isFinite, "a good value is a number")
      isGood[index] = reading.value == Sensor.value
      if now >= mustBeRightFrom { promise(isGood[index], "a good sentence gives its value") }
    }
    readings.removeAll(keepingCapacity: true)
  }

  private func promise(_ holds: Bool, _ what: String) {
    if !holds { fatalError("broken: \(what), at \(now.nanoseconds) ns: \(schedule.counters)") }
  }
}

/// A quantity of any kind, decoded from any words, and written back.
func decode(_ dice: inout Dice) {
  let types = RawType.allCases
  func field(_ address: UInt16, _ dice: inout Dice) -> RawField {
    RawField(
      table: .holdingRegister, address: address, type: types[1 + dice.below(types.count - 1)],
      order: WordOrder.allCases[dice.below(4)])
  }
  var quantity = ProfileQuantity(id: "value", field: field(0, &dice), unit: "1")
  if dice.isOne(in: 3), !quantity.field.type.isFloat {
    let shift = UInt8(dice.below(Int(quantity.field.type.width)))
    quantity.field.bits = BitField(
      shift: shift, width: UInt8(1 + dice.below(Int(quantity.field.type.width - shift))))
  }
  if dice.isOne(in: 2) {
    quantity.coding.scaling = Scaling(
      before: dice.quarters(-8...8),
      ratio: Ratio(Int64(1 + dice.below(200)), Int64(1 + dice.below(200))),
      after: dice.quarters(-8...8))
  }
  if dice.isOne(in: 3) {
    quantity.coding.companionScales = [
      CompanionScale(companion: "decimals", field: field(4, &dice), rule: .decimals)
    ]
  }
  if dice.isOne(in: 3) {
    quantity.coding.gates = [
      Gate(companion: "state", field: field(8, &dice), accepted: [dice.bits(), 0]),
      .clear(bit: UInt8(dice.below(16)), of: "state", at: field(8, &dice)),
    ]
  }
  if dice.isOne(in: 3) {
    quantity.coding.sentinels = [Sentinel(.raw(dice.bits()), means: .missing)]
  }
  let words = (0..<12).map { _ in UInt16(dice.byte()) << 8 | UInt16(dice.byte()) }
  let registers: RegisterReader = { table, address in
    table == .holdingRegister && address < 12 ? words[Int(address)] : nil
  }
  guard case .value(let value) = quantity.decode(from: registers) else { return }
  if !value.isFinite { fatalError("broken: \(quantity) of \(words) is \(value)") }
  if let written = quantity.encode(value, current: registers),
    written.count != Int(quantity.span.count)
  {
    fatalError("broken: \(quantity) is written as \(written)")
  }
}
