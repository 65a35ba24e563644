import DeviceProfiles
import Glibc
import LinuxHost
import ModbusPort
import Polling
import Synchronization
import TestSupport
import Testing

/// One unit behind a pseudo terminal, answered by libmodbus's own server until the test ends.
final class ServedLine: Sendable {
  private let terminal: PseudoTerminal
  private let isStopped: StopFlag
  private let thread: HostThread

  init(unit: UInt8 = 1, handler: @escaping @Sendable (ServerRequest) -> ServerAnswer) throws {
    let terminal = try PseudoTerminal()
    let isStopped = StopFlag()
    self.terminal = terminal
    self.isStopped = isStopped
    thread = try HostThread(name: "unit") { _ in
      serveUntilStopped(
        descriptor: terminal.master.number, unit: unit, framing: .rtu, isStopped: isStopped,
        handler: handler)
    }
  }

  deinit {
    isStopped.set()
    thread.join()
  }

  var link: Link { .serial(path: terminal.path, testSettings) }
}

/// One server on a free loopback port, for one connection after another: of Modbus TCP, or a serial
/// server that carries RTU frames.
final class ServedPort: Sendable {
  let port: UInt16
  private let framing: ModbusFraming
  private let isStopped: StopFlag
  private let thread: HostThread

  /// - Parameters:
  ///   - connections: After so many the server is gone.
  ///   - answers: After so many it closes a connection.
  ///   - framing: How frames stand on the connection.
  ///   - handler: Answers.
  init(
    connections: Int = .max, answers: Int = .max, framing: ModbusFraming = .tcp,
    handler: @escaping @Sendable (ServerRequest) -> ServerAnswer
  ) throws {
    let (listener, port) = try listeningPort()
    self.port = port
    let isStopped = StopFlag()
    self.isStopped = isStopped
    self.framing = framing
    thread = try HostThread(name: "server") { _ in
      var left = connections
      while !isStopped.isSet, left > 0 {
        guard !readable([listener], timeoutMs: 10).isEmpty else { continue }
        left -= 1
        let peer = OwnedDescriptor(number: accept(listener.number, nil, nil))
        serveUntilStopped(
          descriptor: peer.number, unit: 1, framing: framing, isStopped: isStopped,
          answers: answers, handler: handler)
      }
    }
  }

  deinit {
    isStopped.set()
    thread.join()
  }

  var link: Link {
    framing == .tcp
      ? .tcp(host: "127.0.0.1", port: port)
      : .rtuOverTCP(host: "127.0.0.1", port: port, testSettings)
  }
}

/// A pseudo terminal whose far side answers each request with bytes of the test's choice.
final class RawLine: Sendable {
  let terminal: PseudoTerminal
  private let isStopped: StopFlag
  private let thread: HostThread

  /// - Parameters:
  ///   - requestBytes: The length of a request.
  ///   - answer: Gets the request and its number, from 0; gives the bytes that are sent, none for
  ///     silence.
  init(
    requestBytes: Int = 8, answer: @escaping @Sendable ([UInt8], Int) -> [UInt8]
  ) throws {
    let terminal = try PseudoTerminal()
    let isStopped = StopFlag()
    self.terminal = terminal
    self.isStopped = isStopped
    thread = try HostThread(name: "raw") { _ in
      var request: [UInt8] = []
      var number = 0
      var buffer = [UInt8](repeating: 0, count: 256)
      while !isStopped.isSet {
        guard let count = terminal.master.read(into: &buffer, timeoutMs: 10) else {
          usleep(1000)
          continue
        }
        request += buffer.prefix(count)
        guard request.count >= requestBytes else { continue }
        try? terminal.master.write(answer(Array(request.prefix(requestBytes)), number))
        number += 1
        request = []
      }
    }
  }

  deinit {
    isStopped.set()
    thread.join()
  }

  var link: Link { .serial(path: terminal.path, testSettings) }
}

/// A server on the loopback that answers each request with bytes of the test's choice.
final class RawServer: Sendable {
  let port: UInt16
  private let isStopped = StopFlag()
  private let thread: HostThread

  /// - Parameters:
  ///   - requestBytes: The length of a request.
  ///   - answer: Gets the request and its number, from 0; gives the bytes that are sent.
  init(
    requestBytes: Int, answer: @escaping @Sendable ([UInt8], Int) -> [UInt8]
  ) throws {
    let (listener, port) = try listeningPort()
    self.port = port
    let isStopped = isStopped
    thread = try HostThread(name: "raw server") { _ in
      var buffer = [UInt8](repeating: 0, count: 512)
      var number = 0
      while !isStopped.isSet {
        guard !readable([listener], timeoutMs: 10).isEmpty else { continue }
        let peer = OwnedDescriptor(number: accept(listener.number, nil, nil))
        var heard: [UInt8] = []
        while !isStopped.isSet, let count = peer.read(into: &buffer, timeoutMs: 10) {
          heard += buffer.prefix(count)
          while heard.count >= requestBytes {
            try? peer.write(answer(Array(heard.prefix(requestBytes)), number))
            heard.removeFirst(requestBytes)
            number += 1
          }
        }
      }
    }
  }

  deinit {
    isStopped.set()
    thread.join()
  }
}

/// Set by one thread, seen by another.
final class StopFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}

let testSettings = SerialSettings(baud: 115_200, parity: .none, stopBits: 1)

private func serveUntilStopped(
  descriptor: Int32, unit: UInt8, framing: ModbusFraming, isStopped: StopFlag,
  answers: Int? = nil,
  handler: (ServerRequest) -> ServerAnswer
) {
  guard var server = ModbusServer(fileDescriptor: descriptor, unit: unit, framing: framing)
  else {
    Issue.record("no server on descriptor \(descriptor)")
    return
  }
  var left = answers ?? .max
  while !isStopped.isSet, left > 0 {
    switch server.serve(timeoutMs: 10, handler: handler) {
    case .served: left -= 1
    case .closed where answers != nil: return
    // Nobody has the terminal open yet, or any more.
    case .closed: usleep(1000)
    case .idle, .ignored: break
    }
  }
}

/// Registers that hold their own address, xor the table's function code in the high byte.
@Sendable func echo(_ request: ServerRequest) -> ServerAnswer {
  switch request {
  case .read(let span): .words(echoWords(span))
  case .write: .written
  }
}

func echoWords(_ span: RegisterSpan) -> [UInt16] {
  (Int(span.address)..<span.end).map { address in
    span.table.isBits
      ? UInt16((address / 3 + Int(span.table.readFunctionCode)) % 2)
      : UInt16(address) ^ UInt16(span.table.readFunctionCode) << 8
  }
}

/// The frame with its checksum. Source: Modbus over Serial Line V1.02, section 6.2.2.
func framed(_ bytes: [UInt8]) -> [UInt8] {
  var crc: UInt16 = 0xFFFF
  for byte in bytes {
    crc ^= UInt16(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1 }
  }
  return bytes + [UInt8(crc & 0xFF), UInt8(crc >> 8)]
}
