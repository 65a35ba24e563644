public import DetectionCore

/// An answer on its way: each byte reaches the master when its last bit has been on the line.
public struct TimedAnswer: Sendable {
  /// When the first bit is on the line.
  public let start: Instant
  private let bytes: [UInt8]
  private let time: @Sendable (Int) -> TimeSpan
  private var sent = 0

  /// Plans an answer.
  ///
  /// - Parameters:
  ///   - bytes: What is sent.
  ///   - start: When the first bit is on the line.
  ///   - time: How long so many bytes take; never less for more of them.
  public init(_ bytes: [UInt8], start: Instant, time: @escaping @Sendable (Int) -> TimeSpan) {
    self.bytes = bytes
    self.start = start
    self.time = time
  }

  /// When the last bit has been on the line.
  public var end: Instant { start + time(bytes.count) }

  /// True when nothing is left to come.
  public var isOver: Bool { sent == bytes.count }

  /// The bytes that have arrived since the last call.
  public mutating func arrived(by now: Instant) -> ArraySlice<UInt8> {
    var count = sent
    while count < bytes.count, start + time(count + 1) <= now { count += 1 }
    defer { sent = count }
    return bytes[sent..<count]
  }

  /// When to look again: at the last byte, or earlier, with the first byte that arrives `lump`
  /// after `now`; adapters, too, hand over what they have collected in a while.
  public func next(after now: Instant, lump: TimeSpan) -> Instant {
    min(end, max(now + lump, start + time(sent + 1)))
  }
}
