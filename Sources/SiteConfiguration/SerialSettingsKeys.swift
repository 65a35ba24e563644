internal import DeviceProfiles

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

extension Kind where Value == Int {
  /// A baud rate that ports can be set to.
  static var baudRate: Kind {
    let rates = SerialSettings.rates.map { Int($0) }
    return Kind(shape: .integers(rates)) { $0.integer(among: rates) }
  }
}
