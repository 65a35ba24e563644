public import DetectionCore
public import DeviceProfiles
public import LinuxHost
internal import ModbusPort
public import Polling

/// A bus in the hands of a person: opened, asked a few things, closed.
///
/// Made and used on one thread. A serial port is locked while it is open, so that a running
/// gateway is never disturbed.
public struct FieldBus: ~Copyable {
  private var port: ModbusConnection
  private let clock: HostClock
  private var words: [UInt16] = []

  /// Opens the bus that `link` leads to.
  ///
  /// - Parameters:
  ///   - link: How the bus is reached.
  ///   - transmitter: How the driver of a serial port switches its transmitter; nil where the
  ///     hardware does.
  ///   - clock: The machine's clocks.
  /// - Throws: `BusFault.portUnavailable`.
  public init(
    opening link: Link, transmitter: TransmitterControl? = nil, clock: HostClock = HostClock()
  ) throws(BusFault) {
    let preparation = SerialPreparation(transmitter: transmitter)
    var port = ModbusConnection(link: link) { preparation(descriptor: $0) }
    try port.open()
    self.port = port
    self.clock = clock
    words.reserveCapacity(PollingLimits.wordsHeardAtOnce)
  }

  /// How the bus is reached.
  public var link: Link { port.link }

  /// Reads points of one device once.
  ///
  /// - Parameters:
  ///   - points: What is read.
  ///   - unit: The Modbus unit address.
  ///   - device: What is known of the device; nil: it may be asked anything that Modbus allows.
  ///   - timeout: How long to wait for an answer; nil: as long as the device wants.
  ///   - isPrepared: Whether the profile's preparation goes before, which may write.
  /// - Returns: What was learned.
  /// - Throws: `ReadPlanError` for a point that the device's limits forbid to read.
  public mutating func read(
    _ points: [WantedPoint], unit: UInt8, device: DeviceProfile? = nil, timeout: TimeSpan? = nil,
    isPrepared: Bool = false
  ) throws(ReadPlanError) -> OneShotRead {
    var read = try OneShotRead(
      points, unit: unit, device: device, timeout: timeout, isPrepared: isPrepared,
      link: port.link, at: clock.now)
    while let action = read.next(at: clock.now) {
      switch action {
      case .wait(let until): clock.sleep(for: until - clock.now)
      case .perform(let task):
        let outcome = port.perform(task, into: &words)
        read.finished(outcome, words: words, at: clock.now)
      }
    }
    return read
  }

  /// Writes as `request` says, and waits until the device has stored it.
  ///
  /// - Parameters:
  ///   - request: What is written; a read is carried out and thrown away.
  ///   - unit: The Modbus unit address.
  ///   - device: What is known of the device: how long it takes, and how long it is busy afterwards.
  ///   - timeout: How long to wait for an answer; nil: as long as the device wants.
  /// - Throws: `BusFault` of the write; nothing is repeated, because a second write may not be the
  ///   same as one.
  public mutating func write(
    _ request: BusRequest, unit: UInt8, device: DeviceProfile? = nil, timeout: TimeSpan? = nil
  ) throws(BusFault) {
    let timing = device?.timing ?? DeviceTiming()
    let outcome = ask(request, unit: unit, timing: timing, timeout: timeout)
    clock.sleep(for: .milliseconds(Int64(max(timing.afterWriteMs, timing.guardMs ?? 0))))
    if case .failed(let fault) = outcome { throw fault }
  }

  /// What the unit tells of itself by function code 17, report server id; nil where it tells nothing.
  /// Asked once: a device that does not know the function refuses it, or is silent.
  ///
  /// - Parameters:
  ///   - unit: The Modbus unit address.
  ///   - device: What is known of the device.
  public mutating func serverText(unit: UInt8, device: DeviceProfile? = nil) -> String? {
    let timing = device?.timing ?? DeviceTiming()
    let outcome = ask(.serverID, unit: unit, timing: timing)
    if case .failed(let fault) = outcome, fault.recovery != .skipPoint {
      _ = port.perform(.drain(silence: PollingLimits.drainSilence), into: &words)
      return nil
    }
    clock.sleep(for: .milliseconds(Int64(timing.guardMs ?? 0)))
    return outcome == .done ? ServerText.read(words) : nil
  }

  private mutating func ask(
    _ request: BusRequest, unit: UInt8, timing: DeviceTiming, timeout: TimeSpan? = nil
  ) -> BusOutcome {
    clock.sleep(for: port.link.transmission?.silence ?? .zero)
    let sending = port.link.transmission?.time(request: request) ?? .zero
    let wait = timeout ?? .milliseconds(Int64(timing.responseTimeoutMs))
    let transaction = Transaction(
      device: 0, unit: unit, request: request,
      timeout: TimeSpan(nanoseconds: sending.nanoseconds + wait.nanoseconds))
    return port.perform(.transact(transaction), into: &words)
  }
}
