package import DetectionCore
internal import FieldLog

/// One finished transaction of a bus, flat, so that it crosses a ring.
package struct TransactionRecord: BitwiseCopyable, Sendable {
  var bus: UInt8
  var unit: UInt8
  var functionCode: UInt8
  /// 0 when it succeeded, else the fault's class.
  var fault: UInt8
  var address: UInt16
  /// How many registers or bits.
  package let count: UInt16
  var time: Instant
  var wallTime: WallTime
  var durationNs: Int64
  /// What was answered or written, of which the first `count` mean something; at most as many registers
  /// as Modbus allows to read at once.
  package var words: InlineArray<125, UInt16>

  /// Describes a transaction whose words are all 0.
  ///
  /// - Parameters:
  ///   - bus: The index of its bus.
  ///   - unit: The Modbus unit address.
  ///   - functionCode: Of the request.
  ///   - fault: 0 when it succeeded, else the number of `BusOutcome.recordedFault`.
  ///   - address: The first register or bit, counted from 0.
  ///   - count: How many registers or bits.
  ///   - time: When it ended.
  ///   - wallTime: The same moment in civil time.
  ///   - durationNs: From the request's start to the end.
  package init(
    bus: UInt8, unit: UInt8, functionCode: UInt8, fault: UInt8, address: UInt16, count: UInt16,
    time: Instant, wallTime: WallTime, durationNs: Int64
  ) {
    self.bus = bus
    self.unit = unit
    self.functionCode = functionCode
    self.fault = fault
    self.address = address
    self.count = count
    self.time = time
    self.wallTime = wallTime
    self.durationNs = durationNs
    words = InlineArray(repeating: 0)
  }
}

/// The same in a recording; what those of earlier versions have a message for.
struct TransactionMessage: ROS2Message {
  static let schemaName = "nomori_msgs/msg/Transaction"

  var bus: UInt8 = 0
  var unit: UInt8 = 0
  var functionCode: UInt8 = 0
  var fault: UInt8 = 0
  var address: UInt16 = 0
  var count: UInt16 = 0
  var durationNs: Int64 = 0
  var monotonicNs: Int64 = 0
  var registers: [UInt16] = []

  mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.field("bus", &bus, note: "place of the bus in the site file")
    try visitor.field("unit", &unit)
    try visitor.field("function_code", &functionCode)
    try visitor.field("fault", &fault, note: "0 none; else as in docs/recording.md")
    try visitor.field("address", &address, note: "counted from 0, as on the wire")
    try visitor.field("count", &count, note: "of registers or coils")
    try visitor.field("duration_ns", &durationNs, note: "from the request's start to the end")
    try visitor.field("monotonic_ns", &monotonicNs)
    try visitor.field(
      "registers", &registers, note: "as answered, one bit a word for coils; or as written")
  }
}

extension TransactionMessage {
  init(_ record: TransactionRecord) {
    bus = record.bus
    unit = record.unit
    functionCode = record.functionCode
    fault = record.fault
    address = record.address
    count = record.count
    durationNs = record.durationNs
    monotonicNs = record.time.nanoseconds
    // What was to be written is known even where it failed.
    let isKnown = record.fault == 0 || record.functionCode > 4
    let kept = isKnown ? min(Int(record.count), record.words.count) : 0
    registers = (0..<kept).map { record.words[$0] }
  }
}
