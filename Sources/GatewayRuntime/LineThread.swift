internal import DetectionCore
internal import LinePort
internal import LinuxHost
internal import Polling

/// The thread of one line of sensors that do not speak Modbus: carries out what its `LineSchedule`
/// decides and hands readings to the lane.
final class LineThread: Sendable {
  private let plan: LinePlan
  private let clock: HostClock
  private let board: StatusBoard
  private let stop: StopFlag
  private let lane: WakeSignal
  /// What connects this line with the lane; it carries no commands, as nothing is switched here.
  let connection: BusConnection

  init(
    plan: LinePlan, clock: HostClock, board: StatusBoard, lane: WakeSignal,
    connection: BusConnection, stop: StopFlag
  ) {
    self.plan = plan
    self.clock = clock
    self.board = board
    self.lane = lane
    self.connection = connection
    self.stop = stop
  }

  /// What the thread works with besides its schedule; allotted once.
  private struct Workspace: ~Copyable {
    var port: LineConnection
    var bytes: [UInt8] = []
    var readings: [Reading] = []
    /// The changes of periods that the status shows already.
    var shownChanges: UInt64 = 0
  }

  /// Reads until the gateway stops.
  func run() {
    var schedule = LineSchedule(plan: plan, start: clock.now)
    let preparation = SerialPreparation(transmitter: plan.transmitter)
    var space = Workspace(
      port: LineConnection(link: plan.link, interruption: connection.wake.descriptor) {
        preparation(descriptor: $0)
      })
    space.bytes.reserveCapacity(PollingLimits.bytesHeardAtOnce)
    space.readings.reserveCapacity(schedule.readingCapacity)
    while !stop.isRaised {
      while let command = connection.periods.pop() {
        schedule.setPeriod(command.period, of: command.point, at: clock.now)
      }
      step(&schedule, &space)
    }
    space.port.close()
    report(schedule, &space)
  }

  private func step(_ schedule: inout LineSchedule, _ space: inout Workspace) {
    switch schedule.next(at: clock.now, wallTime: clock.wallTime, into: &space.readings) {
    case .wait(let until):
      connection.handOver(&space.readings, to: lane)
      report(schedule, &space)
      connection.wake.wait(timeout: clock.realTime(until: until))
    case .perform(let task):
      var patience = TimeSpan.zero
      if case .listen(let until) = task {
        connection.handOver(&space.readings, to: lane)
        report(schedule, &space)
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
  }

  private func report(_ schedule: borrowing LineSchedule, _ space: inout Workspace) {
    let counters = schedule.counters
    let isOpen = schedule.port == .open
    let openings = schedule.portOpenings
    let problem =
      schedule.port == .open ? nil : counters.lastFault?.explanation(port: plan.link.name)
    var periods: [(point: Int, period: TimeSpan)] = []
    if counters.periodChanges != space.shownChanges {
      space.shownChanges = counters.periodChanges
      for point in plan.devices.flatMap(\.points).map(\.point) {
        guard let period = schedule.period(of: point) else { continue }
        periods.append((Int(point.rawValue), period))
      }
    }
    board.update {
      if let place = $0.buses.firstIndex(where: { $0.id == plan.id }) {
        $0.buses[place].isOpen = isOpen
        $0.buses[place].openings = openings
        $0.buses[place].counters = counters
      }
      $0.problems["bus \(plan.id)"] = problem
      for (point, period) in periods { $0.points[point].period = period }
    }
  }
}
