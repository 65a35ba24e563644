/// Something that was sent or heard on a bus, flat, so that it crosses a ring.
package enum WireRecord: BitwiseCopyable, Sendable {
  /// A transaction of a Modbus unit.
  case transaction(TransactionRecord)
  /// Bytes that were sent to a sensor, or came from it.
  case frame(FrameRecord)
}
