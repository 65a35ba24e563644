internal import DetectionCore
internal import LinuxHost
internal import Polling

/// An RS-485 line without wires: what the gateway sends reaches the device that it addresses, what a
/// device sends reaches the gateway, and every byte takes the time that it takes at the line's baud
/// rate.
final class SimulatedLine: Sendable {
  /// The path that the gateway opens as its serial port.
  let path: String
  private let gateway: PseudoTerminal
  private let devices: [Device]
  private let transmission: TransmissionTime
  private let clock: HostClock
  private let stop: StopFlag

  /// A device's place on the line.
  struct Device: Sendable {
    /// Its unit address.
    var unit: UInt8
    /// The line's end of its connection.
    var end: OwnedDescriptor
  }

  /// Makes a line.
  ///
  /// - Parameters:
  ///   - devices: The devices on it.
  ///   - transmission: How long bytes take.
  ///   - clock: In whose time they take it.
  ///   - stop: Ends `run`.
  init(
    devices: [Device], transmission: TransmissionTime, clock: HostClock, stop: StopFlag
  ) throws(HostError) {
    gateway = try PseudoTerminal()
    path = gateway.path
    self.devices = devices
    self.transmission = transmission
    self.clock = clock
    self.stop = stop
  }

  /// Carries bytes until the simulation stops.
  func run() {
    let all = [gateway.master] + devices.map(\.end)
    var buffer = [UInt8](repeating: 0, count: 512)
    while !stop.isRaised {
      for index in readable(all, timeoutMs: 100) {
        guard let count = all[index].read(into: &buffer, timeoutMs: 0), count > 0 else { continue }
        clock.sleep(for: transmission.time(bytes: count))
        let bytes = buffer[..<count]
        let receivers = index == 0 ? addressed(by: bytes) : [gateway.master]
        // A side that has gone hears nothing, as on a real line.
        for receiver in receivers { try? receiver.write(bytes) }
      }
    }
  }

  /// Devices hear only requests to them. On a real line they hear all, and sort out the others' by
  /// waiting for silence; on a fast clock there is no time for that.
  private func addressed(by request: ArraySlice<UInt8>) -> [OwnedDescriptor] {
    let unit = request.first
    return devices.filter { unit == 0 || $0.unit == unit }.map(\.end)
  }
}
