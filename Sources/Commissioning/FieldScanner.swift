internal import DetectionCore
public import DeviceProfiles
public import LinuxHost
internal import ModbusPort
public import Polling

/// Carries out a scan, one probe after another, with the delay between frames that lines need.
public struct FieldScanner: ~Copyable {
  private let link: (SerialSettings?) -> Link
  private let clock: HostClock
  private var port: ModbusConnection?
  /// Where the port leads while it is open.
  private var opened: Link?
  private var words: [UInt16] = []

  /// Prepares to scan.
  ///
  /// - Parameters:
  ///   - clock: The machine's clocks.
  ///   - link: How the bus is reached with line settings; nil over TCP.
  public init(
    clock: HostClock = HostClock(), link: @escaping (_ settings: SerialSettings?) -> Link
  ) {
    self.clock = clock
    self.link = link
    words.reserveCapacity(PollingLimits.wordsHeardAtOnce)
  }

  /// Carries out the next probe of `scan`.
  ///
  /// - Returns: The probe, or nil when the scan has ended.
  /// - Throws: `BusFault` where the port itself cannot be used or is lost; the scan can go on from
  ///   its bookmark once that is mended.
  public mutating func step(_ scan: inout BusScan) throws(BusFault) -> BusScan.Probe? {
    guard let probe = scan.next() else { return nil }
    let link = link(probe.line)
    do throws(BusFault) {
      try open(link)
    } catch {
      guard error == .portUnavailable(.unsupportedSettings) else { throw error }
      scan.finished(.failed(error), words: [], took: .zero)
      return probe
    }
    clock.sleep(for: link.transmission?.interFrameDelay ?? .zero)
    let start = clock.now
    var outcome = BusOutcome.done
    do throws(BusFault) {
      try ask(probe, link: link)
    } catch {
      outcome = .failed(error)
      try settle(error, link: link)
    }
    scan.finished(outcome, words: words, took: clock.now - start)
    return probe
  }

  private mutating func open(_ link: Link) throws(BusFault) {
    guard opened != link else { return }
    port?.close()
    opened = nil
    let preparation = SerialPreparation(transmitter: nil)
    port = ModbusConnection(link: link) { preparation(descriptor: $0) }
    try port?.open()
    opened = link
  }

  private mutating func ask(_ probe: BusScan.Probe, link: Link) throws(BusFault) {
    let sending = link.transmission?.time(request: probe.request) ?? .zero
    let transaction = Transaction(
      device: 0, unit: probe.unit, request: probe.request,
      timeout: TimeSpan(nanoseconds: probe.timeout.nanoseconds + sending.nanoseconds))
    let outcome = port?.perform(.transact(transaction), into: &words)
    if case .failed(let fault) = outcome { throw fault }
  }

  /// What a fault asks of the port before the next probe.
  private mutating func settle(_ fault: BusFault, link: Link) throws(BusFault) {
    if fault.isDamage { try port?.drain(silence: PollingLimits.drainSilence) }
    // Late answers must not be thrown away unheard: they tell of slow units.
    guard fault.recovery == .reopenPort else { return }
    // A server that does not like a request closes the connection: it is made anew.
    guard case .portLost = fault, link.isConnection else { throw fault }
    opened = nil
  }
}
