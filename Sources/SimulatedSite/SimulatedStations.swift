internal import DetectionCore
internal import FieldSimulation
internal import Polling

/// What a device on a simulated bus says.
struct Transmission {
  /// The device's id in the site file.
  var device: String
  /// The request that it heard; nil where it speaks by itself.
  var request: RequestStream.Request?
  /// What it sends; nothing where it is silent.
  var bytes: [UInt8]
  /// When the first bit is on the line.
  var start: Instant
}

/// Those on a simulated bus; made and used on the bus's own thread.
protocol SimulatedStations {
  /// Cuts into requests what comes over a new connection.
  var requests: RequestStream { get }
  /// What comes back to a request.
  mutating func answers(to request: RequestStream.Request) -> [Transmission]
  /// When the next message is due that no request asked for; nil: never.
  var nextMessage: Instant? { get }
  /// What is said by `now` without having been asked.
  mutating func messages(at now: Instant) -> [Transmission]
}

/// Modbus devices, which speak when they are asked.
struct ModbusStations: SimulatedStations {
  let requests: RequestStream
  let nextMessage: Instant? = nil
  private let served: [SimulatedDevice.Served]
  private let framing: WireFraming
  private let start: Instant

  /// Gathers them.
  ///
  /// - Parameters:
  ///   - transmission: How long RTU frames take; nil for Modbus TCP.
  ///   - start: When the simulation began.
  init(_ devices: [SimulatedDevice], transmission: TransmissionTime?, start: Instant) {
    let framing: WireFraming = transmission == nil ? .tcp : .rtu
    self.framing = framing
    self.start = start
    requests = RequestStream(framing: framing, interFrameDelay: transmission?.silence ?? .zero)
    served = devices.compactMap { try? SimulatedDevice.Served($0, framing: framing) }
  }

  func answers(to request: RequestStream.Request) -> [Transmission] {
    let unit = request.frame[framing == .tcp ? 6 : 0]
    let isBroadcast = framing == .rtu && unit == 0
    // Devices of their own, and not behind a gateway, take these two for themselves over TCP.
    let isForAny = framing == .tcp && served.count == 1 && (unit == 0 || unit == 255)
    return served.filter { $0.device.unit == unit || isBroadcast || isForAny }.map { device in
      let (bytes, delay) = device.answer(to: request.frame, at: request.end - start)
      return Transmission(
        device: device.device.id, request: request, bytes: bytes, start: request.end + delay)
    }
  }

  func messages(at now: Instant) -> [Transmission] { [] }
}
