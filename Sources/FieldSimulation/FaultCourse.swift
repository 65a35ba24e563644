public import DetectionCore
import DeviceProfiles

/// What goes wrong with the answers of one device.
public struct FaultCourse: Sendable {
  private let episodes: [FaultEpisode]
  private let seed: UInt64
  /// How many requests the device has heard.
  private var requests: UInt64 = 0

  init(episodes: [FaultEpisode], seed: UInt64) {
    self.episodes = episodes
    self.seed = seed
  }

  /// What goes wrong with the answer to a request that the device has just heard, at `time` since
  /// the start of the simulation. To be asked once a request: which answers a share hits is decided
  /// by counting them.
  public mutating func next(at time: TimeSpan) -> AnswerFaults {
    requests += 1
    var random = SplitMix64(seed: seed ^ (requests &* 0x9e37_79b9_7f4a_7c15))
    var hits: [FaultEpisode] = []
    for episode in episodes {
      // Drawn for every episode, so that one that ends does not change what the others hit.
      let isDrawn = random.nextUnit() < episode.share
      if isDrawn, episode.holds(at: time) { hits.append(episode) }
    }
    return AnswerFaults(hits: hits, time: time, random: random)
  }
}

/// What goes wrong with one answer.
public struct AnswerFaults: Sendable {
  private let faults: [LineFault]
  private var random: SplitMix64
  /// As of when the device measures: the moment at which it froze, if it did.
  public let measuredAt: TimeSpan

  init(hits: [FaultEpisode], time: TimeSpan, random: SplitMix64) {
    faults = hits.map(\.fault)
    self.random = random
    measuredAt = hits.lazy.filter { $0.fault == .frozen }.map(\.from).min() ?? time
  }

  /// True where the device hears nothing of the request.
  public var isSilent: Bool { faults.contains(.noAnswer) }

  /// The exception that the device answers instead of doing what it is asked; nil where it does.
  public func refusal(of request: [UInt8], framing: WireFraming) -> [UInt8]? {
    guard var frame = WireFrame(request, framing), let function = frame.pdu.first else {
      return nil
    }
    for case .exception(let code) in faults {
      frame.pdu = [function | 0x80, code]
      return frame.bytes
    }
    return nil
  }

  /// How much later than it should the answer begins.
  public var delay: TimeSpan {
    TimeSpan(
      nanoseconds: faults.reduce(0) {
        guard case .late(let delay) = $1 else { return $0 }
        return $0 + delay.nanoseconds
      })
  }

  /// What comes onto the line instead of a good answer.
  public func spoil(_ answer: [UInt8], to request: [UInt8], framing: WireFraming) -> [UInt8] {
    guard !isSilent, !answer.isEmpty, !faults.isEmpty else { return isSilent ? [] : answer }
    var random = random
    var bytes = rewritten(answer, framing, &random)
    if faults.contains(.badChecksum) { bytes[WireFrame.guardPlace(in: bytes, framing)] ^= 0x5a }
    if faults.contains(.halfFrame) { bytes.removeLast(bytes.count - bytes.count / 2) }
    if faults.contains(.noiseBefore) { bytes = Self.noise(&random) + bytes }
    if faults.contains(.noiseAfter) { bytes += Self.noise(&random) }
    if faults.contains(.echo) { bytes = request + bytes }
    return bytes
  }

  /// The answer with other contents, and still a good frame.
  private func rewritten(
    _ answer: [UInt8], _ framing: WireFraming, _ random: inout SplitMix64
  ) -> [UInt8] {
    guard var frame = WireFrame(answer, framing), let function = frame.pdu.first else {
      return answer
    }
    if faults.contains(.absurd), (1...4).contains(function) {
      for place in frame.pdu.indices.dropFirst(2) {
        frame.pdu[place] = UInt8(truncatingIfNeeded: random.next())
      }
    }
    if faults.contains(.wrongUnit) { frame.unit = frame.unit == 247 ? 1 : frame.unit &+ 1 }
    return frame.bytes
  }

  private static func noise(_ random: inout SplitMix64) -> [UInt8] {
    let count = 1 + random.next() % 8
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }
}
