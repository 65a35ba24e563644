internal import DetectionCore
internal import GatewayStatus
internal import LinePort
internal import LinuxHost
internal import Polling
internal import Recording

/// The thread of one line of sensors that do not speak Modbus: carries out what its `FramedSchedule`
/// decides and hands readings to the lane.
final class FramedThread: Sendable {
  private let plan: FramedPlan
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
    plan: FramedPlan, place: Int, clock: HostClock, board: SharedStatus, lane: WakeSignal,
    connection: BusConnection, stop: StopFlag
  ) {
    frames = Ring(capacity: RuntimeLimits.frameRing(buses: board.busCount))
    self.plan = plan
    self.place = place
    self.clock = clock
    self.board = board
    self.lane = lane
    self.connection = connection
    self.stop = stop
  }

  /// What the thread works with besides its schedule; allotted once.
  private struct Workspace: ~Copyable {
    var port: FramedConnection
    var bytes: [UInt8] = []
    var readings: [Reading] = []
    var report: BusReport
  }

  /// Reads until the gateway stops.
  func run() {
    var schedule = FramedSchedule(plan: plan, start: clock.now)
    let preparation = SerialPreparation(transmitter: plan.transmitter)
    var space = Workspace(
      port: FramedConnection(link: plan.link, interruption: connection.wake.descriptor) {
        preparation(descriptor: $0)
      },
      report: BusReport(plan, place: place))
    space.bytes.reserveCapacity(PollingLimits.bytesHeardAtOnce)
    space.readings.reserveCapacity(schedule.readingCapacity)
    while !stop.isRaised {
      while let command = connection.periods.pop() {
        schedule.setPeriod(command.period, of: command.point, at: clock.now)
      }
      step(&schedule, &space)
    }
    space.port.close()
    space.report.show(schedule, on: board)
  }

  private func step(_ schedule: inout FramedSchedule, _ space: inout Workspace) {
    switch schedule.next(at: clock.now, wallTime: clock.wallTime, into: &space.readings) {
    case .wait(let until):
      connection.handOver(&space.readings, to: lane)
      space.report.show(schedule, on: board)
      connection.wake.wait(timeout: clock.realTime(until: until))
    case .perform(let task):
      var patience = TimeSpan.zero
      if case .listen(let until) = task {
        connection.handOver(&space.readings, to: lane)
        space.report.show(schedule, on: board)
        patience = clock.realTime(until: until)
      }
      let outcome = space.port.perform(task, patience: patience, into: &space.bytes)
      schedule.finished(
        outcome, bytes: space.bytes, at: clock.now, wallTime: clock.wallTime,
        into: &space.readings)
      // What ended the wait has been seen: commands are taken, and the stop flag is looked at.
      connection.wake.wait(timeout: .zero)
      connection.handOver(&space.readings, to: lane)
    }
    for entry in schedule.transcript.entries
    where !frames.push(FrameRecord(entry, of: schedule.transcript, bus: place)) {
      lostFrames.add()
    }
  }
}
