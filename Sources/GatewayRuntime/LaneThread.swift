internal import DetectionCore
internal import LinuxHost
internal import Synchronization

/// What connects one bus thread with the lane.
struct BusConnection: Sendable {
  /// Readings on their way to the lane.
  let readings: Ring<Reading>
  /// Readings that found no room.
  let lostReadings = Counter()
  /// Commands on their way to the bus.
  let commands: Ring<OutputCommand>
  /// Commands that found no room.
  let lostCommands = Counter()
  /// Periods on their way to the bus.
  let periods: Ring<PeriodCommand>
  /// Raised when commands or periods wait.
  let wake: WakeSignal

  /// Connects a bus with so many points and outputs.
  init(points: Int, outputs: Int) throws(HostError) {
    readings = Ring(capacity: RuntimeLimits.busRing(points: points))
    commands = Ring(capacity: RuntimeLimits.outputRing(outputs: outputs))
    periods = Ring(capacity: RuntimeLimits.periodRing(points: points))
    wake = try WakeSignal()
  }

  /// Gives the lane what was read, and counts what it has no room for.
  func handOver(_ read: inout [Reading], to lane: WakeSignal) {
    guard !read.isEmpty else { return }
    for reading in read where !readings.push(reading) { lostReadings.add() }
    read.removeAll(keepingCapacity: true)
    lane.raise()
  }
}

/// A wanted state of an output.
struct OutputCommand: BitwiseCopyable, Sendable {
  var output: UInt16
  var isOn: Bool
}

/// A wanted period of a point.
struct PeriodCommand: BitwiseCopyable, Sendable {
  var point: PointIndex
  var period: TimeSpan
}

/// The one thread that decides: takes readings in the order in which it finds them, asks the
/// detector, and wakes whoever has something to do then.
final class LaneThread: Sendable {
  private let plan: DetectionPlan
  private let restoration: RestoredStates
  private let clock: any GatewayClock
  private let buses: [BusConnection]
  private let busOfOutput: [Int]
  private let commands: Ring<LaneCommand>
  private let samplings: [SamplingPlan]
  private let busOfPoint: [UInt16: Int]
  private let outlets: LaneOutputs
  private let stop: StopFlag
  /// Raised by bus threads when readings wait.
  let wake: WakeSignal
  /// Raised when the outlets hold events or readings.
  private let writer: GatheringWake
  /// Raised when the recorder's ring fills.
  private let recorder: WakeSignal
  private let longestDelayNs = Atomic<Int64>(0)
  /// How it goes on.
  let progress = ThreadProgress()

  init(
    plan: DetectionPlan, restoration: RestoredStates, clock: any GatewayClock,
    buses: [BusConnection], busOfOutput: [Int],
    commands: Ring<LaneCommand>, samplings: [SamplingPlan],
    busOfPoint: [UInt16: Int], outlets: LaneOutputs, wake: WakeSignal, writer: GatheringWake,
    recorder: WakeSignal, stop: StopFlag
  ) {
    self.plan = plan
    self.restoration = restoration
    self.clock = clock
    self.buses = buses
    self.busOfOutput = busOfOutput
    self.commands = commands
    self.samplings = samplings
    self.busOfPoint = busOfPoint
    self.outlets = outlets
    self.writer = writer
    self.recorder = recorder
    self.stop = stop
    self.wake = wake
  }

  /// The longest time from a reading to its decision so far.
  var longestDelay: TimeSpan { TimeSpan(nanoseconds: longestDelayNs.load(ordering: .relaxed)) }

  /// Decides until the gateway stops; at the end every reading that arrived has been decided.
  func run() {
    var lane = begin()
    var lostSeen = [Int](repeating: 0, count: buses.count)
    while true {
      let stopping = stop.isRaised
      progress.takeTurn()
      turn(&lane, lostSeen: &lostSeen)
      if stopping { return lane.giveLastCheckpoint() }
      wake.wait(timeout: lane.nextDeadline.map { clock.realTime(until: $0) })
    }
  }

  /// Makes the lane, and tells the buses what it wants of them.
  func begin() -> Lane {
    guard var lane = try? Lane(plan: plan, outlets: outlets, restoration: restoration) else {
      preconditionFailure("the plan was checked before the lane started")
    }
    // The recording begins with the first input, not when the recorder next comes by itself.
    if lane.giveCheckpoint() { recorder.raise() }
    // What has to happen now that time has passed: an output whose time is up is not switched on again.
    decide(&lane, .tick(at: clock.now, wallTime: clock.wallTime))
    // Whatever an earlier run left on or off: every output is to be as the core has it.
    for output in busOfOutput.indices { command(output, isOn: lane.isOn(output: output)) }
    for sampling in samplings {
      let stage = lane.stage(ofRule: Int(sampling.rule))
      request(SamplingRequest(point: sampling.point, period: sampling.period(atStage: stage)))
    }
    return lane
  }

  /// Decides on everything that has come; `lostSeen` is how many readings each bus had lost before.
  func turn(_ lane: inout Lane, lostSeen: inout [Int]) {
    if lane.giveCheckpoint() { recorder.raise() }
    if takeAll(&lane, lostSeen: &lostSeen) { wakeConsumers() }
  }

  /// Events leave at once; readings and records may gather as long as there is room for them.
  private func wakeConsumers() {
    let hasEvents = outlets.events.count > 0
    if hasEvents || outlets.readings.isHalfFull {
      writer.raise()
    } else {
      writer.raiseUnlessGathering()
    }
    if hasEvents || outlets.records.isHalfFull { recorder.raise() }
  }

  private func takeAll(_ lane: inout Lane, lostSeen: inout [Int]) -> Bool {
    var worked = false
    for (index, bus) in buses.enumerated() {
      let lost = bus.lostReadings.value
      if lost != lostSeen[index] {
        let count = UInt32(clamping: lost - lostSeen[index])
        decide(&lane, .lost(at: clock.now, wallTime: clock.wallTime, count: count))
        lostSeen[index] = lost
        worked = true
      }
      while let reading = bus.readings.pop() {
        decide(&lane, .reading(reading))
        let delay = Int64(Double((clock.now - reading.time).nanoseconds) / clock.speed)
        if delay > longestDelayNs.load(ordering: .relaxed) {
          longestDelayNs.store(delay, ordering: .relaxed)
        }
        worked = true
      }
    }
    while let command = commands.pop() {
      let request = lane.request(by: command)
      decide(&lane, .command(at: clock.now, wallTime: clock.wallTime, request))
      worked = true
    }
    if let deadline = lane.nextDeadline, deadline <= clock.now {
      decide(&lane, .tick(at: clock.now, wallTime: clock.wallTime))
      worked = true
    }
    return worked
  }

  private func decide(_ lane: inout Lane, _ input: DetectionInput) {
    lane.decide(input, at: clock.now)
    for index in 0..<lane.eventCount {
      let event = lane.event(at: index)
      if event.kind == .stageRaised || event.kind == .stageCleared { sample(after: event) }
      guard event.kind == .outputOn || event.kind == .outputOff else { continue }
      command(Int(event.subject), isOn: event.kind == .outputOn)
    }
  }

  /// A rule turned: the points that it has read at another pace are told to their buses.
  private func sample(after event: DetectionEvent) {
    for sampling in samplings where sampling.rule == event.subject {
      if let wanted = sampling.request(from: event.previousStage, to: event.stage) {
        request(wanted)
      }
    }
  }

  private func request(_ sampling: SamplingRequest) {
    guard let place = busOfPoint[sampling.point.rawValue] else { return }
    let bus = buses[place]
    // Were the ring ever full, the point is read as often as before, and the next stage asks again.
    _ = bus.periods.push(PeriodCommand(point: sampling.point, period: sampling.period))
    bus.wake.raise()
  }

  private func command(_ output: Int, isOn: Bool) {
    let bus = buses[busOfOutput[output]]
    // The ring holds more than all outputs; were it ever full, the bus still ends their on-time.
    if !bus.commands.push(OutputCommand(output: UInt16(output), isOn: isOn)) {
      bus.lostCommands.add()
    }
    bus.wake.raise()
  }
}
