public import Polling

extension BusFault {
  /// Those that carry no number.
  private static let plain: [(code: String, fault: BusFault)] = [
    ("timeout", .timeout), ("badChecksum", .badChecksum), ("unexpectedAnswer", .unexpectedAnswer),
    ("wrongUnit", .wrongUnit), ("notVerified", .notVerified), ("wrongDevice", .wrongDevice),
    ("babble", .babble), ("portNotFound", .portUnavailable(.notFound)),
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
    default: Self.plain.first { $0.fault == self }?.code ?? ""
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

// MARK: In recordings

extension BusFault {
  /// The words for the numbers of a recording, from 1 on; they stand in docs/recording.md.
  private static let recordedCodes = [
    "timeout", "badChecksum", "unexpectedAnswer", "wrongUnit", "notVerified", "babble",
    "portUnavailable", "portLost", "wrongDevice",
  ]

  /// The fault's number in a recording.
  fileprivate var recordedNumber: UInt8 {
    switch self {
    case .timeout: 1
    case .badChecksum: 2
    case .unexpectedAnswer: 3
    case .wrongUnit: 4
    case .notVerified: 5
    case .babble: 6
    case .portUnavailable: 7
    case .portLost: 8
    case .wrongDevice: 9
    case .exception(let code): 100 + (code & 0x7f)
    }
  }

  /// The word for a fault's number in a recording: a `code` without the number of a port's error. Nil
  /// for 0, no fault.
  static func recordedCode(_ number: UInt8) -> String? {
    switch number {
    case 0: nil
    case 1...UInt8(recordedCodes.count): recordedCodes[Int(number) - 1]
    case 101...: "exception \(number - 100)"
    default: "\(number)"
    }
  }
}

extension BusOutcome {
  /// The number that a recording gives the fault; 0 for none.
  var recordedFault: UInt8 { if case .failed(let fault) = self { fault.recordedNumber } else { 0 } }
}
