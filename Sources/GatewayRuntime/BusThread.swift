internal import DetectionCore
internal import DeviceProfiles
internal import GatewayStatus
internal import LinuxHost
internal import ModbusPort
internal import Polling
internal import Recording
internal import Synchronization

/// The thread of one bus: carries out what its `BusSchedule` decides, hands readings to the lane,
/// and leaves every output off when it ends.
final class BusThread: Sendable {
  private let plan: BusPlan
  private let place: Int
  private let outputIDs: [String]
  private let clock: HostClock
  private let board: SharedStatus
  private let stop: StopFlag
  private let lane: WakeSignal
  /// What connects this bus with the lane.
  let connection: BusConnection
  /// Finished transactions, for the recorder.
  let transactions: Ring<TransactionRecord>
  /// Transactions that the recorder was too slow for.
  let lostTransactions = Counter()

  init(
    plan: BusPlan, place: Int, outputIDs: [String], clock: HostClock, board: SharedStatus,
    lane: WakeSignal, connection: BusConnection, stop: StopFlag
  ) {
    transactions = Ring(capacity: RuntimeLimits.transactionRing(buses: board.busCount))
    self.plan = plan
    self.place = place
    self.outputIDs = outputIDs
    self.clock = clock
    self.board = board
    self.lane = lane
    self.connection = connection
    self.stop = stop
  }

  /// What the thread works with besides its schedule; allotted once.
  private struct Workspace: ~Copyable {
    var port: ModbusConnection
    var words: [UInt16] = []
    var readings: [Reading] = []
    var report: BusReport

    init(plan: BusPlan, place: Int, readingCapacity: Int) {
      report = BusReport(plan, place: place)
      let preparation = SerialPreparation(transmitter: plan.transmitter)
      port = ModbusConnection(link: plan.link) { preparation(descriptor: $0) }
      // Blocks of more bits than that are rare, and make it grow once.
      words.reserveCapacity(RuntimeLimits.blockRegisters)
      readings.reserveCapacity(readingCapacity)
    }
  }

  /// Polls until the gateway stops, and then switches the outputs off for as long as that may take.
  func run() {
    let slack = clock.speed == 1 ? .zero : fieldTime(RuntimeLimits.fastClockSlack)
    guard var schedule = try? BusSchedule(plan: plan, start: clock.now, slack: slack) else {
      preconditionFailure("the plan was checked before the bus started")
    }
    var space = Workspace(plan: plan, place: place, readingCapacity: schedule.readingCapacity)
    // A site may have many buses, and making a schedule goes deeper than following it.
    returnFreeStack()
    while !stop.isRaised {
      takeCommands(&schedule)
      step(&schedule, &space, until: Instant(nanoseconds: .max))
    }
    // What the lane still wants of the outputs does not count any more.
    let end = clock.now + fieldTime(PollingLimits.longestShutdown)
    schedule.shutDown(at: clock.now)
    while !schedule.isShutDown, clock.now < end { step(&schedule, &space, until: end) }
    space.port.close()
    report(schedule, &space)
  }

  private func takeCommands(_ schedule: inout BusSchedule) {
    while let command = connection.commands.pop() {
      schedule.request(output: command.output, on: command.isOn, at: clock.now)
    }
    while let command = connection.periods.pop() {
      schedule.setPeriod(command.period, of: command.point, at: clock.now)
    }
  }

  /// Does what is next; waits for no longer than `end`.
  private func step(
    _ schedule: inout BusSchedule, _ space: inout Workspace, until end: Instant
  ) {
    switch schedule.next(at: clock.now, wallTime: clock.wallTime, into: &space.readings) {
    case .wait(let until):
      connection.handOver(&space.readings, to: lane)
      report(schedule, &space)
      connection.wake.wait(timeout: clock.realTime(until: min(until, end)))
    case .perform(let task):
      let start = clock.now
      let outcome = space.port.perform(inFieldTime(task), into: &space.words)
      let finish = clock.now
      let wallTime = clock.wallTime
      schedule.finished(
        outcome, words: space.words, at: finish, wallTime: wallTime, into: &space.readings)
      connection.handOver(&space.readings, to: lane)
      record(task, outcome, space.words, start: start, end: finish, wallTime: wallTime)
    }
  }

  /// So much real time, in the time of the field.
  private func fieldTime(_ real: TimeSpan) -> TimeSpan {
    TimeSpan(nanoseconds: Int64(Double(real.nanoseconds) * clock.speed))
  }

  /// On a fast clock a device's patience is as short as its field's time, but not below what the
  /// machine itself needs to answer.
  private func inFieldTime(_ task: BusTask) -> BusTask {
    guard clock.speed != 1, case .transact(var transaction) = task else { return task }
    let scaled = Int64(Double(transaction.timeout.nanoseconds) / clock.speed)
    let floor = HostClock.shortestTimeout.nanoseconds
    transaction.timeout = TimeSpan(
      nanoseconds: min(transaction.timeout.nanoseconds, max(scaled, floor)))
    return .transact(transaction)
  }

  private func report(_ schedule: borrowing BusSchedule, _ space: inout Workspace) {
    space.report.show(schedule, on: board)
    for index in 0..<schedule.outputCount { show(schedule.outputStatus(at: index), at: index) }
  }

  /// Shows one output; in place, so that nothing is allotted while it stays as it is.
  private func show(_ output: OutputStatus, at index: Int) {
    board.update {
      let isNew = $0.buses[place].outputs.count == index
      if isNew { $0.buses[place].outputs.append(output) }
      guard isNew || $0.buses[place].outputs[index] != output else { return }
      $0.buses[place].outputs[index] = output
      let wanted = output.wanted == true ? "on" : "off"
      $0.problems["output \(outputIDs[Int(output.output)])"] =
        output.isFaulty
        ? GatewayProblem(
          "outputNotSwitched", "not switched \(wanted) after \(output.failedTries) tries") : nil
    }
  }

  private func record(
    _ task: BusTask, _ outcome: BusOutcome, _ words: [UInt16], start: Instant, end: Instant,
    wallTime: WallTime
  ) {
    guard case .transact(let transaction) = task else { return }
    var record = TransactionRecord(
      bus: UInt8(clamping: place), unit: transaction.unit,
      functionCode: transaction.request.functionCode, fault: outcome.recordedFault,
      address: transaction.request.address, count: transaction.request.count, time: end,
      wallTime: wallTime, durationNs: (end - start).nanoseconds)
    if case .read = transaction.request {
      for index in 0..<min(words.count, RuntimeLimits.blockRegisters) {
        record.words[index] = words[index]
      }
    } else {
      for index in 0..<min(Int(record.count), RuntimeLimits.blockRegisters) {
        record.words[index] = transaction.request.written(index)
      }
    }
    if !transactions.push(record) { lostTransactions.add() }
  }
}
