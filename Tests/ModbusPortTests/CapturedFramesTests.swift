import DetectionCore
import DeviceProfiles
import Glibc
import LinuxHost
import ModbusPort
import Polling
import Testing

/// What real devices and masters sent, as independent decoders read it.
@Suite(.enabled(if: Captures.areExpected, Captures.skipped))
struct CapturedFramesTests {
  @Test func anInvertersAnswersAreReadAsTheyWereSent() throws {
    let rows = try Captures.table("\(Captures.folder)/rtu_solis_inverter_frames.csv")
    var read = 0
    for (asked, answered) in zip(rows, rows.dropFirst())
    where asked["direction"] == "request" && answered["direction"] == "response" {
      guard answered["complete"] == "True", let request = bytes(hexadecimal: asked["hex"] ?? ""),
        let answer = bytes(hexadecimal: answered["hex"] ?? ""),
        let table = RegisterTable.allCases.first(where: { $0.readFunctionCode == request[1] })
      else { continue }
      try expect(answer, to: request, from: table, note: asked["section"] ?? "")
      read += 1
    }
    #expect(read == 13)
  }

  private func expect(
    _ answer: [UInt8], to request: [UInt8], from table: RegisterTable, note: String
  ) throws {
    let line = try RawLine { asked, _ in asked == request ? answer : [] }
    var port = ModbusConnection(link: line.link)
    try port.open()
    let span = RegisterSpan(
      table: table, address: word(request[2...]), count: word(request[4...]))
    var words: [UInt16] = []
    guard answer[1] & 0x80 == 0 else {
      #expect(throws: BusFault.exception(answer[2]), "\(note)") {
        try port.read(unit: request[0], span: span, timeout: .seconds(2), into: &words)
      }
      return
    }
    try port.read(unit: request[0], span: span, timeout: .seconds(2), into: &words)
    #expect(words == (0..<Int(span.count)).map { word(answer[(3 + 2 * $0)...]) }, "\(note)")
  }

  @Test(arguments: [
    ("icsnpp_modbus_example", 9), ("iti_modbus_test", 1_100),
    ("zeek_modbus-and-non-modbus-p502", 6), ("zeek_modbusSmall", 16),
  ])
  func aServerUnderstandsEveryRequestAndRepliesAsTheRealOneDid(name: String, least: Int) throws {
    let capture = Capture(try readFile("\(Captures.folder)/\(name).pcap"))
    let rows = try Captures.table("\(Captures.folder)/expected/\(name).decoded.csv")
    let byNumber = Dictionary(rows.map { ($0["frame.number"] ?? "", $0) }) { first, _ in first }
    var replies = 0
    for answer in rows {
      guard let number = answer["modbus.request_frame"], let asked = byNumber[number],
        let exchange = Exchange(asked: asked, answer: answer, capture: capture)
      else { continue }
      #expect(try exchange.reply() == exchange.response, "\(name), frame \(number)")
      replies += 1
    }
    #expect(replies >= least)
  }
}

/// One request and the response to it, with what the reference table says of them.
private struct Exchange {
  let request: [UInt8]
  let response: [UInt8]
  private let asked: ServerRequest
  private let values: [UInt16]

  /// - Returns: nil for functions that units here do not have, and for packets of several frames.
  init?(asked: [String: String], answer: [String: String], capture: Capture) {
    func number(_ row: [String: String], _ name: String) -> UInt16? {
      row[name].flatMap { UInt16($0) }
    }
    func list(_ row: [String: String], _ name: String) -> [UInt16] {
      (row[name] ?? "").split(separator: ";").compactMap { UInt16($0) }
    }
    guard let function = number(asked, "modbus.func_code"),
      let address = number(asked, "modbus.reference_num"),
      let requestFrame = number(asked, "frame.number"),
      let responseFrame = number(answer, "frame.number"),
      answer["modbus.exception_code"] ?? "" == ""
    else { return nil }
    request = capture.payloads[Int(requestFrame) - 1]
    response = capture.payloads[Int(responseFrame) - 1]
    let count = number(asked, "modbus.word_cnt") ?? number(asked, "modbus.bit_cnt") ?? 1
    let data = bytes(hexadecimal: (asked["modbus.data"] ?? "").replacing(":", with: "")) ?? []
    switch function {
    case 1, 2:
      let table = function == 1 ? RegisterTable.coil : .discreteInput
      self.asked = .read(RegisterSpan(table: table, address: address, count: count))
      values = Array(list(answer, "modbus.bitval").prefix(Int(count)))
    case 3, 4:
      let table = function == 3 ? RegisterTable.holdingRegister : .inputRegister
      self.asked = .read(RegisterSpan(table: table, address: address, count: count))
      values = list(answer, "modbus.regval_uint16")
    case 5, 6:
      guard data.count == 2 else { return nil }
      let table = function == 5 ? RegisterTable.coil : .holdingRegister
      self.asked = .write(RegisterSpan(table: table, address: address, count: 1), [word(data[...])])
      values = []
    case 15:
      let bits = (0..<Int(count)).map { UInt16(data[$0 / 8] >> UInt8($0 % 8)) & 1 }
      self.asked = .write(RegisterSpan(table: .coil, address: address, count: count), bits)
      values = []
    case 16:
      let span = RegisterSpan(table: .holdingRegister, address: address, count: count)
      self.asked = .write(span, list(asked, "modbus.regval_uint16"))
      values = []
    default: return nil
    }
  }

  /// What the server sends when it hears the request and has the values of the reference table.
  func reply() throws -> [UInt8] {
    let (near, far) = try OwnedDescriptor.pair()
    guard var server = ModbusServer(fileDescriptor: far.number, unit: 1, framing: .tcp) else {
      return []
    }
    try near.write(request)
    _ = server.serve(timeoutMs: 1000) { heard in
      #expect(heard == asked)
      if case .write = heard { return .written }
      return .words(values)
    }
    var buffer = [UInt8](repeating: 0, count: 300)
    let count = near.read(into: &buffer, timeoutMs: 0) ?? 0
    return Array(buffer.prefix(count))
  }
}

/// A register's word, the high byte first.
private func word(_ bytes: ArraySlice<UInt8>) -> UInt16 {
  UInt16(bytes[bytes.startIndex]) << 8 | UInt16(bytes[bytes.startIndex + 1])
}
