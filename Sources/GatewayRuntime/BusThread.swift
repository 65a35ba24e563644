internal import DetectionCore
internal import DeviceProfiles
internal import LinuxHost
internal import ModbusPort
internal import Polling
internal import Synchronization

/// The thread of one bus: carries out what its `BusSchedule` decides, and hands readings to the lane.
final class BusThread: Sendable {
  private let plan: BusPlan
  private let place: Int
  private let clock: HostClock
  private let board: StatusBoard
  private let stop: StopFlag
  private let lane: WakeSignal
  /// What connects this bus with the lane.
  let connection: BusConnection
  /// Finished transactions, for the recorder.
  let transactions = Ring<TransactionRecord>(capacity: RuntimeLimits.transactionRing)
  /// Transactions that the recorder was too slow for.
  let lostTransactions = Counter()

  init(
    plan: BusPlan, place: Int, clock: HostClock, board: StatusBoard, lane: WakeSignal,
    connection: BusConnection, stop: StopFlag
  ) {
    self.plan = plan
    self.place = place
    self.clock = clock
    self.board = board
    self.lane = lane
    self.connection = connection
    self.stop = stop
  }

  /// Polls until the gateway stops.
  func run() {
    guard var schedule = try? BusSchedule(plan: plan, start: clock.now) else {
      preconditionFailure("the plan was checked before the bus started")
    }
    var port = ModbusConnection(link: plan.link)
    var words: [UInt16] = []
    words.reserveCapacity(PollingLimits.wordsPerAnswer)
    var readings: [Reading] = []
    readings.reserveCapacity(schedule.readingCapacity)
    while !stop.isRaised {
      while let command = connection.commands.pop() {
        schedule.request(output: command.output, on: command.isOn, at: clock.now)
      }
      let action = schedule.next(at: clock.now, wallTime: clock.wallTime, into: &readings)
      switch action {
      case .wait(let until):
        handOver(&readings)
        report(schedule)
        connection.wake.wait(timeout: clock.realTime(until: until))
      case .perform(let task):
        let start = clock.now
        let outcome = port.perform(inFieldTime(task), into: &words)
        let end = clock.now
        let wallTime = clock.wallTime
        schedule.finished(outcome, words: words, at: end, wallTime: wallTime, into: &readings)
        handOver(&readings)
        record(task, outcome, words, start: start, end: end, wallTime: wallTime)
      }
    }
    port.close()
    report(schedule)
  }

  /// Gives the lane what was read, and counts what it has no room for.
  private func handOver(_ readings: inout [Reading]) {
    guard !readings.isEmpty else { return }
    for reading in readings where !connection.readings.push(reading) {
      connection.lostReadings.add()
    }
    readings.removeAll(keepingCapacity: true)
    lane.raise()
  }

  /// On a fast clock a device's patience is as short as its field's time, but not below what the
  /// machine itself needs to answer.
  private func inFieldTime(_ task: BusTask) -> BusTask {
    guard clock.speed != 1, case .transact(var transaction) = task else { return task }
    let scaled = Int64(Double(transaction.timeout.nanoseconds) / clock.speed)
    let floor = TimeSpan.milliseconds(50).nanoseconds
    transaction.timeout = TimeSpan(
      nanoseconds: min(transaction.timeout.nanoseconds, max(scaled, floor)))
    return .transact(transaction)
  }

  private func report(_ schedule: borrowing BusSchedule) {
    let counters = schedule.counters
    let problem = schedule.port == .open ? nil : counters.lastFault?.explanation(link: plan.link)
    board.update {
      $0.buses[place].counters = counters
      $0.problems["bus \(plan.id)"] = problem
    }
  }

  private func record(
    _ task: BusTask, _ outcome: BusOutcome, _ words: [UInt16], start: Instant, end: Instant,
    wallTime: WallTime
  ) {
    guard case .transact(let transaction) = task else { return }
    var record = TransactionRecord(
      bus: UInt8(clamping: place), unit: transaction.unit,
      functionCode: transaction.request.functionCode, fault: outcome.faultNumber,
      address: transaction.request.address, count: transaction.request.count, time: end,
      wallTime: wallTime, durationNs: (end - start).nanoseconds,
      words: InlineArray(repeating: 0))
    for index in 0..<min(words.count, RuntimeLimits.blockRegisters) {
      record.words[index] = words[index]
    }
    if !transactions.push(record) { lostTransactions.add() }
  }
}

extension BusRequest {
  var functionCode: UInt8 {
    switch self {
    case .read(let span): span.table.readFunctionCode
    case .writeCoil: 5
    case .writeRegister: 6
    }
  }

  var address: UInt16 {
    switch self {
    case .read(let span): span.address
    case .writeCoil(let address, _), .writeRegister(let address, _): address
    }
  }

  var count: UInt16 {
    switch self {
    case .read(let span): span.count
    case .writeCoil, .writeRegister: 1
    }
  }
}

extension BusOutcome {
  /// How a recording names the fault; 0 for none. The numbers stand in docs/recording.md.
  var faultNumber: UInt8 {
    guard case .failed(let fault) = self else { return 0 }
    return switch fault {
    case .timeout: 1
    case .badChecksum: 2
    case .unexpectedAnswer: 3
    case .wrongUnit: 4
    case .notVerified: 5
    case .babble: 6
    case .portUnavailable: 7
    case .portLost: 8
    case .exception(let code): 100 + (code & 0x7f)
    }
  }
}
