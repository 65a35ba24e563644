extension BusFault {
  /// Those that carry no number.
  private static let plain: [(code: String, fault: BusFault)] = [
    ("timeout", .timeout), ("badChecksum", .badChecksum), ("unexpectedAnswer", .unexpectedAnswer),
    ("wrongUnit", .wrongUnit), ("notVerified", .notVerified), ("wrongDevice", .wrongDevice),
    ("babble", .lineNeverIdle), ("portNotFound", .portUnavailable(.notFound)),
    ("portPermissionDenied", .portUnavailable(.permissionDenied)),
    ("portInUse", .portUnavailable(.inUse)), ("portNotSerial", .portUnavailable(.notASerialLine)),
    ("portSettings", .portUnavailable(.unsupportedSettings)),
    ("portNoDirectionControl", .portUnavailable(.noDirectionControl)),
    ("portRefused", .portUnavailable(.refused)),
    ("portUnreachable", .portUnavailable(.unreachable)),
  ]

  /// The fault in a word, and its number where it has one: `timeout`, `exception 2`, `portLost 5`.
  public var code: String {
    switch self {
    case .exception(let number): "exception \(number)"
    case .portLost(let number): "portLost \(number)"
    case .portUnavailable(.other(let number)): "portUnavailable \(number)"
    case .timeout, .badChecksum, .unexpectedAnswer, .wrongUnit, .notVerified, .wrongDevice,
      .lineNeverIdle, .portUnavailable:
      Self.plain.first { $0.fault == self }?.code ?? ""
    }
  }

  /// The fault with this code; nil where there is none.
  public init?(code: String) {
    if let plain = Self.plain.first(where: { $0.code == code }) {
      self = plain.fault
      return
    }
    let parts = code.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch (parts[0], UInt8(parts[1]), Int32(parts[1])) {
    case ("exception", let number?, _): self = .exception(number)
    case ("portLost", _, let number?): self = .portLost(number)
    case ("portUnavailable", _, let number?): self = .portUnavailable(.other(number))
    default: return nil
    }
  }
}
