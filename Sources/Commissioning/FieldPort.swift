package import DetectionCore
internal import LinePort
internal import LinuxHost
internal import ModbusPort
package import Polling

/// The port of a bus on this machine; the one place that knows which of the two kinds a dialect needs.
package struct FieldPort: ~Copyable {
  // One of them is there.
  private var registers: ModbusConnection?
  private var bytes: FramedConnection?

  /// Makes the port of `plan`, which is not open yet.
  ///
  /// - Parameter interruption: A descriptor that ends a wait for bytes when it is readable.
  package init(_ plan: BusPlan, interruption: Int32? = nil) {
    let preparation = SerialPreparation(transmitter: plan.transmitter)
    if plan.isFramed {
      registers = nil
      bytes = FramedConnection(link: plan.link, interruption: interruption) {
        preparation(descriptor: $0)
      }
    } else {
      registers = ModbusConnection(link: plan.link) { preparation(descriptor: $0) }
      bytes = nil
    }
  }

  /// Carries out `task`; what came of it replaces `words`. See `BusPort.perform`.
  package mutating func perform(
    _ task: BusTask, listening: TimeSpan = .zero, into words: inout [UInt16]
  ) -> BusOutcome {
    registers?.perform(task, listening: listening, into: &words)
      ?? bytes?.perform(task, listening: listening, into: &words) ?? .done
  }

  /// Closes the port; does nothing where it is closed.
  package mutating func close() {
    registers?.close()
    bytes?.close()
  }
}
