internal import DetectionCore
internal import GatewayRuntime
internal import Polling

/// What was sent or heard on a bus, as `nomori replay --wire` prints it.
struct WireLine: Encodable {
  /// Since the box was started, in seconds.
  var seconds: Double
  var bus: String
  /// `transaction`, or of a line: `message`, `request`, `damaged`, `unknown`, `timeout`.
  var kind: String
  var device: String?
  /// In hexadecimal.
  var bytes: String?
  /// Where all bytes are printable ASCII, but for the ends of lines.
  var text: String?
  var unit: Int?
  var function: Int?
  var address: Int?
  var registers: [UInt16]?
  /// As in docs/recording.md; nil for none.
  var fault: Int?

  init(bus: String, time: Instant, _ entry: Replay.WireEntry) {
    self.bus = bus
    seconds = Double(time.nanoseconds / 1_000_000) / 1000
    switch entry {
    case .transaction(let unit, let function, let address, let registers, let fault):
      kind = "transaction"
      self.unit = Int(unit)
      self.function = Int(function)
      self.address = Int(address)
      if fault == 0 { self.registers = registers } else { self.fault = Int(fault) }
    case .frame(let device, let kind, let bytes, _):
      self.kind = "\(kind)"
      self.device = device
      self.bytes = Self.hexadecimal(bytes)
      if bytes.allSatisfy({ (0x20...0x7E).contains($0) || [0x09, 0x0A, 0x0D].contains($0) }) {
        text = String(decoding: bytes, as: UTF8.self)
      }
    }
  }

  /// Two digits for each byte.
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return byte < 16 ? "0" + digits : digits
    }.joined(separator: " ")
  }
}
