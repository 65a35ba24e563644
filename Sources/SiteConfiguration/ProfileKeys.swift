internal import Delivery
internal import DeviceProfiles

// The keys of a device profile, one struct a mapping, in the order of docs/device-profiles.md. Those of
// quantities stand in ProfileQuantityKeys, those of sensors with messages of their own in FramedKeys.

/// What every profile says, whatever its device speaks.
struct ProfileHeadKeys: Keys {
  let dialect = Key("protocol", .word(["modbus", framed]), default: "modbus")
  let maker = Key("maker", .text)
  let model = Key("model", .text)
  let summary = Key("summary", .text)
  let provenance = Key("provenance", .section(ProvenanceKeys.self))
  let serial = Key(optional: "serial", .section(PortSettingsKeys.self))
  let timing = Key(optional: "timing", .section(TimingKeys.self))

  private static let framed = "line"

  /// Whether the device has messages of its own.
  static func isFramed(_ root: YAMLNode) -> Bool {
    root.isMappingNode && root.optional("protocol")?.scalarText == framed
  }
}

struct ModbusProfileKeys: Keys {
  let head = ProfileHeadKeys()
  let addressing = Key("addressing", .choice(ProfileAddressing.self))
  let unit = Key("unit", .integer(1...255))
  let reservedUnits = Key(optional: "reservedUnits", .list(of: .integer(0...255)))
  let limits = Key(optional: "limits", .section(LimitsKeys.self))
  let preparation = Key(optional: "preparation", .list(of: .section(PreparationStepKeys.self)))
  let exceptions = Key(optional: "exceptions", .list(of: .section(ExceptionKeys.self)))
  let identity = Key(
    optional: "identity",
    .list(
      of: .later(.either([.section(ServerTextKeys.self), .section(IdentityFieldKeys.self)]))))
  let quantities = Key("quantities", .entries(of: .section(QuantityKeys.self)))
  let watchdog = Key(optional: "watchdog", .later(.form(.quantityID)))
  let cases = Key("cases", .list(of: .section(ModbusCaseKeys.self), 1...1000))
}

struct ProvenanceKeys: Keys {
  let confidence = Key("confidence", .choice(Provenance.Confidence.self))
  let sources = Key("sources", .list(of: .text, 1...100))
  let unverified = Key(optional: "unverified", .list(of: .text))
}

/// The settings of a serial port.
struct PortSettingsKeys: Keys {
  let baud = Key("baud", .baudRate)
  let character = CharacterKeys()
}

/// How a character is sent over a serial line.
struct CharacterKeys: Keys {
  let parity = Key("parity", .choice(SerialSettings.Parity.self))
  let stopBits = Key("stopBits", .integer(1...2))
}

extension Section<PortSettingsKeys> {
  /// The settings; nil where one of them could not be read.
  var settings: SerialSettings? { self.character.settings(baud: self.baud) }
}

extension Section<CharacterKeys> {
  /// The settings of a line at `baud`; nil where one of them could not be read.
  func settings(baud: Int?) -> SerialSettings? {
    let parity = self.parity
    let stopBits = self.stopBits
    guard let baud, let parity, let stopBits else { return nil }
    return SerialSettings(baud: UInt32(baud), parity: parity, stopBits: UInt8(stopBits))
  }
}

struct LimitsKeys: Keys {
  private static let usual = ReadLimits()

  let registers = Key("registers", .integer(1...125), default: Int(usual.maximumRegisters))
  let bits = Key("bits", .integer(1...2000), default: Int(usual.maximumBits))
  let hole = Key("hole", .integer(0...124), default: Int(usual.maximumHole))
  let evenStart = Key("evenStart", .truth, default: usual.evenStart)
  let forbidden = Key(optional: "forbidden", .list(of: .section(SpanKeys.self)))
}

struct TimingKeys: Keys {
  private static let usual = DeviceTiming()

  let responseTimeout = Key(
    "responseTimeout", .milliseconds(), default: usual.responseTimeoutMs)
  let responseDelay = Key(
    "responseDelay", formerly: "turnaround", .milliseconds(), default: usual.responseDelayMs)
  /// 3.5 characters where it is not given.
  let guardTime = Key(optional: "guard", .milliseconds())
  let afterWrite = Key("afterWrite", .milliseconds(), default: usual.afterWriteMs)
  let minimumPeriod = Key("minimumPeriod", .milliseconds(), default: usual.minimumPeriodMs)
  let startup = Key("startup", .milliseconds(), default: usual.startupMs)
  let warmup = Key("warmup", .milliseconds(), default: usual.warmupMs)
}

/// A step of `preparation`: one of three requests, and how long to wait after it.
struct PreparationStepKeys: Keys {
  let write = Key(optional: "write", .section(BlockKeys.self))
  let read = Key(optional: "read", .section(SpanKeys.self))
  let send = Key(optional: "send", .hexBytes)
  let wait = Key("wait", .milliseconds())
}

struct ExceptionKeys: Keys {
  /// The meaning that is no fault.
  static let notReady = "not-ready"

  let code = Key("code", .integer(1...255))
  let means = Key("means", .word([notReady] + Fault.allCases.map(\.rawValue)))
  /// Only and always beside `not-ready`.
  let retry = Key(optional: "retry", .milliseconds())
}

/// A device that is known by what it says of itself.
struct ServerTextKeys: Keys {
  let serverText = Key("serverText", .text)
}

/// A device that is known by what stands in its registers.
struct IdentityFieldKeys: Keys {
  let field = FieldKeys()
  let accept = Key("accept", .list(of: .later(.number(.all)), 1...100))
}

struct PlaceKeys: Keys {
  let table = Key("table", .word(RegisterTable.words))
  let address = Key("address", .later(.form(.address)))
}

struct SpanKeys: Keys {
  let place = PlaceKeys()
  let count = Key("count", .integer(1...65535))
}

struct BlockKeys: Keys {
  let place = PlaceKeys()
  let words = Key("words", .list(of: .later(.integer(0...65535)), 1...125))
}

struct ModbusCaseKeys: Keys {
  let name = Key("name", .text)
  let registers = Key(optional: "registers", .list(of: .section(BlockKeys.self), 1...100))
  let request = Key(optional: "request", .frame)
  let response = Key(optional: "response", .frame)
  let expect = Key(optional: "expect", .entries(of: .either([.number(.all), .text])))
  let write = Key(optional: "write", .entries(of: .number(.all)))
}

struct FramedCaseKeys: Keys {
  let name = Key("name", .text)
  let heard = Key(optional: "heard", .text)
  let heardBytes = Key(optional: "heardBytes", .hexBytes)
  let expect = Key("expect", .entries(of: .either([.number(.all), .text])))
}

extension ClosedRange<Double> {
  /// Every number.
  static let all = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
}

extension Kind where Value == Int {
  /// A baud rate that ports can be set to.
  static var baudRate: Kind {
    let rates = SerialSettings.rates.map { Int($0) }
    return Kind(shape: .integers(rates)) { $0.integer(among: rates) }
  }
}

extension Kind where Value == [UInt8] {
  /// Bytes in hexadecimal.
  static var hexBytes: Kind { Kind(shape: .form(.hex)) { $0.hexBytes() } }
  /// A whole frame of Modbus RTU in hexadecimal.
  static var frame: Kind { Kind(shape: .form(.frame)) { $0.hexBytes() } }
}
