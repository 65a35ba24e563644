public import Delivery
public import DetectionCore
internal import FieldLog
public import Polling
internal import SiteConfiguration

extension Replay {
  /// Something that was sent or heard on a bus, as it was recorded.
  public struct WireEntry: Sendable {
    /// What it is.
    public enum Content: Sendable {
      /// A transaction of a Modbus unit.
      case transaction(WireTransaction)
      /// Bytes that were sent to a line sensor or came from it; `length` is above their number where
      /// only the last ones were kept.
      case frame(FrameTranscript.Kind, bytes: [UInt8], length: Int)
    }

    /// The bus's id.
    public let bus: String
    /// The device's id; nil where none is meant.
    public let device: String?
    /// When it ended.
    public let time: Instant
    /// The same moment in civil time, as the box knew it then.
    public let wallTime: CivilTime
    /// What it is.
    public let content: Content
  }

  /// One request to a Modbus unit, and its outcome.
  public struct WireTransaction: Sendable {
    /// The unit's address.
    public let unit: UInt8
    /// The function code of the request.
    public let function: UInt8
    /// The first register or bit, counted from 0.
    public let address: UInt16
    /// How many registers or bits.
    public let count: UInt16
    /// What was answered to a read or written, one word a register or bit; empty for a read that
    /// failed.
    public let words: [UInt16]
    /// From the request's start to the end.
    public let duration: TimeSpan
    /// Why it failed, in a word of docs/recording.md; nil for a good answer.
    public let fault: String?
  }

  /// Reads all that was recorded of the buses.
  ///
  /// - Parameter take: Called for each entry; those of one bus come in their order.
  /// - Returns: What of the recording could not be read.
  /// - Throws: `HostError` when a file cannot be read.
  public func readWire(_ take: (WireEntry) -> Void) throws -> [LocalizedText] {
    var damages = partDamages
    for path in parts.map(\.path) {
      try Self.readMessages(path, damages: &damages) { topic, message in
        switch topic {
        case RecordingTopic.transactions:
          guard
            let transactions = try? TransactionsMessage(decoding: message.data).transactions
          else { return false }
          for (transaction, wallNs) in transactions {
            guard let entry = entry(transaction, logTime: UInt64(clamping: wallNs)) else {
              return false
            }
            take(entry)
          }
        case RecordingTopic.transaction:
          guard let transaction = try? TransactionMessage(decoding: message.data),
            let entry = entry(transaction, logTime: message.logTime)
          else { return false }
          take(entry)
        case RecordingTopic.frame:
          guard let frame = try? FrameMessage(decoding: message.data),
            let entry = entry(frame, logTime: message.logTime)
          else { return false }
          take(entry)
        default: break
        }
        return true
      }
    }
    return damages
  }

  /// Nil where the site has no such bus.
  private func entry(_ message: TransactionMessage, logTime: UInt64) -> WireEntry? {
    guard recordedBuses.indices.contains(Int(message.bus)) else { return nil }
    let bus = recordedBuses[Int(message.bus)]
    return WireEntry(
      bus: bus.id, device: bus.devices.first { $0.modbus?.unit == message.unit }?.id,
      time: Instant(nanoseconds: message.monotonicNs), wallTime: CivilTime(logTime: logTime),
      content: .transaction(
        WireTransaction(
          unit: message.unit, function: message.functionCode, address: message.address,
          count: message.count, words: message.registers,
          duration: TimeSpan(nanoseconds: message.durationNs),
          fault: BusFault.recordedCode(message.fault))))
  }

  /// Nil where the site has no such bus, or this version no such kind.
  private func entry(_ message: FrameMessage, logTime: UInt64) -> WireEntry? {
    guard recordedBuses.indices.contains(Int(message.bus)),
      let kind = FrameTranscript.Kind(rawValue: message.kind)
    else { return nil }
    let bus = recordedBuses[Int(message.bus)]
    let device = Int(message.device)
    return WireEntry(
      bus: bus.id, device: bus.devices.indices.contains(device) ? bus.devices[device].id : nil,
      time: Instant(nanoseconds: message.monotonicNs), wallTime: CivilTime(logTime: logTime),
      content: .frame(kind, bytes: message.bytes, length: Int(message.length)))
  }
}

extension CivilTime {
  /// The time at which a recording says that something was recorded.
  fileprivate init(logTime: UInt64) {
    self.init(WallTime(nanosecondsSince1970: Int64(clamping: logTime), synchronized: false))
  }
}
