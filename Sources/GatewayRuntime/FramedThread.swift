internal import DetectionCore
internal import GatewayStatus
internal import LinePort
internal import LinuxHost
internal import Polling
internal import Recording

/// The thread of one line of sensors that do not speak Modbus: carries out what its `BusEngine`
/// decides and hands readings to the lane.
final class FramedThread: Sendable {
  private let plan: BusPlan
  /// Its place among all buses.
  private let place: Int
  private let clock: HostClock
  private let board: SharedStatus
  private let stop: StopFlag
  private let lane: WakeSignal
  /// What connects this line with the lane; it carries no commands, as nothing is switched here.
  let connection: BusConnection
  /// What was sent and heard, for the recorder.
  let frames: Ring<FrameRecord>
  /// Frames that the recorder was too slow for.
  let lostFrames = Counter()

  init(
    plan: BusPlan, place: Int, clock: HostClock, board: SharedStatus, lane: WakeSignal,
    connection: BusConnection, stop: StopFlag
  ) {
    frames = Ring(capacity: RuntimeLimits.frameRing(buses: board.current.buses.count))
    self.plan = plan
    self.place = place
    self.clock = clock
    self.board = board
    self.lane = lane
    self.connection = connection
    self.stop = stop
  }

  /// What the thread works with besides its engine; allotted once.
  private struct Workspace: ~Copyable {
    var port: FramedConnection
    var words: [UInt16] = []
    var readings: [Reading] = []
    var report: BusReport
  }

  /// Reads until the gateway stops.
  func run() {
    guard var engine = try? BusEngine(plan: plan, start: clock.now) else {
      preconditionFailure("the plan was checked before the line started")
    }
    let preparation = SerialPreparation(transmitter: plan.transmitter)
    var space = Workspace(
      port: FramedConnection(link: plan.link, interruption: connection.wake.descriptor) {
        preparation(descriptor: $0)
      },
      report: BusReport(plan, place: place))
    space.words.reserveCapacity(PollingLimits.wordsHeardAtOnce)
    space.readings.reserveCapacity(engine.readingCapacity)
    while !stop.isRaised {
      while let command = connection.periods.pop() {
        engine.setPeriod(command.period, of: command.point, at: clock.now)
      }
      step(&engine, &space)
    }
    space.port.close()
    space.report.show(engine, on: board)
  }

  private func step(_ engine: inout BusEngine, _ space: inout Workspace) {
    switch engine.next(at: clock.now, wallTime: clock.wallTime, into: &space.readings) {
    case .wait(let until):
      connection.handOver(&space.readings, to: lane)
      space.report.show(engine, on: board)
      connection.wake.wait(timeout: clock.realTime(until: until))
    case .perform(let task):
      var patience = TimeSpan.zero
      if case .listen(let until) = task {
        connection.handOver(&space.readings, to: lane)
        space.report.show(engine, on: board)
        patience = clock.realTime(until: until)
      }
      let outcome = space.port.perform(task, listening: patience, into: &space.words)
      engine.finished(
        outcome, words: space.words, at: clock.now, wallTime: clock.wallTime,
        into: &space.readings)
      // What ended the wait has been seen: commands are taken, and the stop flag is looked at.
      connection.wake.wait(timeout: .zero)
      connection.handOver(&space.readings, to: lane)
    }
    let transcript = engine.transcript
    for entry in transcript.entries
    where !frames.push(FrameRecord(entry, of: transcript, bus: place)) {
      lostFrames.add()
    }
  }
}
