internal import DetectionCore

/// The runtime's fixed sizes, and why each number is what it is.
enum RuntimeLimits {
  /// Readings between a bus with so many points and the lane: each of them four times over, so that a
  /// lane that was held up for several transactions loses nothing.
  static func busRing(points: Int) -> Int { min(1_024, max(4 * points, 64)) }
  /// Records between the lane and the recorder: several seconds of a fully used 115200 baud bus,
  /// which is how long a slow SD card may stall one write.
  static let recordRing = 16_384
  /// What recordings leave free on their disk, which the outbox mostly shares: room for tens of thousands of
  /// events, so that old recordings go before new events do.
  static let recordingFreeBytes: Int64 = 64 << 20
  /// So soon after an event it is on the disk with all that was recorded before: a storm of events waits for the
  /// disk once in this time.
  static let eventRecordingTime = TimeSpan.seconds(1)
  /// Assessed readings between the lane and the views; a view wants the newest, not all.
  static let readingRing = 4_096
  /// How long readings gather on their way to the views and destinations, so that those of several
  /// transactions share a wake-up and a packet: too short to be noticed. Events do not wait.
  static let gatheringTime = TimeSpan.milliseconds(250)
  /// Readings that wait for a destination whose thread is held up before only the newest of each point
  /// are kept: so many times the points of the site.
  static let waitingReadingsPerPoint = 4
  /// Events between the lane and the outbox: a quarter of an hour of ten events a second with a disk
  /// that refuses to write.
  static let eventRing = 8_192
  /// Transactions or frames between one of so many buses and the recorder: a quarter of a minute of a
  /// fully used line. Many buses, which are servers in a network and each asked now and then, share the
  /// room of two lines.
  static func wireRing(buses: Int) -> Int { min(512, max(2 * 512 / max(buses, 1), 32)) }
  /// How long the outbox's disk may take before events are sent from memory: longer than a busy SD card
  /// stalls now and then, and short for whoever waits for an alarm.
  static let storeTime = TimeSpan.seconds(2)
  /// How often the core's state is stored for the next start: what a power cut makes of windows and counters
  /// is older by no more than that, and an SD card takes some megabytes a day of it.
  static let checkpointInterval = TimeSpan.seconds(300)
  /// Pause between attempts to store what the disk refused.
  static let storeRetry = TimeSpan.seconds(1)
  /// How often the outbox's file is looked at while nothing is stored: so soon it is noticed that somebody has
  /// deleted, replaced or damaged it, and so soon the acknowledgements that came meanwhile are on the disk.
  /// After a power cut those of the last few seconds are sent again.
  static let storeCheck = TimeSpan.seconds(5)
  /// So many acknowledgements are stored without waiting for more: a backlog that is sent fast costs few waits
  /// for the disk.
  static let settlementsAtOnce = 256
  /// Attempts in a row that a failing disk ends before the outbox is opened anew: beyond a moment's trouble
  /// of a bus or a card.
  static let storeFailures = 10
  /// How long an event that a broker refused again and again is kept aside before it is offered again: somebody
  /// may have changed the broker's access list or its limits.
  static let setAsidePause = TimeSpan.seconds(86_400)
  /// How long the disk may take to open the outbox before the gateway starts without it.
  static let openingTime = TimeSpan.seconds(10)
  /// How long a stopping gateway waits for a thread that may hang with its disk.
  static let joinTime = TimeSpan.seconds(5)
  /// Commands between their receiver and the lane: more than operators give at once, and fewer than are
  /// remembered, so that each event finds its command.
  static let commandRing = 128
  /// Commands of one destination that may come at once: an operator who takes up each alarm of a site.
  static let commandBurst = 32
  /// Commands of one destination a second in the long run, and half as many as are answered at once: more than
  /// people give, and their events are few beside those of alarms.
  static let commandsPerSecond = 8.0
  /// Pause before a subscription that the broker refused is asked for again: somebody has to change the
  /// broker's list first.
  static let subscriptionPause = TimeSpan.seconds(60)
  /// Output commands between the lane and a bus: more than outputs can exist, where the bus has any.
  static func outputRing(outputs: Int) -> Int { outputs == 0 ? 1 : 512 }
  /// Changes of periods between the lane and a bus with so many points: each, four times over.
  static func periodRing(points: Int) -> Int { min(1_024, max(4 * points, 16)) }
  /// How much slower than the field's clock a machine may be that plays it fast, in real time:
  /// outputs that a busy machine switches late are not given up.
  static let fastClockSlack = TimeSpan.seconds(1)
  /// Registers of the largest read that Modbus allows.
  static let blockRegisters = 125
}
