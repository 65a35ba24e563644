/// A device model as data: what it measures, where that stands in its registers, and what it needs.
///
/// A profile is described by a file `Devices/<maker>/<model>.yaml` and carries cases that prove it.
/// This module does not read files; it does not ask the time and does not speak to devices.
public struct DeviceProfile: Sendable {
  /// `<maker>/<model>`, as the file's path below `Devices/`.
  public var id: String
  /// The maker's name.
  public var maker: String
  /// The model's name.
  public var model: String
  /// What the device is, in one sentence.
  public var summary: String
  /// Factory line settings; nil for devices that are reached over TCP only.
  public var serial: SerialSettings?
  /// Factory unit address.
  public var defaultUnit: UInt8
  /// Unit addresses with a special meaning for the device, never to be used on a shared bus.
  public var reservedUnits: [UInt8]
  /// What the device accepts in one read.
  public var limits: ReadLimits
  /// How much time it needs.
  public var timing: DeviceTiming
  /// What is done before each reading, in order; empty for devices that measure by themselves.
  public var preparation: [SampleTriggerStep]
  /// Exceptions that mean something else than a wrong request.
  public var exceptions: [ExceptionMeaning]
  /// What proves that the right device is on the line; all must hold.
  public var identity: [IdentityCheck]
  /// Its quantities, each with a unique id; none for a sensor that speaks a protocol of its own.
  public var quantities: [ProfileQuantity]
  /// The protocol of a sensor that does not speak Modbus; nil for Modbus.
  public var line: FramedProtocol?
  /// The quantity that sets after how many seconds of silence the device's outputs go to their
  /// safe state; nil where it has none.
  public var watchdog: String?
  /// Where the facts come from.
  public var provenance: Provenance
  /// The examples that prove the profile.
  public var cases: [ProfileCase]

  /// Makes a profile; what is not given is absent or the default of its type.
  public init(
    id: String, maker: String, model: String, summary: String = "",
    serial: SerialSettings?, defaultUnit: UInt8, reservedUnits: [UInt8] = [],
    limits: ReadLimits = ReadLimits(), timing: DeviceTiming = DeviceTiming(),
    preparation: [SampleTriggerStep] = [], exceptions: [ExceptionMeaning] = [],
    identity: [IdentityCheck] = [], quantities: [ProfileQuantity],
    line: FramedProtocol? = nil, watchdog: String? = nil,
    provenance: Provenance = Provenance(confidence: .unchecked, sources: []),
    cases: [ProfileCase] = []
  ) {
    self.id = id
    self.maker = maker
    self.model = model
    self.summary = summary
    self.serial = serial
    self.defaultUnit = defaultUnit
    self.reservedUnits = reservedUnits
    self.limits = limits
    self.limits.clearing = quantities.filter(\.isClearedByReading).map(\.span)
    self.timing = timing
    self.preparation = preparation
    self.exceptions = exceptions
    self.identity = identity
    self.quantities = quantities
    self.line = line
    self.watchdog = watchdog
    self.provenance = provenance
    self.cases = cases
  }

  /// The quantity `id`, or nil where the profile has none.
  public func quantity(_ id: String) -> ProfileQuantity? { quantities.first { $0.id == id } }

  /// What exception `code` means for this device; nil: the request was wrong.
  public func meaning(ofException code: UInt8) -> ExceptionMeaning.Meaning? {
    exceptions.first { $0.code == code }?.meaning
  }
}

/// One step before a reading.
public struct SampleTriggerStep: Hashable, Sendable {
  /// What is sent.
  public enum Request: Hashable, Sendable {
    /// Writes words (of a coil: 0 or 1), starting at the address.
    case write(table: RegisterTable, address: UInt16, words: [UInt16])
    /// Reads and throws away: some devices take this as a start command.
    case read(RegisterSpan)
    /// Any other request: function code and data, without unit address and CRC.
    case other([UInt8])
  }
  /// What is sent.
  public var request: Request
  /// How long to wait after it.
  public var waitMs: UInt32

  /// Makes a step.
  public init(request: Request, waitMs: UInt32) {
    self.request = request
    self.waitMs = waitMs
  }
}

/// What a device says by a Modbus exception besides "wrong request".
public struct ExceptionMeaning: Hashable, Sendable {
  /// What it says.
  public enum Meaning: Hashable, Sendable {
    /// The value is not ready; ask again after `retryMs`, and count no error.
    case notReady(retryMs: UInt32)
    /// The value has this fault.
    case fault(Fault)
  }
  /// The exception code.
  public var code: UInt8
  /// What it says.
  public var meaning: Meaning

  /// Makes a meaning.
  public init(code: UInt8, meaning: Meaning) {
    self.code = code
    self.meaning = meaning
  }
}

/// One proof that the device on the line is the one of the profile.
public enum IdentityCheck: Hashable, Sendable {
  /// The masked bits of a field are one of `accepted`.
  case field(RawField, mask: UInt64, accepted: [UInt64])
  /// The text that function code 17 (report server id) returns contains this one.
  case serverText(String)

  /// Whether the device proves it; nil where what the check needs is not known.
  ///
  /// - Parameters:
  ///   - registers: What was read of the device.
  ///   - serverText: The text that it answered to function code 17.
  public func holds(in registers: RegisterReader, serverText: String? = nil) -> Bool? {
    switch self {
    case .field(let field, let mask, let accepted):
      field.read(from: registers).map { accepted.contains($0 & mask) }
    case .serverText(let part): serverText.map { $0.contains(part) }
    }
  }
}

/// Where a profile's facts come from and how far they can be trusted.
public struct Provenance: Hashable, Sendable {
  /// How well the facts are founded.
  public enum Confidence: String, Hashable, Sendable, CaseIterable {
    /// Two independent sources agree, such as a manual and a working driver.
    case independent = "A"
    /// Several documents of one maker agree.
    case maker = "B+"
    /// One source.
    case single = "B"
    /// General knowledge that was not checked: try it on the device first.
    case unchecked = "C"
  }
  /// How well the facts are founded.
  public var confidence: Confidence
  /// Public documents, by name, version and location.
  public var sources: [String]
  /// The facts that are less well founded than the rest: to be looked at on the first device.
  public var unverified: [String]

  /// Makes a provenance.
  public init(confidence: Confidence, sources: [String], unverified: [String] = []) {
    self.confidence = confidence
    self.sources = sources
    self.unverified = unverified
  }
}
