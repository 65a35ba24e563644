import DetectionCore
import DeviceProfiles
import Polling
import Testing

@Suite struct TransmissionTimeTests {
  static let twoRegisters = BusRequest.read(
    RegisterSpan(table: .holdingRegister, address: 2, count: 2))

  @Test func readOfTwoRegistersAt9600TakesSeventeenBytes() {
    let line = TransmissionTime(serial: SerialSettings(baud: 9600, parity: .none, stopBits: 1))
    #expect(Self.twoRegisters.requestBytes == 8)
    #expect(Self.twoRegisters.answerBytes == 9)
    // 8 * 10 bits / 9600 = 8.333… ms; 9 * 10 / 9600 = 9.375 ms; 35 bits / 9600 = 3.645833… ms.
    #expect(line.time(request: Self.twoRegisters).nanoseconds == 8_333_334)
    #expect(line.time(answerTo: Self.twoRegisters).nanoseconds == 9_375_000)
    #expect(line.interFrameDelay.nanoseconds == 3_645_834)
    let whole = line.transaction(Self.twoRegisters, responseDelay: .milliseconds(5))
    #expect(whole.nanoseconds == 8_333_334 + 5_000_000 + 9_375_000 + 3_645_834)
  }

  @Test func parityAndStopBitsLengthenTheByte() {
    let line = TransmissionTime(serial: SerialSettings(baud: 19200, parity: .even, stopBits: 1))
    // 11 bits a byte; 38.5 bits of delay at 19200 baud.
    #expect(line.time(bytes: 1).nanoseconds == 572_917)
    #expect(line.interFrameDelay.nanoseconds == 2_005_209)
  }

  @Test func theInterFrameDelayIsFixedAbove19200() {
    for baud: UInt32 in [38400, 115_200, 921_600] {
      let line = TransmissionTime(serial: SerialSettings(baud: baud, parity: .none, stopBits: 2))
      #expect(line.interFrameDelay.nanoseconds == 1_750_000)
    }
  }

  @Test func guardTimeReplacesAShorterSilence() {
    let line = TransmissionTime(serial: SerialSettings(baud: 115_200, parity: .none, stopBits: 1))
    let plain = line.transaction(Self.twoRegisters, responseDelay: .zero)
    let guarded = line.transaction(
      Self.twoRegisters, responseDelay: .zero, guardTime: .milliseconds(10))
    #expect(guarded.nanoseconds - plain.nanoseconds == 10_000_000 - 1_750_000)
  }

  @Test(arguments: zip([1, 8, 9, 2000] as [UInt16], [6, 6, 7, 255]))
  func bitsArePackedInAnswers(count: UInt16, bytes: Int) {
    let request = BusRequest.read(RegisterSpan(table: .coil, address: 0, count: count))
    #expect(request.answerBytes == bytes)
  }

  @Test func writesAreEchoed() {
    #expect(BusRequest.writeCoil(address: 0, on: true).answerBytes == 8)
    #expect(BusRequest.writeRegister(address: 0, value: 7).answerBytes == 8)
  }
}
