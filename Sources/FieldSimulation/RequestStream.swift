public import DetectionCore

/// Cuts what a master sends into requests, as the devices on a line receive them.
///
/// An RTU request is over when as many bytes have come as its function code announces and the
/// checksum holds; anything else is over after the inter-frame delay, and then
/// it addresses a device only if it is a good frame of an unknown function. A TCP request says its
/// length. A line sensor takes the bytes that it is asked with wherever they stand.
public struct RequestStream: Sendable {
  /// One request, and the moment at which its last bit was on the line.
  public struct Request: Hashable, Sendable {
    /// The whole frame.
    public var frame: [UInt8]
    /// When its first bit was on the line.
    public var start: Instant
    /// When its last bit was.
    public var end: Instant
  }

  private let framing: WireFraming?
  private let interFrameDelay: TimeSpan
  /// What line sensors are asked with, longest first.
  private let texts: [[UInt8]]
  private var bytes: [UInt8] = []
  private var start = Instant(nanoseconds: 0)
  private var end = Instant(nanoseconds: 0)

  /// Makes a stream of nothing so far.
  ///
  /// - Parameter interFrameDelay: What ends an RTU frame; nothing for TCP.
  public init(framing: WireFraming, interFrameDelay: TimeSpan) {
    self.framing = framing
    self.interFrameDelay = interFrameDelay
    texts = []
  }

  /// Makes a stream to line sensors that are asked with these bytes.
  public init(texts: [[UInt8]]) {
    framing = nil
    interFrameDelay = .zero
    self.texts = texts.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
  }

  /// When `flush` has something to do: the end of the inter-frame delay behind an open RTU frame.
  public var deadline: Instant? {
    bytes.isEmpty || framing != .rtu ? nil : end + interFrameDelay
  }

  /// Takes bytes that the master has sent.
  ///
  /// - Parameters:
  ///   - received: The bytes.
  ///   - now: When they were handed over; their first bit is on the line at that moment, or when
  ///     what was sent before them is through.
  ///   - time: How long so many bytes take.
  /// - Returns: The requests that are complete with them, in order.
  public mutating func receive(
    _ received: some Collection<UInt8>, at now: Instant, time: (Int) -> TimeSpan
  ) -> [Request] {
    guard framing != nil else { return receiveTexts(received, at: now, time: time) }
    for byte in received {
      if bytes.isEmpty { start = max(now, end) }
      bytes.append(byte)
    }
    end = max(now, end) + time(received.count)
    var requests: [Request] = []
    while let length = frameLength, length <= bytes.count {
      let frame = Array(bytes.prefix(length))
      // Not a request; in RTU the inter-frame delay tells where the next one begins.
      if framing == .rtu, WireFrame(frame, .rtu) == nil { break }
      bytes.removeFirst(length)
      requests.append(Request(frame: frame, start: start, end: end))
      start = end
    }
    if bytes.count > Self.longestFrame { bytes.removeFirst(bytes.count - Self.longestFrame) }
    return requests
  }

  private mutating func receiveTexts(
    _ received: some Collection<UInt8>, at now: Instant, time: (Int) -> TimeSpan
  ) -> [Request] {
    let begin = max(now, end)
    var requests: [Request] = []
    for (index, byte) in received.enumerated() {
      bytes.append(byte)
      end = begin + time(index + 1)
      if let text = texts.first(where: { bytes.suffix($0.count) == $0[...] }) {
        let length = time(text.count).nanoseconds
        requests.append(
          Request(
            frame: text, start: Instant(nanoseconds: end.nanoseconds - length), end: end))
        bytes.removeAll(keepingCapacity: true)
      }
    }
    let most = texts.first?.count ?? 0
    if bytes.count > most { bytes.removeFirst(bytes.count - most) }
    return requests
  }

  /// Ends an open RTU frame once the inter-frame delay is over.
  public mutating func flush(at now: Instant) -> Request? {
    guard let deadline, now >= deadline else { return nil }
    let frame = bytes
    bytes.removeAll(keepingCapacity: true)
    guard WireFrame(frame, .rtu) != nil else { return nil }
    return Request(frame: frame, start: start, end: end)
  }

  /// The length that the frame announces; nil where not enough of it has come, or where it cannot
  /// be known.
  private var frameLength: Int? {
    switch framing {
    case nil: return nil
    case .rtu:
      guard bytes.count >= 2 else { return nil }
      switch bytes[1] {
      case 1...6: return 8
      case 15, 16: return bytes.count > 6 ? 9 + Int(bytes[6]) : nil
      default: return nil
      }
    case .tcp:
      guard bytes.count >= 6 else { return nil }
      return 6 + min(Int(bytes[4]) << 8 | Int(bytes[5]), Self.longestFrame)
    }
  }

  /// The longest frame of Modbus TCP; one of RTU has 256 bytes.
  private static let longestFrame = 260
}
