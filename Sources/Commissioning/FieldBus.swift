internal import DetectionCore
public import LinuxHost
public import Polling

/// A bus in the hands of a person: opened, asked a few things, closed.
///
/// Made and used on one thread. A serial port is locked while it is open, so that a running
/// gateway is never disturbed.
public struct FieldBus: ~Copyable {
  /// How the bus is reached.
  public let link: Link
  private var port: FieldPort
  private let clock: HostClock
  private var words: [UInt16] = []

  /// Opens a bus, whatever its devices speak.
  ///
  /// - Parameters:
  ///   - plan: How the bus is reached, and what its devices speak.
  ///   - clock: The machine's clocks.
  /// - Throws: `BusFault.portUnavailable`.
  public init(opening plan: BusPlan, clock: HostClock = HostClock()) throws(BusFault) {
    link = plan.link
    port = FieldPort(plan)
    self.clock = clock
    words.reserveCapacity(PollingLimits.wordsHeardAtOnce)
    if case .failed(let fault) = port.perform(.open, into: &words) { throw fault }
  }

  /// Opens a bus of Modbus units.
  ///
  /// - Parameters:
  ///   - link: How the bus is reached.
  ///   - transmitter: How the driver of a serial port switches its transmitter; nil where the
  ///     hardware does.
  /// - Throws: `BusFault.portUnavailable`.
  public init(opening link: Link, transmitter: TransmitterControl? = nil) throws(BusFault) {
    try self.init(
      opening: BusPlan(id: link.name, link: link, devices: [], transmitter: transmitter))
  }

  /// Samples each point of a device once, as its gateway does.
  ///
  /// - Parameters:
  ///   - device: The device; nothing is written but its profile's preparation.
  ///   - write: What is written besides, as its "on" value, in one try.
  /// - Returns: What was learned.
  /// - Throws: `BusPlanError` for a point or a write that the device does not allow.
  public mutating func sample(
    _ device: DevicePlan, writing write: WrittenOutput? = nil
  ) throws(BusPlanError) -> SampleRecord {
    var sample = try SingleSample(of: device, writing: write, link: link, at: clock.now)
    while let action = sample.next(at: clock.now, wallTime: clock.wallTime) {
      switch action {
      case .wait(let until): clock.sleep(for: until - clock.now)
      case .perform(let task):
        var listening = TimeSpan.zero
        if case .listen(let until) = task { listening = clock.realTime(until: until) }
        let outcome = port.perform(task, listening: listening, into: &words)
        sample.finished(outcome, words: words, at: clock.now, wallTime: clock.wallTime)
      }
    }
    if sample.record.portFault != nil { port.close() }
    return sample.record
  }
}
