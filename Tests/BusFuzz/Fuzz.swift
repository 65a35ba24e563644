// A bus of devices that say anything at all: `deploy/fuzz bus`.
import DetectionCore
import DeviceProfiles
import ModbusPort
import Polling

/// The far end; C asks it to speak. Safe: everything here happens on one thread.
nonisolated(unsafe) var fieldPeer = FieldPeer()

/// Called in every wait: the far end says what it has to say.
@_cdecl("field_peer_speak")
public func fieldPeerSpeak() { unsafe fieldPeer.speak() }

/// Takes what libFuzzer makes up: bytes that become a bus and the answers of its devices. Whatever they
/// say, each fault is counted once, memory stays as it is, nothing is written that may not be, and
/// when the bytes are used up and the devices answer well again, every value comes right.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var dice = unsafe Dice(bytes: UnsafeRawBufferPointer(start: start, count: count))
  var peer = FieldPeer()
  peer.isTCP = dice.isOne(in: 2)
  let port = peer_listen()
  let settings = SerialSettings(baud: 19200, parity: .none, stopBits: 1)
  let link: Link =
    peer.isTCP
    ? .tcp(host: "127.0.0.1", port: port)
    : .rtuOverTCP(host: "127.0.0.1", port: port, settings)
  let plan = FuzzedPlan.make(link: link, &dice)
  peer.dice = dice
  unsafe fieldPeer = peer
  guard var bus = try? FuzzedBus(plan) else { fatalError("the plan does not fit") }
  bus.schedule.request(output: 0, on: true, at: bus.now)
  while unsafe !fieldPeer.dice.isOver { bus.step() }
  bus.recover()
  peer_hang_up()
  return 0
}

/// The engine and the port, in a time of their own.
struct FuzzedBus: ~Copyable {
  var schedule: BusEngine
  private var port: ModbusConnection
  private(set) var now = Instant(nanoseconds: 0)
  private var words: [UInt16] = []
  private var readings: [Reading] = []
  private let expected: [Double]
  /// For each point, whether its last reading was good.
  private var isGood: [Bool]
  private var transactions: UInt64 = 0
  /// From then on, no good reading may have another value than the devices' own.
  private var mustBeRightFrom = Instant(nanoseconds: .max)

  init(_ plan: BusPlan) throws {
    schedule = try BusEngine(plan: plan, start: now)
    port = ModbusConnection(link: plan.link)
    words.reserveCapacity(PollingLimits.wordsPerAnswer)
    readings.reserveCapacity(schedule.readingCapacity)
    expected = plan.devices.flatMap(\.points).map { point in
      let decoded = point.quantity.modbus?.decode { table, address in
        table.isBits ? 0 : FieldPeer.word(at: address)
      }
      guard case .value(let value)? = decoded else {
        fatalError("\(point.quantity.id): \(String(describing: decoded))")
      }
      return value
    }
    isGood = expected.map { _ in false }
  }

  /// Does what is next.
  mutating func step() {
    let wallTime = WallTime(nanosecondsSince1970: now.nanoseconds, synchronized: true)
    switch schedule.next(at: now, wallTime: wallTime, into: &readings) {
    case .wait(let until):
      promise(until > now, "waits end")
      now = until
    case .perform(let task):
      let (answers, faults) = (schedule.counters.answers, faultCount)
      if case .transact = task { unsafe fieldPeer.isAsked = true }
      let outcome = port.perform(task, into: &words)
      unsafe fieldPeer.isAsked = false
      if task == .open, outcome == .done { peer_accept() }
      now = now + .milliseconds(5)
      if case .transact(let transaction) = task {
        transactions += 1
        if case .failed(.timeout) = outcome { now = now + transaction.timeout }
      }
      schedule.finished(outcome, words: words, at: now, wallTime: wallTime, into: &readings)
      let (answered, failed) = (schedule.counters.answers - answers, faultCount - faults)
      if outcome == .done {
        // A good answer may say that a value was not stored.
        promise(answered <= 1 && failed <= 1, "a good answer counts once")
        if case .transact = task { promise(answered + failed > 0, "a good answer counts") }
      } else {
        promise(answered == 0 && failed == 1, "a fault counts once")
      }
    }
    takeReadings()
  }

  /// Goes on until every point was read well again and the output is as wanted: in half an hour, which
  /// the longest pauses allow.
  mutating func recover() {
    let begin = now
    for index in isGood.indices { isGood[index] = false }
    // Values that were put together before are out by then.
    mustBeRightFrom = begin + .seconds(120)
    while isGood.contains(false) || schedule.outputStatus[0].isConfirmed == false
      || now < mustBeRightFrom + .seconds(120)
    {
      promise(now - begin < .seconds(1800), "good answers are taken again")
      step()
    }
    promise(unsafe fieldPeer.coils[9] == true, "the output is on")
    promise(unsafe fieldPeer.forbiddenWrite == nil, "only what is allowed is written")
    promise(schedule.counters.requests == transactions, "each request counts")
  }

  private var faultCount: UInt64 {
    let counters = schedule.counters
    return counters.timeouts + counters.damaged + counters.exceptions + counters.notReady
      + counters.notVerified + counters.wrongDevices + counters.portFaults + counters.reconnections
  }

  private mutating func takeReadings() {
    promise(readings.count <= schedule.readingCapacity, "readings stay few")
    promise(words.capacity <= 2 * PollingLimits.wordsPerAnswer, "the answer's room stays")
    for reading in readings {
      let index = Int(reading.point.rawValue)
      guard reading.flag == .notEvaluated else { continue }
      promise(reading.value.isFinite, "a good value is a number")
      isGood[index] = reading.value == expected[index]
      if now >= mustBeRightFrom { promise(isGood[index], "a good answer gives its value") }
    }
    readings.removeAll(keepingCapacity: true)
  }

  private func promise(_ holds: Bool, _ what: String) {
    if !holds { fatalError("broken: \(what), at \(now.nanoseconds) ns: \(schedule.counters)") }
  }
}
