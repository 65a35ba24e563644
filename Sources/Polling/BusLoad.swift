public import DetectionCore
public import DeviceProfiles

/// How much of a bus's time its plan takes, and how late a sample can be at worst: what can be
/// known before anything is connected.
///
/// Each device is taken to answer after the response delay of its profile, and one that sends by itself to
/// send each message at its profile's `minimumPeriod`; a message is as long as the longest in the
/// profile's cases, and one without a case counts without its content. What a fault costs (time-outs,
/// repeated reads, probes) is not in it; `highestUtilisation` leaves room for that.
public struct BusLoad: Sendable {
  /// One read that is repeated all the time, or one message that comes all the time.
  public struct Read: Hashable, Sendable {
    /// What comes with it.
    public enum Content: Hashable, Sendable {
      /// These registers or bits.
      case registers(RegisterSpan)
      /// The message at that index of the device's protocol, which has to be asked for or not.
      case message(Int, isAsked: Bool)
    }

    /// The device's index in `BusPlan.devices`.
    public let device: Int
    /// What comes with it.
    public let content: Content
    /// What it is read for; a point that needs several reads is in each, and none is in what a device
    /// sends and nobody reads.
    public let points: [PointIndex]
    /// Time between two of them, or between the beginnings of two bursts; nil where the profile does
    /// not say how often the device sends it.
    public let period: TimeSpan?
    /// How often it is read in a period: 1, or the samples of a burst.
    public let samples: Int
    /// How many bytes request and answer have; of Modbus as an RTU frame.
    public let bytes: Int
    /// How long each takes the bus; with what prepares a sample, where it is the sample's first.
    public let time: TimeSpan
    /// How long after it was due a sample should be complete: until the next is due.
    public let deadline: TimeSpan
    /// How long that takes at worst; nil where what is asked takes more than `highestUtilisation`,
    /// and for what comes by itself.
    public fileprivate(set) var worstResponse: TimeSpan?

    /// The registers or bits; nil for a message.
    public var span: RegisterSpan? {
      if case .registers(let span) = content { span } else { nil }
    }
    /// True where it has to be asked for.
    public var isAsked: Bool {
      switch content {
      case .registers: true
      case .message(_, let isAsked): isAsked
      }
    }
    /// The part of the bus's time that it takes; 1 is all of it.
    public var utilisation: Double {
      period.map { Double(samples) * time.seconds / $0.seconds } ?? 0
    }
    /// How many bytes it has in a second.
    public var bytesPerSecond: Double {
      period.map { Double(samples * bytes) / $0.seconds } ?? 0
    }
  }

  /// The most of a bus's time that planned reads may take: a tenth is left to what no plan
  /// knows, which is repeated reads, probes of lost devices, and writes.
  public static var highestUtilisation: Double { 0.9 }

  /// All reads, the most frequent first, then by device; those of one device by address.
  public let reads: [Read]
  /// The part of the bus's time that all reads take; above 1 the bus cannot do them.
  public let utilisation: Double
  /// The longest that an output takes to be written and read back; zero where there is none.
  public let longestWrite: TimeSpan
  /// True where the reads take no more than `highestUtilisation` and each sample is complete before
  /// the next one is due, whatever the phase between them, and with one output written meanwhile; and
  /// where what comes by itself fits onto the line.
  public let isSchedulable: Bool

  /// Works out the load of `plan`.
  ///
  /// - Throws: `BusPlanError` for the first thing that the bus cannot serve.
  public init(plan: BusPlan) throws(BusPlanError) {
    let analysis = try SchedulabilityAnalysis(plan: plan)
    let responses = analysis.hasRoom ? analysis.worstResponses : []
    var reads: [Read] = []
    for (index, job) in analysis.jobs.enumerated() {
      for var read in job.reads {
        read.worstResponse = responses.isEmpty ? nil : responses[index]
        reads.append(read)
      }
    }
    let unknown = TimeSpan(nanoseconds: .max)
    self.reads = (reads + analysis.unasked).sorted {
      ($0.period ?? unknown, $0.device) < ($1.period ?? unknown, $1.device)
    }
    utilisation = analysis.utilisation
    longestWrite = analysis.demands.write
    isSchedulable = analysis.isSchedulable
  }
}

extension BusLoad.Read {
  init(
    device: Int, content: Content, points: [PointIndex], period: TimeSpan?, samples: Int,
    bytes: Int, time: TimeSpan, deadline: TimeSpan
  ) {
    self.device = device
    self.content = content
    self.points = points
    self.period = period
    self.samples = samples
    self.bytes = bytes
    self.time = time
    self.deadline = deadline
  }
}
