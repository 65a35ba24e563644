import DetectionCore
import DeviceProfiles
import ModbusPort
import Polling
import Testing

/// Half of all RS-485 adapters can be wired so that they hear themselves.
@Suite struct EchoTests {
  @Test(arguments: RegisterTable.allCases)
  func anEchoIsNoAnswerToARead(table: RegisterTable) throws {
    for (address, count) in [(0, 1), (2, 1), (0x0200, 1), (0x0401, 2), (0x0100, 1)] {
      let line = try RawLine { request, _ in request }
      var connection = ModbusConnection(link: line.link)
      try connection.open()
      var words: [UInt16] = []
      var fault: BusFault?
      do throws(BusFault) {
        try connection.read(
          unit: 1,
          span: RegisterSpan(table: table, address: UInt16(address), count: UInt16(count)),
          timeout: .milliseconds(200), into: &words)
      } catch { fault = error }
      let known: [BusFault] = [.badChecksum, .unexpectedAnswer, .timeout]
      #expect(fault.map { known.contains($0) } == true, "\(table) \(address): \(words)")
      #expect(words.isEmpty)
    }
  }
}
