extension SiteStatus {
  /// What happened on a bus or with a device in a time.
  public struct Counts: Codable, Equatable, Sendable {
    /// Requests that were sent; 0 for sensors that send by themselves.
    public var requests: UInt64 = 0
    /// Good answers.
    public var answers: UInt64 = 0
    /// No complete answer in time.
    public var timeouts: UInt64 = 0
    /// Wrong checksum, length, function or unit.
    public var damaged: UInt64 = 0
    /// Those of them that were another unit's.
    public var wrongUnits: UInt64 = 0
    /// Modbus exceptions, "busy" and "acknowledge" not counted.
    public var exceptions: UInt64 = 0
    /// Samples whose time had passed before the bus got to them.
    public var missedSlots: UInt64 = 0
    /// Samples that were complete only when the next ones were due already.
    public var missedDeadlines: UInt64 = 0
    /// How often the port failed; 0 for devices.
    public var portFaults: UInt64 = 0
    /// How often the port was opened; 0 for devices.
    public var openings: UInt64 = 0
    /// How often the other end closed a connection that served, which was opened again at once; 0 for
    /// devices.
    public var reconnections: UInt64 = 0
    /// How long the bus was busy, in seconds.
    public var busySeconds = 0.0
    /// The part of it that went to devices which did not answer.
    public var deadSeconds = 0.0
  }

  /// How long answers took lately, in milliseconds, each rounded up by a quarter at most.
  public struct ResponseTimes: Codable, Equatable, Sendable {
    /// Half of them were not slower.
    public var p50: Double
    /// 95 of 100 were not slower.
    public var p95: Double
    /// 99 of 100 were not slower.
    public var p99: Double
  }

  /// A device or line sensor.
  public struct Device: Codable, Equatable, Sendable {
    /// Its id in the site file.
    public var id: String
    /// True while it does not answer and is only probed.
    public var isLost: Bool
    /// True where the site file says that its identity does not matter.
    public var ignoresIdentity = false
    /// When it will be probed, in seconds from now; nil while it answers.
    public var nextProbeSeconds: Double?
    /// The last fault, by its code; stays after it is over.
    public var lastFault: String?
    /// How long its answers took; nil before the first.
    public var responseMs: ResponseTimes?
    /// The points that it refuses; nil where there are none.
    public var refused: [RefusedPoint]?
    /// What happened in the last `windowSeconds`.
    public var recent: Counts
    /// What happened since the gateway started.
    public var total: Counts
  }

  /// A point that its device refuses, since its last good answer.
  public struct RefusedPoint: Codable, Equatable, Sendable {
    /// The point's id in the site file.
    public var id: String
    /// The table that was asked for: `coil`, `discreteInput`, `inputRegister` or `holdingRegister`.
    public var table: String
    /// The first register or bit, from 0.
    public var address: UInt16
    /// What the device answered, by its code.
    public var fault: String
    /// How often in a row.
    public var times: Int
    /// When it is asked for again, in seconds from now.
    public var nextSeconds: Double
  }

  /// A bus, or a line of sensors.
  public struct Bus: Codable, Equatable, Sendable {
    /// Its id in the site file.
    public var id: String
    /// The port's path, or `host:port`.
    public var port: String
    /// True while the port is open.
    public var isOpen: Bool
    /// The last fault, by its code; stays after it is over.
    public var lastFault: String?
    /// How long answers took on it; nil before the first.
    public var responseMs: ResponseTimes?
    /// What happened in the last `windowSeconds`.
    public var recent: Counts
    /// What happened since the gateway started.
    public var total: Counts
    /// Its devices, in the order of the site file; empty before the bus has begun.
    public var devices: [Device]
  }
}
