/// How a running gateway does, as it tells whoever asks on its own machine: figures of each bus
/// and device, the age of each point, what waits for delivery. Nothing in it is secret.
public struct StatusReport: Codable, Equatable, Sendable {
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

  /// An output and what is known of it.
  public struct Output: Codable, Equatable, Sendable {
    /// How sure it is that it is as wanted.
    public enum State: String, Codable, Sendable {
      /// Not requested yet, or not written, or not read back.
      case pending
      /// Written; the device cannot show it.
      case unverified
      /// Written and read back.
      case confirmed
      /// It could not be brought to its state.
      case faulty
    }
    /// Its id in the site file.
    public var id: String
    /// What it should be; nil before the first request.
    public var isOn: Bool?
    /// What is known of it.
    public var state: State
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
    /// Its outputs.
    public var outputs: [Output]
    /// What happened in the last `windowSeconds`.
    public var recent: Counts
    /// What happened since the gateway started.
    public var total: Counts
    /// Its devices, in the order of the site file; empty before the bus has begun.
    public var devices: [Device]
  }

  /// A point's newest reading.
  public struct Point: Codable, Equatable, Sendable {
    /// Its id.
    public var id: String
    /// The value; nil where there is none.
    public var value: Double?
    /// UCUM code of the value's unit.
    public var unit: String
    /// The QARTOD flag, 1 to 9; nil before the first reading.
    public var flag: UInt8?
    /// Time since the reading, in seconds; nil before the first.
    public var ageSeconds: Double?
    /// Time between two readings now, in seconds.
    public var periodSeconds: Double
  }

  /// A destination.
  public struct Destination: Codable, Equatable, Sendable {
    /// Its id.
    public var id: String
    /// True while its broker is connected.
    public var isConnected: Bool
    /// Events that it has not acknowledged.
    public var waitingEvents: Int
    /// Why it is not connected.
    public var problem: GatewayProblem?
  }

  /// What the text is, and in which version.
  public static let formatName = "nomori/report/2"

  /// `formatName`, unless another program answered.
  public var format = Self.formatName
  /// The site's id.
  public var site: String
  /// The gateway's version.
  public var version: String
  /// The number of its start.
  public var session: UInt32
  /// Time since its start, in seconds.
  public var uptimeSeconds: Double
  /// How far back the `recent` figures reach, in seconds.
  public var windowSeconds: Double
  /// The buses, those of line sensors last.
  public var buses: [Bus]
  /// The points, in the order of the site file.
  public var points: [Point]
  /// The destinations.
  public var destinations: [Destination]
  /// Readings, events and records that were lost since the start.
  public var lost: Int
  /// What runs less well than it should, by what it is about.
  public var problems: [String: GatewayProblem]
}

extension StatusReport.Counts {
  /// What happened since `earlier`.
  func since(_ earlier: Self) -> Self {
    func difference(_ path: KeyPath<Self, UInt64>) -> UInt64 {
      self[keyPath: path] - min(self[keyPath: path], earlier[keyPath: path])
    }
    return Self(
      requests: difference(\.requests), answers: difference(\.answers),
      timeouts: difference(\.timeouts), damaged: difference(\.damaged),
      wrongUnits: difference(\.wrongUnits),
      exceptions: difference(\.exceptions), missedSlots: difference(\.missedSlots),
      missedDeadlines: difference(\.missedDeadlines), openings: difference(\.openings),
      reconnections: difference(\.reconnections),
      busySeconds: busySeconds - earlier.busySeconds, deadSeconds: deadSeconds - earlier.deadSeconds
    )
  }
}
