internal import Delivery
internal import DeviceProfiles
internal import Polling

// How a bus is reached: one of the keys `serial`, `tcp`, `rtuOverTcp`, `rawTcp`.

struct SerialKeys: Keys {
  let port = Key("port", .path)
  let settings = PortSettingsKeys()
  let rs485 = Key(optional: "rs485", .section(TransmitterKeys.self))
}

struct TransmitterKeys: Keys {
  let rtsOnSend = Key("rtsOnSend", .word(["high", "low"]))
  /// The kernel takes at most 100 ms.
  let delayBefore = Key("delayBefore", .milliseconds(0...100), default: 0)
  let delayAfter = Key("delayAfter", .milliseconds(0...100), default: 0)
}

struct NetworkKeys: Keys {
  let host = Key("host", .text)
  let port = Key("port", .port, default: 502)
}

struct SerialServerKeys: Keys {
  let host = Key("host", .text)
  let port = Key("port", .port)
  /// That of the line behind the server, which this machine does not have to be able to set.
  let baud = Key("baud", .integer(300...4_000_000))
  let character = CharacterKeys()
}

struct RawServerKeys: Keys {
  let host = Key("host", .text)
  let port = Key("port", .port)
}

extension SiteReader {
  /// What stands in the file.
  struct ReadLink {
    var link: Link
    /// How the driver switches the transmitter of a serial line.
    var transmitter: TransmitterControl?

    /// The port's path, or `host:port`.
    var name: String { link.name }

    /// True where Modbus requests can be sent through it.
    var carriesModbus: Bool {
      switch link {
      case .serial, .tcp, .rtuOverTCP: true
      case .rawTCP: false
      }
    }

    /// True where bytes pass as they are.
    var carriesBytes: Bool {
      switch link {
      case .serial, .rawTCP: true
      case .tcp, .rtuOverTCP: false
      }
    }
  }

  /// The link of a bus and the node that it was read from; nil where there is none, or none that
  /// can be read.
  func readLink(_ bus: Section<BusKeys>) -> (node: YAMLNode?, link: ReadLink?) {
    let given = [
      bus.serial.map { ($0.node, Self.readSerial($0)) },
      bus.tcp.map { ($0.node, Self.readNetwork($0).map { ReadLink(link: $0) }) },
      bus.rtuOverTcp.map { ($0.node, Self.readSerialServer($0).map { ReadLink(link: $0) }) },
      bus.rawTcp.map { ($0.node, Self.readRawServer($0).map { ReadLink(link: $0) }) },
    ].compactMap(\.self)
    let keys = ["serial", "tcp", "rtuOverTcp", "rawTcp"]
    guard let (node, link) = given.first else {
      bus.node.report(
        expected: both(
          "a bus with one of \(keys.joined(separator: ", "))",
          "\(keys.joined(separator: "、")) のいずれかのあるバス"))
      return (nil, nil)
    }
    for (second, _) in given.dropFirst() {
      second.report(
        expected: both(
          "only one of \(keys.joined(separator: ", "))",
          "\(keys.joined(separator: "、")) のうち一つだけ"))
    }
    return (node, link)
  }

  private static func readSerial(_ section: Section<SerialKeys>) -> ReadLink? {
    let port = section.port
    let settings = section.settings.settings
    let transmitter = section.rs485.map(readTransmitter)
    if let port, port.isNumberedAdapter {
      section.node(\.port)?.report(
        .warning,
        expected: both(
          "a path that stays the same when adapters are plugged in again, such as one below "
            + "/dev/serial/by-id or /dev/serial/by-path",
          "抜き差ししても変わらないパス (例: /dev/serial/by-id や /dev/serial/by-path の下)"))
    }
    guard let port, let settings else { return nil }
    return ReadLink(link: .serial(path: port, settings), transmitter: transmitter ?? nil)
  }

  private static func readTransmitter(
    _ section: Section<TransmitterKeys>
  ) -> TransmitterControl? {
    let level = section.rtsOnSend
    let before = section.delayBefore
    let after = section.delayAfter
    return level.map {
      TransmitterControl(isHighOnSend: $0 == "high", delayBeforeMs: before, delayAfterMs: after)
    }
  }

  private static func readNetwork(_ section: Section<NetworkKeys>) -> Link? {
    let host = section.host
    let port = section.port
    return host.map { .tcp(host: $0, port: UInt16(port)) }
  }

  /// The settings are those of the line behind the server: they say how long its frames take.
  private static func readSerialServer(_ section: Section<SerialServerKeys>) -> Link? {
    let host = section.host
    let port = section.port
    let settings = section.character.settings(baud: section.baud)
    guard let host, let port, let settings else { return nil }
    return .rtuOverTCP(host: host, port: UInt16(port), settings)
  }

  private static func readRawServer(_ section: Section<RawServerKeys>) -> Link? {
    let host = section.host
    let port = section.port
    guard let host, let port else { return nil }
    return .rawTCP(host: host, port: UInt16(port))
  }
}

extension SerialSettings {
  /// As printed on devices: `9600 8N1`.
  var written: String {
    let letter =
      switch parity {
      case .none: "N"
      case .even: "E"
      case .odd: "O"
      }
    return "\(baud) 8\(letter)\(stopBits)"
  }
}

extension String {
  /// True for names that a USB adapter gets by the order of plugging in: `/dev/ttyUSB0`.
  fileprivate var isNumberedAdapter: Bool {
    ["/dev/ttyUSB", "/dev/ttyACM"].contains { prefix in
      hasPrefix(prefix) && dropFirst(prefix.count).allSatisfy(\.isNumber)
    }
  }
}
