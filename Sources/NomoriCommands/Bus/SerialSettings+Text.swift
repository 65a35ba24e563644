internal import DeviceProfiles
internal import Polling

extension SerialSettings {
  /// `8N1`.
  var frame: String {
    let letter = parity == .none ? "N" : parity == .even ? "E" : "O"
    return "8\(letter)\(stopBits)"
  }

  /// `9600 8N1`.
  var text: String { "\(baud) \(frame)" }

  /// The settings for programs.
  struct JSON: Encodable {
    var baud: UInt32
    var parity: String
    var stopBits: UInt8

    init(_ settings: SerialSettings) {
      baud = settings.baud
      parity = settings.parity.rawValue
      stopBits = settings.stopBits
    }
  }
}

extension Link {
  /// The port and, of a serial one, its settings.
  var text: String {
    if let line = transmission { return "\(name) (\(line.serial.text))" }
    return name
  }
}
