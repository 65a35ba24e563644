internal import Delivery
internal import DeviceProfiles
internal import Polling

// How a bus is reached: one of the keys `serial`, `tcp`, `rtuOverTcp`, `rawTcp`.
extension SiteReader {
  /// What stands in the file; a serial line can be used in two ways.
  enum ReadLink {
    case modbus(BusLink)
    case raw(LineLink)

    /// The port's path, or `host:port`.
    var name: String {
      switch self {
      case .modbus(let link): link.name
      case .raw(let link): link.name
      }
    }

    /// As a Modbus bus.
    var bus: BusLink? {
      if case .modbus(let link) = self { link } else { nil }
    }

    /// As a line of sensors that do not speak Modbus.
    var line: LineLink? {
      switch self {
      case .modbus(.serial(let path, let settings)): .serial(path: path, settings)
      case .modbus: nil
      case .raw(let link): link
      }
    }
  }

  private static var readers: [(key: String, read: (YAMLNode) -> ReadLink?)] {
    [
      ("serial", { readSerial($0).map { .modbus($0) } }),
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

  private static func readSerial(_ node: YAMLNode) -> BusLink? {
    let port = node.required("port")?.absolutePath()
    let settings = readSettings(node)
    node.finish()
    guard let port, let settings else { return nil }
    return .serial(path: port, settings)
  }

  private static func readNetwork(_ node: YAMLNode) -> BusLink? {
    let host = node.string("host")
    let port = node.optional("port")?.integer(in: 1...65_535) ?? 502
    node.finish()
    return host.map { .tcp(host: $0, port: UInt16(port)) }
  }

  /// The settings are those of the line behind the server: they say how long its frames take.
  private static func readSerialServer(_ node: YAMLNode) -> BusLink? {
    let host = node.string("host")
    let port = node.integer("port", in: 1...65_535)
    let settings = readSettings(node)
    node.finish()
    guard let host, let port, let settings else { return nil }
    return .rtuOverTCP(host: host, port: UInt16(port), settings)
  }

  private static func readRawServer(_ node: YAMLNode) -> LineLink? {
    let host = node.string("host")
    let port = node.integer("port", in: 1...65_535)
    node.finish()
    guard let host, let port else { return nil }
    return .tcp(host: host, port: UInt16(port))
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
