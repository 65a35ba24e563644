public import DetectionCore
internal import FieldLog
public import Polling
internal import SiteConfiguration

extension Replay {
  /// What was sent and heard on a bus, as it was recorded.
  public enum WireEntry: Sendable {
    /// A transaction of a Modbus unit: what was asked, and what registers were answered; `fault` is 0
    /// for a good answer, or one of docs/recording.md.
    case transaction(
      unit: UInt8, function: UInt8, address: UInt16, registers: [UInt16], fault: UInt8)
    /// Bytes that were sent to a line sensor or came from it. `device` is its id, nil where none is
    /// meant; `length` is above the number of bytes where only the last ones were kept.
    case frame(device: String?, kind: LineTranscript.Kind, bytes: [UInt8], length: Int)
  }

  /// Reads all that was recorded of the buses.
  ///
  /// - Parameter take: Called for each entry with its bus and the monotonic time of its end; entries
  ///   of one bus come in their order.
  /// - Returns: What of the recording could not be read, in words.
  /// - Throws: `HostError` when a file cannot be read.
  public func readWire(
    _ take: (_ bus: String, _ time: Instant, _ entry: WireEntry) -> Void
  ) throws -> [String] {
    var damages: [String] = []
    let ids = site.busIDs
    for path in paths {
      try Self.readMessages(path, damages: &damages) { topic, data in
        switch topic {
        case RecordingTopic.transaction:
          guard let message = try? TransactionMessage(decoding: data) else { return false }
          guard ids.indices.contains(Int(message.bus)) else { return false }
          take(
            ids[Int(message.bus)], Instant(nanoseconds: message.monotonicNs),
            .transaction(
              unit: message.unit, function: message.functionCode, address: message.address,
              registers: message.registers, fault: message.fault))
        case RecordingTopic.frame:
          guard let message = try? LineFrameMessage(decoding: data),
            let kind = LineTranscript.Kind(rawValue: message.kind),
            ids.indices.contains(Int(message.bus))
          else { return false }
          let line = Int(message.bus) - site.buses.count
          let devices = site.lines.indices.contains(line) ? site.lines[line].devices : []
          let device = Int(message.device)
          take(
            ids[Int(message.bus)], Instant(nanoseconds: message.monotonicNs),
            .frame(
              device: devices.indices.contains(device) ? devices[device].id : nil, kind: kind,
              bytes: message.bytes, length: Int(message.length)))
        default: break
        }
        return true
      }
    }
    return damages
  }
}
