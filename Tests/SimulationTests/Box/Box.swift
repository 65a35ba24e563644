import Delivery
import DetectionCore
import FieldSimulation
import SiteConfiguration

/// A whole gateway with everything around it, in one thread and on a clock of its own: from one seed come the
/// course of the river, what goes wrong, and who runs when.
struct Box {
  /// What a run met, so that a test sees whether it met anything.
  struct Result: Equatable {
    var violation: String?
    var events = 0
    var starts = 0
    var repeats = 0
    var gaps = 0
    var steps = 0

    /// Adds what another run met.
    mutating func add(_ other: Result) {
      events += other.events
      starts += other.starts
      repeats += other.repeats
      gaps += other.gaps
      steps += other.steps
    }
  }

  let site: BoxSite
  let seed: UInt64
  let hours: Int64
  let faults: [BoxFault]

  init(site: BoxSite, seed: UInt64, hours: Int64? = nil, faults: [BoxFault]? = nil) {
    self.site = site
    self.seed = seed
    self.hours = hours ?? site.pace.hours
    self.faults = faults ?? BoxFault.draw(seed: seed, pace: site.pace)
  }

  /// Lives through it all, and then through a while in which nothing is wrong.
  func run() throws -> Result {
    var run = try BoxRun(self)
    try run.live(until: hours * 3_600_000_000_000)
    try run.end()
    return run.result
  }
}

/// One run of a box.
struct BoxRun {
  private let box: Box
  private let world: BoxWorld
  private var gateway: BoxGateway?
  /// When the gateway is started, while there is none.
  private var startAt: Int64 = 0
  private var hasPower = false
  /// When the wall clock is set after a start; nil where it is or never will be.
  private var clockSetAt: Int64?
  private var changes: [Int64]
  private(set) var result = Box.Result()
  /// Older facts may have been passed over in these.
  private var mayReorder = false

  init(_ box: Box) throws {
    self.box = box
    world = try BoxWorld(site: box.site, seed: box.seed)
    // Everything that is wrong begins or ends at one of these.
    changes = Set(box.faults.flatMap { [$0.start, $0.end] }.map { $0 * 1_000_000_000 }).sorted()
  }

  /// Goes on until `end`, or until a promise is broken.
  mutating func live(until end: Int64) throws {
    while world.log.firstViolation == nil {
      let next = min(gateway?.next.time ?? startAt, changes.first ?? .max, clockSetAt ?? .max)
      guard next < end else { break }
      pass(to: next)
      if let change = changes.first, change <= next {
        changes.removeFirst()
        try apply(at: change / 1_000_000_000)
      } else if let time = clockSetAt, time <= next {
        clockSetAt = nil
        world.clock.set(isSynchronized: true)
      } else if let gateway {
        run(gateway)
      } else {
        try start()
      }
    }
    pass(to: end)
    result.violation = world.log.firstViolation
  }

  private mutating func pass(to time: Int64) {
    let span = time - world.clock.time
    guard span > 0 else { return }
    if gateway != nil { world.addLampTime(span) }
    world.clock.time = time
  }

  private mutating func run(_ gateway: BoxGateway) {
    let (thread, _) = gateway.next
    if let until = world.held(thread) {
      gateway.hold(thread, until: until)
      return
    }
    gateway.run(thread)
    result.steps += 1
    check(gateway)
  }

  private func check(_ gateway: BoxGateway) {
    for (index, broker) in world.brokers.enumerated() {
      world.log.check(broker, index, mayReorder: mayReorder)
      if let complaint = broker.complaint { world.log.violation(complaint) }
    }
    if gateway.unstoredCount > 5_000 { world.log.violation("memory is not bounded") }
    // A minute for a bus that is busy with devices that do not answer.
    let limit = BoxSite.maximumOnTime.nanoseconds + 60_000_000_000
    if let time = world.lampOnFor, time > limit,
      world.clock.time - world.lampUnreachableAt > 120_000_000_000
    {
      world.log.violation("the lamp is on for \(time / 1_000_000_000) s")
    }
  }

  private mutating func start() throws {
    if !hasPower {
      hasPower = true
      world.startMachine()
      clockSetAt =
        world.falls(80)
        ? world.clock.time + Int64(world.number(below: 90)) * 1_000_000_000
        : world.clock.time + 3_600_000_000_000
    }
    let gateway = try BoxGateway(in: world)
    world.log.began(gateway.identity, knowsStates: gateway.knowsStates)
    result.starts += 1
    self.gateway = gateway
  }

  /// Something begins or ends to be wrong.
  private mutating func apply(at second: Int64) throws {
    world.set(box.faults.filter { $0.start <= second && second < $0.end })
    for fault in box.faults where fault.start == second {
      switch fault.kind {
      case .powerCut: stop(fault, keepsPower: false)
      case .kill: stop(fault, keepsPower: true)
      case .factDamaged: world.store.damage(fault.number)
      case .clockStep:
        let step = Int64(fault.number % 200_000) - 100_000
        world.clock.set(isSynchronized: true, wallError: step * 1_000_000_000)
      case .clockUnknown: world.clock.set(isSynchronized: false, wallError: 0)
      case .diskHangs, .diskUnreadable: mayReorder = true
      case .brokerGone, .brokerLosesLines:
        for index in 0..<2 where Int(fault.number % 2) == index || fault.number % 5 == 0 {
          gateway?.cutLine(to: index)
        }
      default: break
      }
    }
    for fault in box.faults where fault.end == second {
      if fault.kind == .clockUnknown || fault.kind == .clockStep {
        world.clock.set(isSynchronized: true)
      }
    }
  }

  private mutating func stop(_ fault: BoxFault, keepsPower: Bool) {
    gateway?.endReplay()
    world.log.note(committed: world.store.committed)
    gateway = nil
    startAt = fault.end * 1_000_000_000
    hasPower = keepsPower
    if !keepsPower { clockSetAt = nil }
  }

  /// Nothing is wrong any more: everything has to arrive.
  mutating func end() throws {
    guard result.violation == nil else { return }
    changes = []
    world.set([])
    if clockSetAt == nil { world.clock.set(isSynchronized: true) }
    if gateway == nil { startAt = world.clock.time }
    let end = world.clock.time + 3_600_000_000_000
    repeat {
      try live(until: min(end, world.clock.time + 600_000_000_000))
    } while result.violation == nil && world.clock.time < end && gateway?.isQuiet != true
    guard result.violation == nil, let gateway else { return }
    if !gateway.isQuiet {
      world.log.violation("after an hour there are still \(gateway.unfinished)")
    }
    gateway.endReplay()
    world.log.note(committed: world.store.committed)
    let rules = box.site.site.description.rules
    world.log.finish(
      world, stages: rules.indices.map { (rules[$0].id, gateway.stage(ofRule: $0)) })
    result.violation = world.log.firstViolation
    result.events = world.log.decidedCount
    result.repeats = world.brokers.map(\.repeats).reduce(0, +)
    result.gaps = world.log.told
  }
}
