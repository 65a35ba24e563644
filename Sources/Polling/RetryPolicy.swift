import DetectionCore
import DeviceProfiles

// What is done about a fault: the whole table.
//
// | fault                                   | the port or device        | the request                     |
// |-----------------------------------------|---------------------------|---------------------------------|
// | timeout                                 | probed after two in a row | up to three times, then missing |
// | wrong device                            | probed                    | left                            |
// | exceptions 10 and 11                    | probed after two in a row | up to three times, then missing |
// | wrong checksum, unit, function, length  | probed after six in a row | up to three times, then .fail   |
// | does not read back, other exceptions    | -                         | up to three times, then missing |
// | exceptions 1 to 3                       | -                         | its points one by one, or none  |
// | exceptions 5 and 6                      | -                         | again after a pause             |
// | exceptions with a meaning of their own  | -                         | as the profile says             |
// | line never idle, port lost or not there | opened again              | left                            |
//
// A device that sends messages of its own gets no second request for the same sample after a time-out:
// it may be in the midst of an answer that only looks like another.

/// What is done about the port or device that a fault is of.
public enum FaultRecovery: Hashable, Sendable {
  /// The same request again, at most `PollingLimits.triesPerSlot` times in its slot.
  case retryNow
  /// The device is alive and needs time: the same request again after a pause; no error.
  case retryLater
  /// The device does not have this address: its point is left out, the others go on.
  case skipPoint
  /// The device does not answer, or is another one: after a few of these it is only probed, ever more rarely.
  case backOffDevice
  /// The port is closed and opened again after a pause.
  case reopenPort
}

/// What is done about the request that a fault has ended.
enum RequestRetry {
  /// Read its parts one by one, and leave out what the device refuses.
  case split
  /// Read it again after a pause: no error.
  case again(after: TimeSpan)
  /// Read it again at once, so many times in all; after the last its points get this flag.
  case atOnce(tries: Int, last: QualityFlag)
  /// Its points get this flag.
  case give(QualityFlag)
}

extension BusFault {
  /// What is done about the port or device.
  public var recovery: FaultRecovery {
    switch self {
    case .badChecksum, .unexpectedAnswer, .wrongUnit, .notVerified: .retryNow
    case .exception(let code):
      switch code {
      case 1, 2, 3: .skipPoint
      case 5, 6: .retryLater
      // A gateway could not reach the unit (10) or got no answer from it (11).
      case 10, 11: .backOffDevice
      default: .retryNow
      }
    case .timeout, .wrongDevice: .backOffDevice
    case .lineNeverIdle, .portUnavailable, .portLost: .reopenPort
    }
  }

  /// What is done about a request to a Modbus unit.
  ///
  /// - Parameter exceptions: What exceptions mean by its profile.
  func retry(exceptions: [ExceptionMeaning]) -> RequestRetry {
    if case .exception(let code) = self,
      let meaning = exceptions.first(where: { $0.code == code })?.meaning
    {
      return switch meaning {
      case .notReady(let retryMs): .again(after: .milliseconds(Int64(retryMs)))
      case .fault(.missing): .give(.missing)
      case .fault: .give(.fail)
      }
    }
    return switch recovery {
    case .skipPoint: .split
    case .retryLater: .again(after: PollingLimits.notReadyDelay)
    case .retryNow, .backOffDevice, .reopenPort:
      .atOnce(tries: PollingLimits.triesPerSlot, last: isDamage ? .fail : .missing)
    }
  }

  /// How often a message is asked for in all, at once, and the flag that its points get after the last.
  var retryOfMessage: (tries: Int, last: QualityFlag) {
    isDamage ? (PollingLimits.triesPerSlot, .fail) : (1, .missing)
  }

  /// True where an answer came that is not the expected one.
  public var isDamage: Bool {
    switch self {
    case .badChecksum, .unexpectedAnswer, .wrongUnit: true
    case .timeout, .exception, .notVerified, .wrongDevice, .lineNeverIdle, .portUnavailable,
      .portLost:
      false
    }
  }

  /// True where something other than the expected answer was heard, or may still come.
  var leavesLineDirty: Bool { isDamage || self == .timeout }

  /// True where the answer that was waited for may still come. A wrong checksum is most likely its
  /// own.
  var leavesAnswerPending: Bool { leavesLineDirty && self != .badChecksum }

  /// True where the device itself said so, and so is alive.
  var isAnswer: Bool {
    if case .exception = self { return recovery != .backOffDevice }
    return false
  }
}
