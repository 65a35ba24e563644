internal import DetectionCore
internal import DeviceProfiles
internal import FieldSimulation
internal import LinuxHost
internal import Polling
internal import Synchronization

/// A bus without wires: what a master sends reaches the device that it addresses when its last bit
/// is through, and each byte that a device sends reaches the masters when it would on a real line.
/// Over TCP bytes take no time; the devices' response delay remains. On a serial line only a master
/// that has set its port to the line's rate and parity hears and is heard.
final class SimulatedBus: Sendable {
  /// What every bus of a field shares.
  struct Setting: Sendable {
    /// In whose time bytes travel.
    var clock: HostClock
    /// When the simulation began.
    var start: Instant
    /// What goes wrong with ports.
    var faults: FaultScript
    /// Ends `run`.
    var stop: StopFlag
    /// Told of each request that a device heard.
    var observer: (@Sendable (SimulatedExchange) -> Void)?

    var time: TimeSpan { clock.now - start }
  }

  /// How masters reach it.
  let address: SimulatedAddress
  private let id: String
  private let stations: @Sendable () -> any SimulatedStations
  private let line: SerialSettings?
  private let transmission: TransmissionTime?
  private let setting: Setting
  private let firstPort: Mutex<SimulatedPort?>

  /// Makes a bus; its port is there at once.
  ///
  /// - Parameters:
  ///   - id: Its id in the site file.
  ///   - line: The settings of a serial line; nil over TCP.
  ///   - transmission: How long bytes take; nil where they take no time, over TCP.
  ///   - address: Where masters find it.
  ///   - stations: Makes those who are on it, on the bus's own thread.
  init(
    id: String, line: SerialSettings?, transmission: TransmissionTime?,
    address: SimulatedAddress, setting: Setting,
    stations: @escaping @Sendable () -> any SimulatedStations
  ) throws(HostError) {
    let port = try address.open()
    self.address =
      if case .listener(let listener) = port { .socket(port: listener.port) } else { address }
    self.id = id
    self.stations = stations
    self.line = line
    self.transmission = transmission
    self.setting = setting
    firstPort = Mutex(port)
  }

  /// Carries bytes until the simulation stops.
  func run() {
    var stations = stations()
    var port = firstPort.withLock { $0.take() }
    var channels = port.map { self.channels(of: $0, stations) } ?? []
    while !setting.stop.isRaised {
      follow(&port, &channels, stations)
      let now = setting.clock.now
      for transmission in stations.messages(at: now) { say(transmission, on: channels) }
      for channel in channels {
        for request in channel.advance(to: now) { answer(request, &stations, on: channel) }
      }
      listen(port, &channels, &stations)
    }
    address.remove()
  }

  /// Lets the port go and come back as the script wants it.
  private func follow(
    _ port: inout SimulatedPort?, _ channels: inout [Channel], _ stations: any SimulatedStations
  ) {
    let isGone = setting.faults.isPortGone(ofBus: id, at: setting.time)
    if isGone, port != nil {
      address.remove()
      port = nil
      channels = []
    } else if !isGone, port == nil, let opened = try? address.open() {
      port = opened
      channels = self.channels(of: opened, stations)
    }
  }

  /// Waits until something comes or has to be sent, and takes in what came.
  private func listen(
    _ port: SimulatedPort?, _ channels: inout [Channel], _ stations: inout any SimulatedStations
  ) {
    let clock = setting.clock
    let now = clock.now
    var wake = channels.compactMap { $0.next(after: now, lump: lump) }.min()
    if let message = stations.nextMessage {
      // No sooner than bytes are handed over: much faster than the field, messages come in crowds.
      let next = max(message, setting.clock.speed == 1 ? message : now + lump)
      wake = min(wake ?? next, next)
    }
    if let change = setting.faults.nextPortChange(ofBus: id, after: setting.time) {
      wake = min(wake ?? setting.start + change, setting.start + change)
    }
    let wait = wake.map { min(clock.realTime(until: $0), Self.longestWait) } ?? Self.longestWait
    var sources = channels.map(\.descriptor)
    if case .listener(let listener) = port { sources.append(listener.descriptor) }
    for index in readable(sources, timeout: wait).reversed() {
      if index == channels.count {
        if case .listener(let listener) = port, let peer = listener.accept() {
          channels.append(Channel(peer, transmission, stations.requests))
        }
      } else if let requests = channels[index].receive(at: clock.now) {
        for request in requests { answer(request, &stations, on: channels[index]) }
      } else if case .listener = port {
        channels.remove(at: index)
      }
    }
  }

  private func answer(
    _ request: RequestStream.Request, _ stations: inout any SimulatedStations, on channel: Channel
  ) {
    for transmission in stations.answers(to: request) { say(transmission, on: [channel]) }
  }

  /// Sends what a device says to those who listen.
  private func say(_ transmission: Transmission, on channels: [Channel]) {
    var end: Instant?
    if !transmission.bytes.isEmpty {
      for channel in channels where channel.isUnderstood {
        end = channel.send(transmission.bytes, at: transmission.start)
      }
    }
    let heard =
      transmission.request.map { ($0.start, $0.end) } ?? (transmission.start, transmission.start)
    setting.observer?(
      SimulatedExchange(
        bus: id, device: transmission.device, request: transmission.request?.frame ?? [],
        answer: transmission.bytes, start: heard.0 - setting.start, heard: heard.1 - setting.start,
        end: end.map { $0 - setting.start }))
  }

  private func channels(of port: SimulatedPort, _ stations: any SimulatedStations) -> [Channel] {
    guard case .terminal(let terminal) = port else { return [] }
    return [
      Channel(terminal.master, transmission, stations.requests) { [line] in
        terminal.isSet(to: line)
      }
    ]
  }

  /// Bytes on their way to a master are handed over together when they arrive within 2 ms: as late
  /// as a good serial adapter does it, and well within any time-out.
  private var lump: TimeSpan {
    TimeSpan(nanoseconds: Int64(2_000_000 * setting.clock.speed))
  }

  /// The longest sleep, so that the end of the simulation is seen.
  private static let longestWait = TimeSpan.milliseconds(100)
}

/// One connection to masters: all of them on a serial line, one over TCP.
private final class Channel {
  let descriptor: OwnedDescriptor
  private let transmission: TransmissionTime?
  private let isSet: () -> Bool
  private var requests: RequestStream
  private var answers: [TimedAnswer] = []
  private var buffer = [UInt8](repeating: 0, count: 512)

  init(
    _ descriptor: OwnedDescriptor, _ transmission: TransmissionTime?, _ requests: RequestStream,
    isSet: @escaping () -> Bool = { true }
  ) {
    self.descriptor = descriptor
    self.transmission = transmission
    self.isSet = isSet
    self.requests = requests
  }

  /// True where the master's port is set as the line is.
  var isUnderstood: Bool { isSet() }

  /// Takes in what came; nil when the master is gone. At other settings than the line's nobody
  /// understands it.
  func receive(at now: Instant) -> [RequestStream.Request]? {
    guard let count = descriptor.read(into: &buffer, timeoutMs: 0) else { return nil }
    guard isUnderstood else { return [] }
    return requests.receive(buffer[..<count], at: now) { transmission?.time(bytes: $0) ?? .zero }
  }

  /// Plans an answer, and says when its last bit will be through.
  func send(_ bytes: [UInt8], at start: Instant) -> Instant {
    let answer = TimedAnswer(bytes, start: start) { [transmission] in
      transmission?.time(bytes: $0) ?? .zero
    }
    answers.append(answer)
    return answer.end
  }

  /// Hands the master what has arrived; a request that the inter-frame delay ended is returned.
  func advance(to now: Instant) -> [RequestStream.Request] {
    for index in answers.indices {
      let bytes = answers[index].arrived(by: now)
      // A master that has gone or does not read loses what it was sent, as on a real line.
      if !bytes.isEmpty { try? descriptor.write(bytes) }
    }
    answers.removeAll(where: \.isOver)
    return requests.flush(at: now).map { [$0] } ?? []
  }

  /// When `advance` has something to do.
  func next(after now: Instant, lump: TimeSpan) -> Instant? {
    (answers.map { $0.next(after: now, lump: lump) } + [requests.deadline].compactMap(\.self)).min()
  }
}

extension PseudoTerminal {
  /// True where the other side has set its port to this rate and parity. Stop bits make no difference:
  /// a receiver looks at the first one only.
  fileprivate func isSet(to settings: SerialSettings?) -> Bool {
    guard let settings, let line else { return true }
    let parity: SerialSettings.Parity =
      switch line.parity {
      case .none: .none
      case .odd: .odd
      case .even: .even
      }
    return line.baud == settings.baud && parity == settings.parity
  }
}
