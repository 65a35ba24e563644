/// Notices a packet that is larger than agreed by the bytes that have come since the last whole one.
struct PacketBudget {
  /// The largest packet that we take from a broker; commands and alerts are far smaller.
  static let maximumPacketBytes = 256 << 10
  /// What an answer to a keep-alive packet may take, TLS included: those answers are not seen.
  private static let keepAliveBytes = 64

  private let keepAliveSeconds: Int
  private var bytes = 0
  private var start = 0

  init(keepAliveSeconds: UInt16) { self.keepAliveSeconds = max(1, Int(keepAliveSeconds)) }

  /// Bytes have been read, and at least one whole packet came with them or none; false when a packet is
  /// larger than agreed. `seconds` count from anywhere.
  mutating func received(_ count: Int, endsPacket: Bool, seconds: Int) -> Bool {
    guard !endsPacket else {
      bytes = 0
      start = seconds
      return true
    }
    if bytes == 0 { start = seconds }
    bytes += count
    let answers = 1 + max(0, seconds - start) / keepAliveSeconds
    // What came with the end of a packet is not counted, so a portion may be missing; TLS adds a
    // hundredth.
    return bytes <= Self.maximumPacketBytes + ReceiveGate.portion + answers * Self.keepAliveBytes
  }
}
