internal import DetectionCore
internal import DeviceProfiles
internal import FieldSimulation
internal import LinuxHost
internal import ModbusPort
internal import Polling
internal import Synchronization

/// One device of a simulated bus: what it measures, and what goes wrong with its answers.
final class SimulatedDevice: Sendable {
  /// The device's id in the site file.
  let id: String
  /// Its unit address.
  let unit: UInt8
  private let responseDelay: TimeSpan
  private let model: Mutex<DeviceModel>
  private let faults: Mutex<FaultCourse>

  /// Makes a device.
  ///
  /// - Throws: `DeviceModelError`, or `SimulationError` for a unit that no server may have.
  init(_ plan: DevicePlan, quantities: [SimulatedQuantity], faults: FaultCourse) throws {
    id = plan.id
    guard let modbus = plan.modbus else {
      preconditionFailure("\(plan.id) does not speak Modbus")
    }
    unit = modbus.unit
    responseDelay = .milliseconds(Int64(plan.timing.responseDelayMs))
    model = Mutex(
      try DeviceModel(profile: modbus.profile, unit: modbus.unit, quantities: quantities))
    self.faults = Mutex(faults)
    // Fails here, where the error is reported, and not on the bus's own thread.
    guard try Served(self, framing: .rtu) != nil else {
      throw SimulationError.badUnit(unit, device: id)
    }
  }

  /// Lets it show something else from now on.
  func drive(_ quantity: SimulatedQuantity) throws(DeviceModelError) {
    try model.withLock { (model) throws(DeviceModelError) in try model.drive(quantity) }
  }

  private func answer(
    _ request: ServerRequest, at time: TimeSpan, measuredAt: TimeSpan
  ) -> ServerAnswer {
    model.withLock { model in
      let answer =
        switch request {
        case .read(let span): model.read(span, at: measuredAt)
        case .write(let span, let words):
          model.write(
            span.table, address: span.address,
            // Function code 5 writes 0xFF00 for on; any other number is one of the device's own.
            words: span.table.isBits ? words.map { $0 == 0xFF00 ? 1 : $0 } : words, at: time)
        }
      return switch answer {
      case .words(let words): .words(words)
      case .written: .written
      case .exception(let code): .exception(code)
      case .noAnswer: .silence
      }
    }
  }

  /// The device behind libmodbus's server, which knows frames better than any simulation: on one
  /// thread alone.
  final class Served {
    let device: SimulatedDevice
    private let near: OwnedDescriptor
    /// Open as long as the server uses it.
    private let far: OwnedDescriptor
    private var server: ModbusServer
    private let framing: WireFraming
    private var buffer = [UInt8](repeating: 0, count: 300)

    /// - Returns: nil where the unit address is not allowed.
    init?(_ device: SimulatedDevice, framing: WireFraming) throws(HostError) {
      (near, far) = try OwnedDescriptor.pair()
      guard
        let server = ModbusServer(
          fileDescriptor: far.number, unit: device.unit, framing: framing == .rtu ? .rtu : .tcp)
      else { return nil }
      self.server = server
      self.device = device
      self.framing = framing
    }

    /// What comes onto the line after a request, and how long after it; no bytes for no answer.
    func answer(
      to request: [UInt8], at time: TimeSpan
    ) -> (bytes: [UInt8], delay: TimeSpan) {
      let faults = device.faults.withLock { $0.next(at: time) }
      if faults.isSilent { return ([], .zero) }
      let isBroadcast = framing == .rtu && request.first == 0
      let refusal = isBroadcast ? nil : faults.refusal(of: request, framing: framing)
      let answer =
        refusal
        ?? device.model.withLock { $0.answer(toRaw: request, framing: framing, at: time) }
        ?? served(request, at: time, measuredAt: faults.measuredAt)
      return (
        faults.spoil(answer, to: request, framing: framing),
        TimeSpan(nanoseconds: device.responseDelay.nanoseconds + faults.delay.nanoseconds)
      )
    }

    private func served(
      _ request: [UInt8], at time: TimeSpan, measuredAt: TimeSpan
    ) -> [UInt8] {
      // Both ends are this object's own: nothing is lost between them, and nothing is waited for.
      guard (try? near.write(request)) != nil else { return [] }
      _ = server.serve(timeoutMs: 0) { device.answer($0, at: time, measuredAt: measuredAt) }
      guard let count = near.read(into: &buffer, timeoutMs: 0) else { return [] }
      return Array(buffer[..<count])
    }
  }
}
