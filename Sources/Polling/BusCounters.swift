public import DetectionCore

/// What happened on a bus or with a device since the engine was made.
public struct BusCounters: Hashable, Sendable {
  /// Requests that were sent.
  public var requests: UInt64 = 0
  /// Messages that came without a request, whole or damaged, and those that were waited for and did not come.
  public var unasked: UInt64 = 0
  /// Good answers, and good messages that came without a request.
  public var answers: UInt64 = 0
  /// No complete answer in time.
  public var timeouts: UInt64 = 0
  /// Wrong checksum, length, function or unit.
  public var damaged: UInt64 = 0
  /// Modbus exceptions, "busy" and "acknowledge" not counted.
  public var exceptions: UInt64 = 0
  /// "Busy" and "acknowledge" answers.
  public var notReady: UInt64 = 0
  /// Written values that did not read back.
  public var notVerified: UInt64 = 0
  /// Identifications that were not those of the profile.
  public var wrongDevices: UInt64 = 0
  /// Answers that carried another unit's number; they count as damaged as well.
  public var wrongUnits: UInt64 = 0
  /// Failures of the port.
  public var portFaults: UInt64 = 0
  /// How often the other end closed a connection that served, which was opened again at once.
  public var reconnections: UInt64 = 0
  /// Samples whose time had passed before the bus got to them.
  public var missedSlots: UInt64 = 0
  /// Samples that were complete only when the next ones were due already: a period after their own
  /// slot, or in a burst its spacing.
  public var missedDeadlines: UInt64 = 0
  /// Changes of a point's period that were carried out.
  public var periodChanges: UInt64 = 0
  /// Requested periods that were not possible and became the nearest that is.
  public var adjustedPeriods: UInt64 = 0
  /// Outputs that did not become as wanted in `PollingLimits.writeTriesBeforeFault` tries.
  public var outputFaults: UInt64 = 0
  /// Outputs that were switched off here because nobody else did so in time.
  public var forcedOff: UInt64 = 0
  /// Requests to switch on that could not be carried out in time, and then were not.
  public var lateRequests: UInt64 = 0
  /// From sending a request to the end of its answer or time-out, all together.
  public var busy: TimeSpan = .zero
  /// The part of `busy` that went to devices which did not answer, while others waited.
  public var probeTime: TimeSpan = .zero
  /// How long answers took lately, from the request's end to the answer's beginning.
  public var responses = ResponseHistogram()
  /// The last fault, "busy" and "acknowledge" not counted; stays after it is over.
  public var lastFault: BusFault?

  /// Makes counters that stand at 0.
  public init() {}

  mutating func count(requestThatTook span: TimeSpan) {
    requests += 1
    busy.nanoseconds = busy.nanoseconds &+ span.nanoseconds
  }

  mutating func count(_ fault: BusFault, recovery: FaultRecovery) {
    if recovery == .retryLater {
      notReady += 1
      return
    }
    lastFault = fault
    switch fault {
    case .timeout: timeouts += 1
    case .badChecksum, .unexpectedAnswer: damaged += 1
    case .wrongUnit:
      damaged += 1
      wrongUnits += 1
    case .exception: exceptions += 1
    case .notVerified: notVerified += 1
    case .wrongDevice: wrongDevices += 1
    case .lineNeverIdle, .portUnavailable, .portLost: portFaults += 1
    }
  }
}

/// Whether a device answers.
public enum DeviceHealth: Hashable, Sendable {
  /// It is polled.
  case online
  /// It is only probed, next at `probeAt`; `pause` is the time between the last two probes.
  case lost(probeAt: Instant, pause: TimeSpan)
}

/// Whether a port is usable.
public enum PortHealth: Hashable, Sendable {
  /// It is open.
  case open
  /// It failed and is to be closed before anything else.
  case failed(pause: TimeSpan)
  /// It is closed and will be opened at `openAt`; `pause` is the wait before that.
  case closed(openAt: Instant, pause: TimeSpan)

  /// The open port has failed.
  static var lost: PortHealth { .failed(pause: PollingLimits.firstReopenDelay) }

  /// When a port that is lost or closed is opened next; an open one is there.
  func nextOpening(from now: Instant) -> Instant {
    switch self {
    case .open: now
    case .failed(let pause): now + pause
    case .closed(let openAt, _): openAt
    }
  }

  /// A failed port was closed at `now`.
  mutating func wasClosed(at now: Instant) {
    if case .failed(let pause) = self { self = .closed(openAt: now + pause, pause: pause) }
  }

  /// A closed port could not be opened at `now`: each time the pause doubles.
  mutating func stayedClosed(at now: Instant) {
    guard case .closed(_, let pause) = self else { return }
    let longer =
      pause == .zero
      ? PollingLimits.firstReopenDelay
      : pause.doubled(atMost: PollingLimits.longestReopenDelay)
    self = .closed(openAt: now + longer, pause: longer)
  }
}

/// How sure it is that an output is as wanted.
public enum OutputCertainty: String, Hashable, Sendable, CaseIterable {
  /// It was not requested yet, or not written, or not read back.
  case pending
  /// The device took what was written, and cannot show it.
  case unverified
  /// It was written and read back.
  case confirmed
}

/// What is known of an output.
public struct OutputStatus: Hashable, Sendable {
  /// Its index in the core's list of outputs.
  public var output: UInt16
  /// What it should be; nil before the first request.
  public var wanted: Bool?
  /// What is known since the last request, or since its device or port came back.
  public var certainty: OutputCertainty
  /// Tries in a row that did not make it as wanted.
  public var failedTries: Int

  /// Makes a status.
  public init(
    output: UInt16, wanted: Bool?, certainty: OutputCertainty, failedTries: Int = 0
  ) {
    self.output = output
    self.wanted = wanted
    self.certainty = certainty
    self.failedTries = failedTries
  }

  /// True when it was written and read back.
  public var isConfirmed: Bool { certainty == .confirmed }
  /// True after `PollingLimits.writeTriesBeforeFault` such tries: someone has to look after it.
  public var isFaulty: Bool { failedTries >= PollingLimits.writeTriesBeforeFault }
}
