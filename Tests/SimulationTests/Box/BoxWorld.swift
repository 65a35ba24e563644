import DetectionCore
import FieldSimulation
import Polling

/// Everything around the gateway of a simulated box: its clock, field, disk and brokers, and what is wrong with
/// them at the moment.
final class BoxWorld {
  let site: BoxSite
  let clock = BoxClock()
  let store: SimulatedStore
  let brokers: [SimulatedBroker]
  let log: BoxLog
  /// Until when the disk does not answer; nil while it does.
  private(set) var diskHangsUntil: Int64?
  /// Which start of the machine it is.
  private(set) var boot = ""
  /// Since when the lamp is on, without the time in which no gateway was there.
  private(set) var lampOnFor: Int64?
  /// When something last stood between the gateway and the lamp.
  private(set) var lampUnreachableAt: Int64 = -1_000_000_000_000

  private var random: SplitMix64
  private var devices: [DeviceModel]
  private var active: [BoxFault] = []
  private var boots = 0

  init(site: BoxSite, seed: UInt64) throws {
    self.site = site
    random = SplitMix64(seed: seed)
    devices = try site.devices(seed: seed)
    // Some disks are so small that a long outage fills them.
    store = SimulatedStore(destinations: 2, quota: seed % 4 == 0 ? 40 : .max)
    brokers = [1, 2].map { [clock] in
      SimulatedBroker(seed: seed ^ $0, now: { Instant(nanoseconds: clock.now.nanoseconds) })
    }
    log = BoxLog(destinations: 2)
  }

  // MARK: Chance

  func falls(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

  /// When a thread that was woken runs: mostly at once.
  func soon() -> Int64 {
    clock.time + Int64(random.next() % (falls(95) ? 1_000_000 : 300_000_000))
  }

  /// How long the disk takes for a batch.
  func syncTime() -> Int64 {
    Int64(random.next() % (falls(95) ? 20_000_000 : 1_500_000_000))
  }

  func randomEpoch() -> String { String(random.next() | 1 << 63, radix: 16) }

  func number(below limit: UInt64) -> UInt64 { random.next() % limit }

  // MARK: What goes wrong

  /// The machine starts; what the lamp was told is forgotten with the power.
  func startMachine() {
    boots += 1
    boot = "boot-\(boots)"
    // Without a battery the clock begins where it stopped, or anywhere.
    clock.boot(wallError: -Int64(random.next() % 400_000) * 1_000_000_000)
    resetLamp()
  }

  /// `faults` are what is wrong from now on.
  func set(_ faults: [BoxFault]) {
    active = faults
    let ends = active.filter { $0.kind == .diskHangs }.map { $0.end * 1_000_000_000 }
    diskHangsUntil = ends.max()
    let isUnreadable = has(.diskUnreadable)
    store.condition = isUnreadable ? .unreadable : has(.diskFull) ? .full : .good
    for (index, broker) in brokers.enumerated() {
      var condition = SimulatedBroker.Condition()
      for fault in active where Int(fault.number % 2) == index || fault.number % 5 == 0 {
        switch fault.kind {
        case .brokerGone: condition.isGone = true
        case .brokerSlow: condition.longestDelay = .seconds(70)
        case .brokerLosesLines: condition.lossPercent = 30
        case .brokerIsSilent: condition.silencePercent = 40
        case .brokerCongested: condition.congestionPercent = 60
        case .brokerRefuses: condition.refusalPercent = 50
        default: break
        }
      }
      broker.condition = condition
    }
  }

  private func has(_ kind: BoxFault.Kind) -> Bool { active.contains { $0.kind == kind } }

  /// Until when this thread is not let run; nil where it is.
  func held(_ thread: BoxThread) -> Int64? {
    let kind: BoxFault.Kind
    switch thread {
    case .lane: kind = .laneHeld
    case .writer: kind = .writerHeld
    case .office, .local: kind = .deliveryHeld
    case .bus, .store, .recorder: return nil
    }
    return active.first { $0.kind == kind }.map { $0.end * 1_000_000_000 }
  }

  // MARK: The field

  /// What comes of a task on the bus, and how long it takes.
  func answer(to task: BusTask) -> (outcome: BusOutcome, words: [UInt16], took: Int64) {
    if has(.portLost) {
      lampUnreachableAt = clock.time
      switch task {
      case .close: return (.done, [], 0)
      case .open, .drain, .transact, .send, .listen:
        return (.failed(.portLost(5)), [], 5_000_000)
      }
    }
    guard case .transact(let transaction) = task else {
      guard case .drain(let silence) = task else { return (.done, [], 0) }
      return (.done, [], silence.nanoseconds)
    }
    guard let index = devices.firstIndex(where: { $0.unit == transaction.unit }) else {
      return (.failed(.timeout), [], transaction.timeout.nanoseconds)
    }
    let isLamp = index == devices.count - 1
    let silence = active.contains {
      $0.kind == .deviceSilent && !isLamp && Int($0.number % 2) == index
        || $0.kind == .outputSilent && isLamp
    }
    let isLost = silence || falls(1)
    if isLost, isLamp { lampUnreachableAt = clock.time }
    // Of a lost answer the request may have arrived.
    if isLost, silence || falls(50) {
      return (.failed(.timeout), [], transaction.timeout.nanoseconds)
    }
    let answer = devices[index].answer(
      to: transaction.request, at: TimeSpan(nanoseconds: clock.time))
    if isLamp { lookAtLamp() }
    if isLost { return (.failed(.timeout), [], transaction.timeout.nanoseconds) }
    let took = 20_000_000 + Int64(random.next() % 30_000_000)
    switch answer {
    case .words(let words): return (.done, words, took)
    case .written: return (.done, [], took)
    case .exception(let code): return (.failed(.exception(code)), [], took)
    case .noAnswer: return (.failed(.timeout), [], transaction.timeout.nanoseconds)
    }
  }

  private func lookAtLamp() {
    let isOn =
      devices[devices.count - 1].value(
        of: "relay1", at: TimeSpan(nanoseconds: clock.time)) == 1
    if !isOn { lampOnFor = nil } else if lampOnFor == nil { lampOnFor = 0 }
  }

  private func resetLamp() {
    _ = devices[devices.count - 1].answer(
      to: .writeCoil(address: 0, on: false), at: TimeSpan(nanoseconds: clock.time))
    lampOnFor = nil
  }

  /// So much time has gone by, with a gateway.
  func addLampTime(_ span: Int64) {
    if let time = lampOnFor { lampOnFor = time + span }
  }
}
