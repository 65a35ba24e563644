import CModbus
import Glibc
import Polling

// What libmodbus's error numbers mean; those of opening a port stand in Polling.

extension BusFault {
  /// What a failed libmodbus call on an open port means.
  init(callErrno number: Int32) {
    self =
      switch number {
      case ETIMEDOUT, EAGAIN, EINTR: .timeout
      case errnoOf(CMODBUS_BAD_CRC): .badChecksum
      case errnoOf(CMODBUS_BAD_DATA), errnoOf(CMODBUS_BAD_EXCEPTION),
        errnoOf(CMODBUS_TOO_MUCH_DATA):
        .unexpectedAnswer
      case errnoOf(CMODBUS_BAD_UNIT): .wrongUnit
      case exceptions: .exception(UInt8(number - exceptions.lowerBound + 1))
      default: .portLost(number)
      }
  }
}

/// The error numbers of the Modbus exceptions 1 to 11.
private let exceptions: ClosedRange<Int32> =
  errnoOf(CMODBUS_ILLEGAL_FUNCTION)...errnoOf(CMODBUS_ILLEGAL_FUNCTION) + 10

/// The C enumeration's constant as the number that `errno` holds.
private func errnoOf(_ constant: some BinaryInteger) -> Int32 {
  Int32(truncatingIfNeeded: constant)
}
