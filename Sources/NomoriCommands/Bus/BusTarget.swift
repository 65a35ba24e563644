internal import ArgumentParser
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

/// A bus as somebody types it: the path of a serial port, `HOST:PORT` for Modbus TCP, or
/// `rtu:HOST:PORT` for a serial server that passes RTU frames on unchanged.
enum BusTarget: Hashable {
  case serial(path: String)
  case tcp(host: String, port: UInt16)
  case rtuOverTCP(host: String, port: UInt16)

  /// What a target looks like, for help.
  static let help =
    "A serial port, HOST:PORT (Modbus TCP), or rtu:HOST:PORT (serial server)"

  /// Reads a target.
  ///
  /// - Throws: `ExitCode` 64 where it is none.
  init(_ text: String, _ language: Language) throws {
    guard let target = Self(text) else {
      throw refusal(
        language,
        "\(text): expected the path of a serial port, HOST:PORT (Modbus TCP) or rtu:HOST:PORT "
          + "(serial server)",
        "\(text): シリアルポートのパス、HOST:PORT（Modbus TCP）または rtu:HOST:PORT"
          + "（シリアルサーバー）が必要です")
    }
    self = target
  }

  /// Reads a target; nil where it is none.
  init?(_ text: String) {
    if text.hasPrefix("/") || text.hasPrefix("./") {
      self = .serial(path: text)
      return
    }
    // A host of that name is meant where no further colon follows.
    if text.hasPrefix("rtu:"), case .tcp(let host, let port) = Self(String(text.dropFirst(4))) {
      self = .rtuOverTCP(host: host, port: port)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
      port > 0
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, !host.contains("/") else { return nil }
    self = .tcp(host: String(host), port: port)
  }

  /// The bus, with the line settings that a serial port is to have or a serial server has.
  func link(_ settings: SerialSettings) -> Link {
    switch self {
    case .serial(let path): .serial(path: path, settings)
    case .tcp(let host, let port): .tcp(host: host, port: port)
    case .rtuOverTCP(let host, let port): .rtuOverTCP(host: host, port: port, settings)
    }
  }
}

extension Link {
  /// The unit addresses that one device can have: on a serial line those of Modbus over Serial Line
  /// V1.02, section 2.2, where 0 speaks to all at once; over TCP also 0 and 255, the server itself. What
  /// is between them is reserved.
  var units: [ClosedRange<UInt8>] { transmission == nil ? [0...247, 255...255] : [1...247] }

  /// The unit address, which one device must be able to have.
  ///
  /// - Throws: `ExitCode` 64 where none can.
  func checked(unit: UInt8, _ language: Language) throws -> UInt8 {
    guard units.contains(where: { $0.contains(unit) }) else {
      throw refusal(
        language, "unit \(unit): expected \(units.text(.en))",
        "ユニット \(unit): \(units.text(.ja)) が必要です")
    }
    return unit
  }
}

extension [ClosedRange<UInt8>] {
  /// `0 to 247 or 255`.
  func text(_ language: Language) -> String {
    map { range in
      range.count == 1
        ? "\(range.lowerBound)"
        : language.pick(
          "\(range.lowerBound) to \(range.upperBound)", "\(range.lowerBound)〜\(range.upperBound)")
    }.joined(separator: language.pick(" or ", "、"))
  }
}

/// A whole number from 0 to 65535, decimal or hexadecimal with `0x`; nil for anything else.
func wordNumber(_ text: some StringProtocol) -> UInt16? {
  if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt16(text.dropFirst(2), radix: 16) }
  return UInt16(text)
}

/// Says what is wrong with what was typed, and gives the exit code for it.
func refusal(_ language: Language, _ english: String, _ japanese: String) -> ExitCode {
  complain("nomori: " + language.pick(english, japanese))
  return .validationFailure
}
