internal import Commissioning
internal import DetectionCore
internal import DeviceProfiles
internal import GatewayStatus
internal import LinuxHost
internal import Polling
internal import Recording
internal import Synchronization

/// The thread of one bus: carries out what its `BusEngine` decides, hands readings to the lane,
/// and leaves every output off when it ends.
final class BusThread: Sendable {
  private let plan: BusPlan
  /// Its index among all buses.
  private let index: Int
  private let outputIDs: [String]
  private let clock: HostClock
  private let board: SharedStatus
  private let stop: StopFlag
  private let lane: WakeSignal
  private let recorder: WakeSignal
  /// What the site file calls it.
  var id: String { plan.id }
  /// What connects this bus with the lane.
  let connection: BusConnection
  /// What was sent and heard, for the recorder.
  let records: Ring<WireRecord>
  /// Records that the recorder was too slow for.
  let lostRecords = Counter()
  /// How it goes on.
  let progress = ThreadProgress()

  init(
    plan: BusPlan, index: Int, outputIDs: [String], clock: HostClock, board: SharedStatus,
    lane: WakeSignal, recorder: WakeSignal, connection: BusConnection, stop: StopFlag
  ) {
    records = Ring(capacity: RuntimeLimits.wireRing(buses: board.busCount))
    self.plan = plan
    self.index = index
    self.outputIDs = outputIDs
    self.clock = clock
    self.board = board
    self.lane = lane
    self.recorder = recorder
    self.connection = connection
    self.stop = stop
  }

  /// What the thread works with besides its engine; allotted once.
  private struct Workspace: ~Copyable {
    var port: FieldPort
    var words: [UInt16] = []
    var readings: [Reading] = []
    var report: BusReport

    init(plan: BusPlan, index: Int, interruption: Int32, readingCapacity: Int) {
      report = BusReport(plan, index: index)
      port = FieldPort(plan, interruption: interruption)
      words.reserveCapacity(PollingLimits.wordsHeardAtOnce)
      readings.reserveCapacity(readingCapacity)
    }
  }

  /// Polls until the gateway stops, and then switches the outputs off for as long as that may take.
  func run() {
    let slack = clock.speed == 1 ? .zero : fieldTime(RuntimeLimits.fastClockSlack)
    guard var engine = try? BusEngine(plan: plan, start: clock.now, slack: slack) else {
      preconditionFailure("the plan was checked before the bus started")
    }
    var space = Workspace(
      plan: plan, index: index, interruption: connection.wake.descriptor,
      readingCapacity: engine.readingCapacity)
    // A site may have many buses, and making an engine goes deeper than following it.
    returnFreeStack()
    while !stop.isRaised {
      progress.takeTurn()
      takeCommands(&engine)
      step(&engine, &space, until: Instant(nanoseconds: .max))
    }
    // What the lane still wants of the outputs does not count any more.
    let end = clock.now + fieldTime(PollingLimits.longestShutdown)
    engine.shutDown(at: clock.now, by: end)
    while !engine.isShutDown, clock.now < end { step(&engine, &space, until: end) }
    space.port.close()
    report(engine, &space)
  }

  /// Until when an answer may come; a device may be given minutes for it.
  private func latestAnswer(to task: BusTask, from start: Instant) -> Instant {
    if case .transact(let transaction) = task { start + transaction.timeout } else { start }
  }

  private func takeCommands(_ engine: inout BusEngine) {
    while let command = connection.commands.pop() {
      engine.request(output: command.output, on: command.isOn, at: clock.now)
    }
    while let command = connection.periods.pop() {
      engine.setPeriod(command.period, of: command.point, at: clock.now)
    }
  }

  /// Does what is next; waits for no longer than `end`.
  private func step(
    _ engine: inout BusEngine, _ space: inout Workspace, until end: Instant
  ) {
    switch engine.next(at: clock.now, wallTime: clock.wallTime, into: &space.readings) {
    case .wait(let until):
      connection.handOver(&space.readings, to: lane)
      report(engine, &space)
      connection.wake.wait(timeout: clock.realTime(until: min(until, end)))
    case .perform(let task):
      var listening = TimeSpan.zero
      if case .listen(let until) = task {
        connection.handOver(&space.readings, to: lane)
        report(engine, &space)
        listening = clock.realTime(until: min(until, end))
      }
      let start = clock.now
      let outcome = progress.standing(until: latestAnswer(to: task, from: start)) {
        space.port.perform(inFieldTime(task), listening: listening, into: &space.words)
      }
      let finish = clock.now
      let wallTime = clock.wallTime
      engine.finished(
        outcome, words: space.words, at: finish, wallTime: wallTime, into: &space.readings)
      // What ended the wait for bytes has been seen: commands are taken, and the stop flag is looked at.
      if case .listen = task { connection.wake.wait(timeout: .zero) }
      connection.handOver(&space.readings, to: lane)
      record(task, outcome, space.words, start: start, end: finish, wallTime: wallTime)
    }
    guard let transcript = engine.transcript else { return }
    for entry in transcript.entries {
      keep(.frame(FrameRecord(entry, of: transcript, bus: index)))
    }
  }

  private func keep(_ record: WireRecord) {
    if !records.push(record) { lostRecords.add() }
    if records.isHalfFull { recorder.raise() }
  }

  /// So much real time, in the time of the field.
  private func fieldTime(_ real: TimeSpan) -> TimeSpan {
    TimeSpan(nanoseconds: Int64(Double(real.nanoseconds) * clock.speed))
  }

  /// On a fast clock a device's time-out is as short as its field's time, but not below what the machine
  /// itself needs to answer.
  private func inFieldTime(_ task: BusTask) -> BusTask {
    guard clock.speed != 1, case .transact(var transaction) = task else { return task }
    let scaled = Int64(Double(transaction.timeout.nanoseconds) / clock.speed)
    let floor = HostClock.shortestTimeout.nanoseconds
    transaction.timeout = TimeSpan(
      nanoseconds: min(transaction.timeout.nanoseconds, max(scaled, floor)))
    return .transact(transaction)
  }

  private func report(_ engine: borrowing BusEngine, _ space: inout Workspace) {
    space.report.show(engine, on: board)
    for index in 0..<engine.outputCount { show(engine.outputStatus(at: index), at: index) }
  }

  /// Shows one output; in place, so that nothing is allotted while it stays as it is.
  private func show(_ output: OutputStatus, at index: Int) {
    let bus = self.index
    board.update {
      let isNew = $0.buses[bus].outputs.count == index
      if isNew { $0.buses[bus].outputs.append(output) }
      guard isNew || $0.buses[bus].outputs[index] != output else { return }
      $0.buses[bus].outputs[index] = output
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
      bus: UInt8(clamping: index), unit: transaction.unit,
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
    keep(.transaction(record))
  }
}
