internal import Delivery
internal import DeviceProfiles
internal import Polling

// How a bus is reached: one of the keys `serial`, `tcp`, `rtuOverTcp`.
extension SiteReader {
  private static var links: [(key: String, read: (YAMLNode) -> BusLink?)] {
    [("serial", readSerial), ("tcp", readNetwork), ("rtuOverTcp", readSerialServer)]
  }

  /// The link of a bus and the node that it was read from; nil where there is none, or none that
  /// can be read.
  func readLink(_ bus: YAMLNode) -> (node: YAMLNode?, link: BusLink?) {
    let given = Self.links.compactMap { link in bus.optional(link.key).map { ($0, link.read) } }
    let keys = Self.links.map(\.key)
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
