internal import Delivery
internal import DeviceProfiles
internal import Polling

// How a bus is reached: one of the keys `serial`, `tcp`, `rtuOverTcp`, `rawTcp`.
extension SiteReader {
  /// What stands in the file; a serial line can be used in two ways.
  enum ReadLink {
    case serial(Link, TransmitterControl?)
    case modbus(Link)
    case raw(Link)

    /// The port's path, or `host:port`.
    var name: String {
      switch self {
      case .serial(let link, _), .modbus(let link), .raw(let link): link.name
      }
    }

    /// As a Modbus bus.
    var bus: Link? {
      switch self {
      case .serial(let link, _), .modbus(let link): link
      case .raw: nil
      }
    }

    /// As a line of sensors that do not speak Modbus.
    var line: Link? {
      switch self {
      case .serial(let link, _), .raw(let link): link
      case .modbus: nil
      }
    }

    /// How the driver switches the transmitter.
    var transmitter: TransmitterControl? {
      if case .serial(_, let control) = self { control } else { nil }
    }
  }

  private static var readers: [(key: String, read: (YAMLNode) -> ReadLink?)] {
    [
      ("serial", readSerial),
      ("tcp", { readNetwork($0).map { .modbus($0) } }),
      ("rtuOverTcp", { readSerialServer($0).map { .modbus($0) } }),
      ("rawTcp", { readRawServer($0).map { .raw($0) } }),
    ]
  }

  /// The link of a bus and the node that it was read from; nil where there is none, or none that
  /// can be read.
  func readLink(_ bus: YAMLNode) -> (node: YAMLNode?, link: ReadLink?) {
    let given = Self.readers.compactMap { link in bus.optional(link.key).map { ($0, link.read) } }
    let keys = Self.readers.map(\.key)
    guard let (node, read) = given.first else {
      bus.report(
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
    return (node, read(node))
  }

  private static func readSerial(_ node: YAMLNode) -> ReadLink? {
    let portNode = node.required("port")
    let port = portNode?.absolutePath()
    let settings = readSettings(node)
    let transmitter = node.optional("rs485").map(readTransmitter)
    node.finish()
    if let port, port.isNumberedAdapter {
      portNode?.report(
        .warning,
        expected: both(
          "a path that stays the same when adapters are plugged in again, such as one below "
            + "/dev/serial/by-id or /dev/serial/by-path",
          "抜き差ししても変わらないパス (例: /dev/serial/by-id や /dev/serial/by-path の下)"))
    }
    guard let port, let settings else { return nil }
    return .serial(.serial(path: port, settings), transmitter ?? nil)
  }

  /// `{rtsOnSend: high, delayBefore: 1 ms, delayAfter: 0 ms}`.
  private static func readTransmitter(_ node: YAMLNode) -> TransmitterControl? {
    let level = node.required("rtsOnSend")?.choice(["high", "low"])
    let before = node.optional("delayBefore")?.transmitterDelay()
    let after = node.optional("delayAfter")?.transmitterDelay()
    node.finish()
    return level.map {
      TransmitterControl(
        isHighOnSend: $0 == "high", delayBeforeMs: before ?? 0, delayAfterMs: after ?? 0)
    }
  }

  private static func readNetwork(_ node: YAMLNode) -> Link? {
    let host = node.string("host")
    let port = node.optional("port")?.integer(in: 1...65_535) ?? 502
    node.finish()
    return host.map { .tcp(host: $0, port: UInt16(port)) }
  }

  /// The settings are those of the line behind the server: they say how long its frames take.
  private static func readSerialServer(_ node: YAMLNode) -> Link? {
    let host = node.string("host")
    let port = node.integer("port", in: 1...65_535)
    let settings = readSettings(node)
    node.finish()
    guard let host, let port, let settings else { return nil }
    return .rtuOverTCP(host: host, port: UInt16(port), settings)
  }

  private static func readRawServer(_ node: YAMLNode) -> Link? {
    let host = node.string("host")
    let port = node.integer("port", in: 1...65_535)
    node.finish()
    guard let host, let port else { return nil }
    return .rawTCP(host: host, port: UInt16(port))
  }

  private static func readSettings(_ node: YAMLNode) -> SerialSettings? {
    let baud = node.integer("baud", in: 300...4_000_000)
    let parity = node.required("parity")?.choice(SerialSettings.Parity.self)
    let stopBits = node.integer("stopBits", in: 1...2)
    guard let baud, let parity, let stopBits else { return nil }
    return SerialSettings(baud: UInt32(baud), parity: parity, stopBits: UInt8(stopBits))
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

extension YAMLNode {
  /// A delay of an RS-485 transmitter; the kernel takes at most 100 ms.
  fileprivate func transmitterDelay() -> UInt32? {
    guard let delay = milliseconds() else { return nil }
    guard delay <= 100 else {
      report(expected: both("a delay of at most 100 ms", "100 ms 以下の時間"))
      return nil
    }
    return delay
  }
}
