package import Polling

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
    case .lineNeverIdle: 6
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
  package var recordedFault: UInt8 {
    if case .failed(let fault) = self { fault.recordedNumber } else { 0 }
  }
}
