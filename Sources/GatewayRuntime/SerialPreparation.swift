internal import LinuxHost
internal import Polling

/// Makes a serial port that was just opened ready for a bus: its transmitter is switched by the
/// driver where the site says so, and bytes are handed on as they come where the driver can.
struct SerialPreparation: Sendable {
  let transmitter: TransmitterControl?

  /// What forbids using the port, or nil. A driver that does not know of latency is no obstacle.
  func callAsFunction(descriptor: Int32) -> PortProblem? {
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
