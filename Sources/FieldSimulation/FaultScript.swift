public import DetectionCore

/// One fault of a script: what goes wrong, with whom, and when.
public struct FaultEpisode: Hashable, Sendable {
  /// The id of a device, or of a bus, which means its port and each device on it; nil: everything.
  public var target: String?
  /// What goes wrong.
  public var fault: FramedFault
  /// When it begins, counted from the start of the simulation.
  public var from: TimeSpan
  /// When it is over; nil: never.
  public var until: TimeSpan?
  /// The share of answers that it hits, above 0 and up to 1; a port that is gone is gone for all.
  public var share: Double

  /// Makes an episode.
  public init(
    _ fault: FramedFault, of target: String? = nil, from: TimeSpan = .zero, until: TimeSpan? = nil,
    share: Double = 1
  ) {
    precondition(share > 0 && share <= 1, "a share of \(share)")
    self.target = target
    self.fault = fault
    self.from = from
    self.until = until
    self.share = share
  }

  func holds(at time: TimeSpan) -> Bool {
    from <= time && (until.map { time < $0 } ?? true)
  }
}

/// What goes wrong in a simulated field, and when: the same script, seed and requests give the same
/// faults, byte for byte, whatever happens on other devices.
public struct FaultScript: Sendable {
  /// All faults; where several hit one answer, they add up.
  public let episodes: [FaultEpisode]
  /// Of everything accidental in them.
  public let seed: UInt64

  /// Makes a script; by default one in which nothing goes wrong.
  public init(episodes: [FaultEpisode] = [], seed: UInt64 = 1) {
    self.episodes = episodes
    self.seed = seed
  }

  /// What goes wrong with one device.
  public func course(ofDevice device: String, onBus bus: String) -> FaultCourse {
    FaultCourse(
      episodes: episodes.filter {
        $0.fault != .portGone && ($0.target.map { $0 == device || $0 == bus } ?? true)
      },
      seed: seed ^ Self.number(of: device))
  }

  /// True while the port of `bus` does not exist.
  public func isPortGone(ofBus bus: String, at time: TimeSpan) -> Bool {
    portEpisodes(ofBus: bus).contains { $0.holds(at: time) }
  }

  /// The next moment after `time` at which the port of `bus` may go or come back.
  public func nextPortChange(ofBus bus: String, after time: TimeSpan) -> TimeSpan? {
    portEpisodes(ofBus: bus).flatMap { [$0.from, $0.until].compactMap(\.self) }
      .filter { $0 > time }.min()
  }

  private func portEpisodes(ofBus bus: String) -> [FaultEpisode] {
    episodes.filter { $0.fault == .portGone && ($0.target.map { $0 == bus } ?? true) }
  }

  /// A number for a name, the same in every process: FNV-1a.
  private static func number(of name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
