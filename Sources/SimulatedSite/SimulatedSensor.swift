internal import DetectionCore
internal import DeviceProfiles
internal import FieldSimulation
internal import Polling
internal import Synchronization

/// One framed sensor of a simulated bus: what it measures, and what goes wrong with its messages.
final class SimulatedSensor: Sendable {
  /// The device's id in the site file.
  let id: String
  /// How it speaks.
  let line: FramedProtocol
  /// How long it takes to answer.
  let responseDelay: TimeSpan
  /// From one message of a kind to the next, of those that it sends by itself.
  let interval: TimeSpan
  private let model: Mutex<SensorModel>
  private let faults: Mutex<FaultCourse>

  /// Makes a sensor.
  ///
  /// - Throws: `DeviceModelError`.
  init(_ plan: DevicePlan, quantities: [SimulatedQuantity], faults: FaultCourse) throws {
    id = plan.id
    guard let framed = plan.framed else {
      preconditionFailure("\(plan.id) sends no messages of its own")
    }
    line = framed.line
    responseDelay = .milliseconds(Int64(plan.timing.responseDelayMs))
    let period = Int64(plan.timing.minimumPeriodMs)
    interval = period == 0 ? .seconds(1) : .milliseconds(period)
    model = Mutex(try SensorModel(plan, quantities: quantities))
    self.faults = Mutex(faults)
  }

  /// Lets it show something else from now on.
  func drive(_ quantity: SimulatedQuantity) throws(DeviceModelError) {
    try model.withLock { (model) throws(DeviceModelError) in try model.drive(quantity) }
  }

  /// What it sends, and how much later than it should; no bytes where it sends nothing.
  func frame(
    of message: Int, request: [UInt8], at time: TimeSpan
  ) -> (bytes: [UInt8], delay: TimeSpan) {
    let faults = faults.withLock { $0.next(at: time) }
    guard let content = model.withLock({ $0.content(of: message, at: faults.measuredAt) }) else {
      return ([], .zero)
    }
    return (faults.spoil(content, to: request, of: line), faults.delay)
  }
}

/// Framed sensors, of which each speaks by itself or when it is asked.
struct FramedStations: SimulatedStations {
  /// A message that comes by itself.
  private struct Message {
    var sensor: SimulatedSensor
    var message: Int
    var due: Instant
  }

  let requests: RequestStream
  private let sensors: [SimulatedSensor]
  private let transmission: TransmissionTime?
  private let start: Instant
  private var messages: [Message]
  /// When the last message that came by itself is through, unless a fault made it late.
  private var freeAt: Instant

  /// Gathers them.
  ///
  /// - Parameters:
  ///   - transmission: How long bytes take; nil where they take no time.
  ///   - start: When the simulation began.
  init(_ sensors: [SimulatedSensor], transmission: TransmissionTime?, start: Instant) {
    self.sensors = sensors
    self.transmission = transmission
    self.start = start
    freeAt = start
    requests = RequestStream(texts: sensors.flatMap(\.line.messages).map(\.requestBytes))
    messages = sensors.flatMap { sensor in
      sensor.line.messages.indices.filter { sensor.line.messages[$0].request.isEmpty }
        .map { Message(sensor: sensor, message: $0, due: start) }
    }
  }

  func answers(to request: RequestStream.Request) -> [Transmission] {
    sensors.flatMap { sensor in
      sensor.line.messages.indices
        .filter { sensor.line.messages[$0].requestBytes == request.frame }
        .map { message in
          let (bytes, delay) = sensor.frame(
            of: message, request: request.frame, at: request.end - start)
          return Transmission(
            device: sensor.id, request: request, bytes: bytes,
            start: request.end + sensor.responseDelay + delay)
        }
    }
  }

  var nextMessage: Instant? { messages.map(\.due).min() }

  mutating func messages(at now: Instant) -> [Transmission] {
    var transmissions: [Transmission] = []
    for index in messages.indices where messages[index].due <= now {
      let (sensor, message) = (messages[index].sensor, messages[index].message)
      let interval = sensor.interval.nanoseconds
      // Where the machine is late, or much faster than the field, the newest of them is enough.
      let passed = (now - start).nanoseconds / interval
      let due = start + TimeSpan(nanoseconds: passed * interval)
      messages[index].due = due + sensor.interval
      // What does not fit onto the line any more is not said.
      guard freeAt < messages[index].due else { continue }
      let (bytes, delay) = sensor.frame(of: message, request: [], at: due - start)
      let slot = max(due, freeAt)
      if !bytes.isEmpty { freeAt = slot + (transmission?.time(bytes: bytes.count) ?? .zero) }
      transmissions.append(Transmission(device: sensor.id, bytes: bytes, start: slot + delay))
    }
    return transmissions
  }
}
