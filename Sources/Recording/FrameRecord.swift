internal import DetectionCore
internal import FieldLog
package import Polling

/// Bytes that were sent to a sensor or came from it, flat, so that they cross a ring.
package struct FrameRecord: BitwiseCopyable, Sendable {
  var bus: UInt8
  /// 255 where no sensor is meant.
  var device: UInt8
  var kind: UInt8
  var length: UInt32
  var count: UInt16
  var time: Instant
  var wallTime: WallTime
  var bytes: InlineArray<256, UInt8>
}

extension FrameRecord {
  /// The entry of `transcript` that was heard on the bus at `index`.
  package init(_ entry: FrameTranscript.Entry, of transcript: FrameTranscript, bus index: Int) {
    bus = UInt8(clamping: index)
    device = entry.device.map { UInt8(clamping: $0) } ?? .max
    kind = entry.kind.rawValue
    length = UInt32(clamping: entry.length)
    time = entry.time
    wallTime = entry.wallTime
    bytes = InlineArray(repeating: 0)
    let kept = transcript.bytes[entry.range].prefix(bytes.count)
    count = UInt16(kept.count)
    for (offset, byte) in kept.enumerated() { bytes[offset] = byte }
  }
}

/// The same in a recording.
struct FrameMessage: ROS2Message {
  static let schemaName = "nomori_msgs/msg/LineFrame"

  var bus: UInt8 = 0
  var device: UInt8 = 0
  var kind: UInt8 = 0
  var length: UInt32 = 0
  var monotonicNs: Int64 = 0
  var bytes: [UInt8] = []

  mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.field(
      "bus", &bus, note: "place of the bus in the site file")
    try visitor.field("device", &device, note: "place of the sensor on its bus, 255 for none")
    try visitor.field(
      "kind", &kind, note: "0 message, 1 sent, 2 damaged, 3 unknown, 4 no message in time")
    try visitor.field("length", &length, note: "how many bytes there were; the last 256 are kept")
    try visitor.field("monotonic_ns", &monotonicNs)
    try visitor.field("bytes", &bytes, note: "as on the wire")
  }
}

extension FrameMessage {
  init(_ record: FrameRecord) {
    bus = record.bus
    device = record.device
    kind = record.kind
    length = record.length
    monotonicNs = record.time.nanoseconds
    bytes = (0..<min(Int(record.count), record.bytes.count)).map { record.bytes[$0] }
  }
}
