/// Notices a broker that closes the connection whenever a topic has a dot in it.
///
/// Such a broker says nothing, so the only sign is that connection after connection ends with a dotted
/// topic on its way, and that nothing after one was ever acknowledged.
public struct DotSuspicion: Sendable {
  private var topic: String?
  /// Messages that must arrive, handed over with the dotted topic or after it: once one of them is
  /// acknowledged, the broker has swallowed the dot.
  private var packets: [PacketNumber] = []
  private var endings = 0
  private var isCleared = false

  /// So many connections in a row make it probable; one or two end for many reasons.
  static let endingsThatTell = 3

  /// Begins without a suspicion.
  public init() {}

  /// A message was handed over, its topic whole.
  public mutating func published(
    _ topic: String, quality: MQTTMessage.Quality, packet: PacketNumber
  ) {
    guard !isCleared else { return }
    if self.topic == nil, topic.contains(".") { self.topic = topic }
    guard self.topic != nil, quality == .atLeastOnce,
      packets.count < DeliveryLimits.window
    else { return }
    packets.append(packet)
  }

  /// The broker has acknowledged, or refused, the message `packet`.
  public mutating func answered(_ packet: PacketNumber) {
    if packets.contains(packet) {
      isCleared = true
      packets = []
    }
  }

  /// The connection has ended without our doing; gives the topic that is probably the reason.
  public mutating func ended() -> String? {
    defer { left() }
    guard !isCleared, let topic else { return nil }
    endings += 1
    return endings >= Self.endingsThatTell ? topic : nil
  }

  /// We have ended the connection, which tells nothing.
  public mutating func left() {
    topic = nil
    packets.removeAll(keepingCapacity: true)
  }
}
