public import DetectionCore
public import DeviceProfiles

/// What a scan asks of an unknown bus, and in which order.
///
/// The factory settings of known devices come first; then each unit address at each line setting,
/// likely addresses before others.
public struct ScanPlan: Sendable {
  /// The line settings to try, likeliest first; over TCP the only one is nil.
  public let lines: [SerialSettings?]
  /// The unit addresses to try, likely ones and the rest.
  public let units: (likely: [UInt8], rest: [UInt8])
  /// What each unit is asked: any answer will do, an exception too.
  public let questions: [RegisterSpan]
  /// The devices that may be recognised.
  public let profiles: [DeviceProfile]
  /// How long to wait for a device of which nothing is known.
  public let timeout: TimeSpan
  /// True where line settings are tried even after something was found at others.
  public let isThorough: Bool

  /// As long as nearly every field device needs to answer, with the 16 ms for which USB adapters
  /// hold bytes back.
  public static var usualTimeout: TimeSpan { .milliseconds(200) }
  /// Addresses that installers give.
  public static var usualUnits: ClosedRange<UInt8> { 1...10 }
  /// The unit addresses of Modbus over Serial Line V1.02, section 2.2; 0 speaks to all at once.
  public static var allUnits: ClosedRange<UInt8> { 1...247 }
  /// The rates that field devices are set to, most usual first.
  public static var usualRates: [UInt32] {
    [9600, 19200, 115_200, 4800, 38400, 57600, 2400, 1200]
  }

  /// Plans the scan of a serial line.
  ///
  /// - Parameters:
  ///   - rates: The rates to try; nil for those of the profiles and the usual ones.
  ///   - parities: The parities to try; nil for all.
  ///   - units: The unit addresses to try; nil for all.
  ///   - profiles: The devices that may be recognised.
  ///   - timeout: How long to wait for a device of which nothing is known.
  ///   - isThorough: Whether line settings are tried even after something was found at others.
  public init(
    rates: [UInt32]? = nil, parities: [SerialSettings.Parity]? = nil, units: [UInt8]? = nil,
    profiles: [DeviceProfile], timeout: TimeSpan = Self.usualTimeout, isThorough: Bool = false
  ) {
    let serial = profiles.filter { $0.serial != nil && $0.line == nil }
    let known = serial.compactMap(\.serial).filter {
      rates?.contains($0.baud) ?? true && parities?.contains($0.parity) ?? true
    }
    var lines: [SerialSettings] = []
    // Stop bits cannot be told apart by asking: a receiver looks at the first one only.
    func add(_ line: SerialSettings) {
      if !lines.contains(where: { $0.sounds(like: line) }) { lines.append(line) }
    }
    let counted = known.map { line in (line, known.filter { $0.sounds(like: line) }.count) }
    for (line, _) in counted.sorted(by: { $0.1 > $1.1 }) { add(line) }
    for parity in parities ?? [.none, .even, .odd] {
      for rate in rates ?? Self.usualRates {
        add(SerialSettings(baud: rate, parity: parity, stopBits: 1))
      }
    }
    self.init(
      lines: lines, units: units ?? Array(Self.allUnits), profiles: serial, timeout: timeout,
      isThorough: isThorough)
  }

  /// Plans the scan of a Modbus TCP server, behind which there may be several units.
  ///
  /// - Parameters:
  ///   - units: The unit addresses to try; nil for all, and 255, which means the server itself.
  ///   - profiles: The devices that may be recognised.
  ///   - timeout: How long to wait for a device of which nothing is known.
  public init(
    tcpUnits units: [UInt8]?, profiles: [DeviceProfile], timeout: TimeSpan = Self.usualTimeout
  ) {
    self.init(
      lines: [nil], units: units ?? [255] + Array(Self.allUnits),
      profiles: profiles.filter { $0.serial == nil && $0.line == nil }, timeout: timeout,
      isThorough: false)
  }

  private init(
    lines: [SerialSettings?], units: [UInt8], profiles: [DeviceProfile], timeout: TimeSpan,
    isThorough: Bool
  ) {
    self.lines = lines
    let likely = units.filter { unit in
      unit == 255 || Self.usualUnits.contains(unit)
        || profiles.contains { $0.defaultUnit == unit }
    }
    self.units = (likely, units.filter { !likely.contains($0) })
    questions = [
      RegisterSpan(table: .holdingRegister, address: 0, count: 1),
      RegisterSpan(table: .inputRegister, address: 0, count: 1),
    ]
    self.profiles = profiles
    self.timeout = timeout
    self.isThorough = isThorough
  }

  /// True where the unit address may be asked.
  func allows(_ unit: UInt8) -> Bool { units.likely.contains(unit) || units.rest.contains(unit) }

  /// The index of the line settings that `profile` leaves the factory with, or nil where they are
  /// not tried.
  func line(of profile: DeviceProfile) -> Int? {
    lines.firstIndex { line in
      guard let line, let factory = profile.serial else { return profile.serial == nil }
      return line.sounds(like: factory)
    }
  }
}

extension SerialSettings {
  /// True where a device set to one of them understands the other.
  fileprivate func sounds(like other: SerialSettings) -> Bool {
    baud == other.baud && parity == other.parity
  }
}
