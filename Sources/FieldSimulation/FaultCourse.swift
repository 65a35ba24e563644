public import DetectionCore
public import DeviceProfiles
import Tables

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
  private let faults: [FramedFault]
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
    if faults.contains(.badChecksum) { bytes[WireFrame.guardIndex(in: bytes, framing)] ^= 0x5a }
    return damaged(bytes, request, &random)
  }

  /// What comes onto the line instead of a line sensor's frame.
  ///
  /// - Parameters:
  ///   - content: What the frame would hold.
  ///   - request: What the sensor was asked with; empty where it sends by itself.
  ///   - line: How it speaks.
  public func spoil(_ content: [UInt8], to request: [UInt8], of line: FramedProtocol) -> [UInt8] {
    guard !isSilent else { return [] }
    var random = random
    let isAbsurd = faults.contains(.absurd)
    var bytes = line.framing.frame(
      holding: isAbsurd ? line.absurd(content, &random) : content)
    if faults.contains(.badChecksum) { bytes = line.framing.withWrongChecksum(bytes) }
    return damaged(bytes, request, &random)
  }

  /// What is left of a frame on its way.
  private func damaged(
    _ frame: [UInt8], _ request: [UInt8], _ random: inout SplitMix64
  ) -> [UInt8] {
    var bytes = frame
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
      for index in frame.pdu.indices.dropFirst(2) {
        frame.pdu[index] = UInt8(truncatingIfNeeded: random.next())
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

extension FramedProtocol {
  /// A message with accidental digits, or bytes, in place of its numbers.
  fileprivate func absurd(_ content: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var fields = [Range<Int>](repeating: 0..<0, count: mostFields)
    guard let message = message(in: content, fields: &fields) else { return content }
    var absurd = content
    for quantity in quantities where quantity.message == message {
      for index in fields[quantity.field.number] {
        let accident = UInt8(truncatingIfNeeded: random.next())
        switch quantity.field.format {
        case .bytes: absurd[index] = accident
        case .words, .text: break
        case .decimal, .hexadecimal, .degreesMinutes:
          if absurd[index].isDigit { absurd[index] = UInt8(ascii: "0") + accident % 10 }
        }
      }
    }
    return absurd
  }
}
