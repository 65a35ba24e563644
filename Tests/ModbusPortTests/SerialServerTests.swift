import DetectionCore
import DeviceProfiles
import Glibc
import LinuxHost
import ModbusPort
import Polling
import TestSupport
import Testing

/// RTU frames over a TCP connection, as serial servers carry them.
@Suite struct SerialServerTests {
  @Test func theFramesOnTheConnectionAreThoseOfTheMaker() throws {
    // Keller series 30: P1 and its answer, checksums as printed by the maker.
    let converter = try RawConverter { request in
      request == [0x01, 0x03, 0x00, 0x02, 0x00, 0x02, 0x65, 0xCB]
        ? [0x01, 0x03, 0x04, 0x3F, 0x75, 0xF0, 0x7B, 0xE3, 0xDE] : []
    }
    var connection = ModbusConnection(link: converter.link)
    try connection.open()
    var words: [UInt16] = []
    try connection.read(
      unit: 1, span: RegisterSpan(table: .holdingRegister, address: 2, count: 2),
      timeout: .seconds(1), into: &words)
    #expect(words == [0x3F75, 0xF07B])
  }

  @Test func damagedAnswersAreToldApart() throws {
    let cases: [([UInt8], BusFault)] = [
      ([1, 3, 2, 0x12, 0x34, 0, 0], .badChecksum),
      (framed([1, 3, 4, 0, 1, 0, 2]), .unexpectedAnswer),
      (framed([2, 3, 2, 0x12, 0x34]), .wrongUnit),
      ([1, 3, 2, 0x12], .timeout), ([], .timeout),
    ]
    for (bytes, expected) in cases {
      let converter = try RawConverter { _ in bytes }
      #expect(
        ModbusConnectionTests.fault(of: converter.link, timeoutMs: 100) == expected, "\(bytes)")
    }
  }

  @Test func whatCameLateIsNotTakenForTheNextAnswer() throws {
    let late = framed([1, 3, 2, 0xDE, 0xAD])
    // Each answer is followed by a second one that nobody asked for.
    let converter = try RawConverter { request in framed([1, 3, 2] + request[2...3]) + late }
    var connection = ModbusConnection(link: converter.link)
    try connection.open()
    var words: [UInt16] = []
    for address: UInt16 in 1...20 {
      try connection.read(
        unit: 1, span: RegisterSpan(table: .holdingRegister, address: address, count: 1),
        timeout: .seconds(1), into: &words)
      #expect(words == [address])
    }
  }

  @Test func anUnusedOrRefusingPortIsNamed() throws {
    let port = try freeLoopbackPort()
    let link = Link.rtuOverTCP(host: "127.0.0.1", port: port, testSettings)
    let fault = ModbusConnectionTests.fault(of: link)
    #expect(fault == .portUnavailable(.refused))
    #expect(fault?.explanation(link: link) == "127.0.0.1:\(port): connection refused")
  }

  @Test func aBusBehindASerialServerIsPolledOnItsLinesTimes() throws {
    let unit = WrittenValues()
    let server = try ServedPort(answers: 20, framing: .rtu) { unit.answer($0) }
    var bus = try PolledBus(link: server.link)
    #expect(bus.schedule.plan.link.transmission == TransmissionTime(serial: testSettings))
    // The server closes each connection after 20 answers; the bus opens it again.
    let isDone = bus.run { $0.counters(ofDevice: 0).answers >= 30 }
    #expect(isDone)
    #expect(bus.schedule.counters.reconnections >= 1)
    #expect(bus.readings.last?.flag == .notEvaluated)
  }
}

/// A serial server whose line answers each request of 8 bytes with bytes of the test's choice.
private final class RawConverter: Sendable {
  let link: Link
  private let isStopped = StopFlag()
  private let thread: HostThread

  init(answer: @escaping @Sendable ([UInt8]) -> [UInt8]) throws {
    let (listener, port) = try listeningPort()
    link = .rtuOverTCP(host: "127.0.0.1", port: port, testSettings)
    let isStopped = isStopped
    thread = try HostThread(name: "converter") { _ in
      var buffer = [UInt8](repeating: 0, count: 256)
      while !isStopped.isSet {
        guard !readable([listener], timeoutMs: 10).isEmpty else { continue }
        let peer = OwnedDescriptor(number: accept(listener.number, nil, nil))
        var request: [UInt8] = []
        while !isStopped.isSet, let count = peer.read(into: &buffer, timeoutMs: 10) {
          request += buffer.prefix(count)
          guard request.count >= 8 else { continue }
          try? peer.write(answer(Array(request.prefix(8))))
          request = []
        }
      }
    }
  }

  deinit {
    isStopped.set()
    thread.join()
  }
}
