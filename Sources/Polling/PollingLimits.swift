public import DetectionCore

/// Every number that bounds what a bus does with faults, each with its reason.
public enum PollingLimits {
  /// Tries of one read within its slot when answers come damaged: noise rarely hits three
  /// frames in a row, and three tries fit into any sensible period.
  public static var triesPerSlot: Int { 3 }
  /// Time-outs in a row after which a device counts as lost: one may be a request that noise
  /// destroyed; every further one costs the other devices a whole time-out.
  public static var timeoutsBeforeBackOff: Int { 2 }
  /// Damaged answers in a row after which a device counts as lost: two slots of three tries.
  public static var damagedBeforeBackOff: Int { 6 }
  /// Thousandths of the bus time that devices which do not answer may take where the site does not
  /// say otherwise: nobody notices 2 % more load, and a mended device is still found in seconds.
  public static var probeShare: UInt16 { 20 }
  /// How far back that share looks: what was not used in a minute may be used at once, enough for
  /// the first time-outs of several devices that are lost together.
  public static var probeBudgetWindow: TimeSpan { .seconds(60) }
  /// Good answers after which a device may miss one without that counting towards the share: what
  /// answers four of five requests is alive, and the line noisy.
  public static var answersUntilTrusted: Int { 4 }
  /// How much longer than usual an answer over a serial line may always take: twice the 16 ms for
  /// which USB adapters hold bytes back, and the rest for a kernel that has other things to do.
  public static var serialMargin: TimeSpan { .milliseconds(100) }
  /// The same over TCP, where a lost segment is not sent again before 200 ms have passed.
  public static var networkMargin: TimeSpan { .milliseconds(300) }
  /// The longest pause between two probes of a lost device: someone who mends a cable should
  /// see the device again within a coffee break.
  public static var longestBackOff: TimeSpan { .seconds(300) }
  /// The first pause of a lost device that has no points, and so no period.
  public static var firstBackOffWithoutPoints: TimeSpan { .seconds(1) }
  /// The longest pause before a point that its device refuses is asked for again: a register that
  /// appears, with an option that was fitted, is found within minutes, and a wrong profile costs no
  /// more than a read in that time.
  public static var longestRetestPause: TimeSpan { .seconds(600) }
  /// The shortest period that can be requested while a bus runs: no device answers more often.
  public static var shortestPeriod: TimeSpan { .milliseconds(1) }
  /// The longest period that can be requested while a bus runs: a gauge gives a sign of life each
  /// day, whatever else it is told.
  public static var longestPeriod: TimeSpan { .seconds(86_400) }
  /// How far the clock on the wall may seem to be off before samples are aligned to it anew: more than
  /// a thread is held up between reading two clocks, less than anybody sees in a time of day.
  public static var clockTolerance: TimeSpan { .milliseconds(50) }
  /// Pause before a device that answered "busy" or "acknowledged" is asked again.
  public static var notReadyDelay: TimeSpan { .milliseconds(250) }
  /// First pause before a lost port is opened again; doubles up to `longestReopenDelay`.
  public static var firstReopenDelay: TimeSpan { .seconds(1) }
  /// The longest pause between two attempts to open a port.
  public static var longestReopenDelay: TimeSpan { .seconds(30) }
  /// First pause before a failed output write is repeated; doubles up to `longestWriteDelay`.
  public static var firstWriteDelay: TimeSpan { .seconds(1) }
  /// The longest pause between two attempts to write an output: shorter than that of probes,
  /// because a lamp that should be on matters more than the bus time.
  public static var longestWriteDelay: TimeSpan { .seconds(30) }
  /// Tries to write an output after which it counts as faulty, and after which a shutdown gives it
  /// up: with pauses of 1 and 2 s between them, noise and a busy device are over by then.
  public static var writeTriesBeforeFault: Int { 3 }
  /// How long a device may answer a write with "busy" before that counts as a failed try: each of the tries
  /// above and their pauses then fit into `longestShutdown`.
  public static var longestBusyWrite: TimeSpan { .seconds(1) }
  /// How much longer than its maximum an output is on before the bus itself switches it off: the
  /// core does so first unless it stands still, also when its thread was held up for a while.
  public static var onTimeMargin: TimeSpan { .seconds(5) }
  /// How long a momentary output may take to come on: a siren that sounds later than this sounds
  /// for something that is over.
  public static var longestSwitchOnDelay: TimeSpan { .seconds(10) }
  /// How long an output that was as wanted is not looked at when its connection is opened again: a
  /// server that closes after each answer would otherwise have it read between any two reads.
  public static var outputRecheckDelay: TimeSpan { .seconds(10) }
  /// How often a device with a fail-safe time hears from the gateway within it: two requests may be
  /// lost before it takes the gateway to be gone.
  public static var signsOfLifePerFailSafe: Int64 { 3 }
  /// What a shutdown may take in real time until the outputs are off: the tries above with their
  /// pauses, and less than a service manager waits.
  public static var longestShutdown: TimeSpan { .seconds(8) }
  /// The longest wait for a connection to one address: three transmissions of its first packet.
  public static var connectTimeout: TimeSpan { .seconds(3) }
  /// Silence that ends a drain; twice the 16 ms for which USB adapters hold bytes back.
  public static var drainSilence: TimeSpan { .milliseconds(32) }
  /// The longest wait for an answer that may still come after a later one was good.
  public static var longestSettling: TimeSpan { .seconds(1) }
  /// How much later than that no answer comes any more: no device keeps a request for so long.
  public static var latestAnswer: TimeSpan { .seconds(10) }
  /// The longest drain of a line that never falls silent.
  public static var longestDrain: TimeSpan { .seconds(5) }
  /// The most words in one answer: 2000 bits, by the Modbus specification.
  public static var wordsPerAnswer: Int { 2000 }
}
