internal import ArgumentParser
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

/// The parities, as they are typed.
enum ParityName: String, ExpressibleByArgument, CaseIterable {
  case none
  case even
  case odd

  var parity: SerialSettings.Parity {
    switch self {
    case .none: .none
    case .even: .even
    case .odd: .odd
    }
  }
}

/// The settings of a serial line, as options.
struct LineOptions: ParsableArguments {
  @Option(help: "Bits per second; by default the profile's, or 9600.")
  var baud: UInt32?

  @Option(help: "none, even or odd; by default the profile's, or none.")
  var parity: ParityName?

  @Option(help: "1 or 2; by default the profile's, or 1.")
  var stopBits: UInt8?

  /// What most devices leave the factory with.
  static var usual: SerialSettings { SerialSettings(baud: 9600, parity: .none, stopBits: 1) }

  /// The settings: those given, then those of `profile`, then 9600 8N1.
  func settings(_ profile: DeviceProfile? = nil) -> SerialSettings {
    let usual = profile?.serial ?? Self.usual
    return SerialSettings(
      baud: baud ?? usual.baud, parity: parity?.parity ?? usual.parity,
      stopBits: stopBits ?? usual.stopBits)
  }

  mutating func validate() throws {
    guard baud != 0 else { throw ValidationError("--baud 0: expected bits per second") }
    guard (1...2).contains(stopBits ?? 1) else {
      throw ValidationError("--stop-bits \(stopBits ?? 0): expected 1 or 2")
    }
  }
}

/// What is read or written, and how its device is reached, as options.
struct DeviceOptions: ParsableArguments {
  @Option(help: "The site file; its points and outputs are named instead of a bus.")
  var site: String?

  @Option(help: "The device's profile, such as keller/36xiw.")
  var profile: String?

  @Option(help: "Without a profile: holding, input, coil or discrete.")
  var table = TableName.holding

  @Option(help: "Modbus unit address; by default the profile's.")
  var unit: UInt8?

  @OptionGroup var line: LineOptions

  @Option(help: "Milliseconds to wait for an answer; by default as long as the profile says.")
  var timeout: UInt16?

  /// How long to wait for an answer; nil: as long as the profile says.
  var wait: TimeSpan? { timeout.map { .milliseconds(Int64($0)) } }
}

/// The tables, as they are typed.
enum TableName: String, ExpressibleByArgument, CaseIterable {
  case holding
  case input
  case coil
  case discrete

  var table: RegisterTable {
    switch self {
    case .holding: .holdingRegister
    case .input: .inputRegister
    case .coil: .coil
    case .discrete: .discreteInput
    }
  }
}
