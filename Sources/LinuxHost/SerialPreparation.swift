package import Polling

/// Makes a serial port that was just opened ready for a bus: its transmitter is switched by the
/// driver where the site says so, and bytes are handed on as they come where the driver can.
package struct SerialPreparation: Sendable {
  private let transmitter: TransmitterControl?

  /// Prepares ports of a bus.
  ///
  /// - Parameter transmitter: How the driver switches the transmitter; nil where the hardware does.
  package init(transmitter: TransmitterControl?) { self.transmitter = transmitter }

  /// What forbids using the port, or nil. A driver that does not know of latency is no obstacle.
  package func callAsFunction(descriptor: Int32) -> PortProblem? {
    try? wishLowLatency(of: descriptor)
    guard let transmitter else { return nil }
    do {
      try controlTransmitter(
        of: descriptor, isHighOnSend: transmitter.isHighOnSend,
        delayBeforeMs: transmitter.delayBeforeMs, delayAfterMs: transmitter.delayAfterMs)
      return nil
    } catch {
      return .noDirectionControl
    }
  }
}
