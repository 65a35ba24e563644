import Polling
import Testing

/// The words by which reports and recordings name faults.
@Suite struct FaultCodeTests {
  @Test(arguments: [
    BusFault.timeout, .badChecksum, .unexpectedAnswer, .wrongUnit, .notVerified, .wrongDevice,
    .lineNeverIdle, .exception(2), .exception(255), .portLost(5), .portUnavailable(.notFound),
    .portUnavailable(.permissionDenied), .portUnavailable(.inUse),
    .portUnavailable(.notASerialLine), .portUnavailable(.unsupportedSettings),
    .portUnavailable(.noDirectionControl), .portUnavailable(.refused),
    .portUnavailable(.unreachable), .portUnavailable(.other(-7)),
  ])
  func aFaultIsKnownByItsCode(_ fault: BusFault) {
    #expect(!fault.code.isEmpty && BusFault(code: fault.code) == fault)
  }

  @Test(arguments: ["", "exception", "exception 256", "portLost x", "timeout 1", "none"])
  func aCodeThatIsNoneIsRefused(_ code: String) {
    #expect(BusFault(code: code) == nil)
  }
}
