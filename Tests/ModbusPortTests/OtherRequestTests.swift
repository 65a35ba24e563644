import DetectionCore
import DeviceProfiles
import ModbusPort
import Polling
import Testing

/// Requests beyond reads and single writes.
@Suite struct OtherRequestTests {
  /// A write of no registers, by which some probes start to measure.
  static let start: [UInt8] = [0x1C, 0, 0, 0, 0]

  private func fault(_ answer: [UInt8]) throws -> BusFault? {
    let line = try RawLine { _, _ in answer }
    var connection = ModbusConnection(link: line.link)
    var bytes: [UInt16] = []
    try connection.open()
    do throws(BusFault) {
      try connection.send(
        unit: 1, function: 16, data: Self.start, timeout: .milliseconds(200), into: &bytes)
      return nil
    } catch { return error }
  }

  @Test func theRequestGoesOutAsItIs() throws {
    let line = try RawLine { request, _ in
      Array(request.prefix(7)) == [1, 16] + Self.start ? framed([1, 16, 0x1C, 0, 0, 0]) : []
    }
    var connection = ModbusConnection(link: line.link)
    var bytes: [UInt16] = []
    try connection.open()
    try connection.send(
      unit: 1, function: 16, data: Self.start, timeout: .seconds(1), into: &bytes)
    #expect(bytes == [0x1C, 0, 0, 0])
  }

  @Test func answersMustFit() throws {
    #expect(try fault(framed([1, 16, 0x1C, 0, 0, 0])) == nil)
    #expect(try fault(framed([1, 16, 0x1C, 0, 0, 1])) == .unexpectedAnswer)
    #expect(try fault(framed([1, 6, 0x1C, 0, 0, 0])) == .unexpectedAnswer)
    #expect(try fault(framed([2, 16, 0x1C, 0, 0, 0])) == .wrongUnit)
    #expect(try fault(framed([1, 0x90, 2])) == .exception(2))
    #expect(try fault([1, 16, 0x1C, 0, 0, 0, 1, 2]) == .badChecksum)
    #expect(try fault([]) == .timeout)
    #expect(try fault([1, 16, 0x1C]) == .timeout)
  }

  /// A number in the value field of function code 5, and more than any frame holds.
  @Test func aCoilMayTakeANumber() throws {
    let line = try RawLine { request, _ in request }
    var connection = ModbusConnection(link: line.link)
    var bytes: [UInt16] = []
    try connection.open()
    try connection.send(
      unit: 1, function: 5, data: [2, 0, 0, 7], timeout: .seconds(1), into: &bytes)
    #expect(throws: BusFault.unexpectedAnswer) {
      try connection.send(
        unit: 1, function: 16, data: Array(repeating: 0, count: 300), timeout: .seconds(1),
        into: &bytes)
    }
  }

  /// 253 bytes of function code and data are the most that a frame holds.
  @Test func theLongestRequestGoesOut() throws {
    let data = (0..<252).map { UInt8($0) }
    let line = try RawLine(requestBytes: 256) { request, _ in
      Array(request[2..<254]) == data ? framed([1, 100, 9]) : []
    }
    var connection = ModbusConnection(link: line.link)
    var bytes: [UInt16] = []
    try connection.open()
    try connection.send(unit: 1, function: 100, data: data, timeout: .seconds(5), into: &bytes)
    #expect(bytes == [9])
    #expect(throws: BusFault.unexpectedAnswer) {
      try connection.send(
        unit: 1, function: 100, data: data + [1], timeout: .seconds(5), into: &bytes)
    }
  }

  /// GroPoint's probes tell function 17 what they are; the length is theirs to say.
  @Test func theAnswerIsHandedOver() throws {
    let text = Array("RIOTTECHGPLP".utf8)
    let line = try RawLine(requestBytes: 4) { request, _ in
      request.prefix(2) == [1, 17] ? framed([1, 17, UInt8(text.count)] + text) : []
    }
    var connection = ModbusConnection(link: line.link)
    try connection.open()
    var words: [UInt16] = [7]
    let transaction = Transaction(
      device: 0, unit: 1, request: .serverID, timeout: .seconds(1))
    #expect(connection.perform(.transact(transaction), into: &words) == .done)
    #expect(words == [12] + text.map(UInt16.init))
  }

  @Test func overTCPAsWell() throws {
    let server = try ServedPort(handler: echo)
    var connection = ModbusConnection(link: server.link)
    var bytes: [UInt16] = []
    try connection.open()
    try connection.send(
      unit: 1, function: 5, data: [0, 9, 0xFF, 0], timeout: .seconds(1), into: &bytes)
    #expect(throws: BusFault.exception(1)) {
      try connection.send(unit: 1, function: 99, data: [], timeout: .seconds(1), into: &bytes)
    }
  }
}
