import DeviceProfiles

/// A kind of sensor under the fuzzer: its protocol, and what it sends when it is well.
struct Sensor {
  /// The value of every sentence that is well.
  static let value = 42.0

  var line: FramedProtocol
  var sentence: [UInt8]
  /// What it is asked with; empty where it sends by itself.
  var request: [UInt8] { line.messages[0].requestBytes }

  /// The sensors of one line: one for each kind of framing, or two that are asked.
  static func pick(_ dice: inout Dice) -> [Sensor] {
    switch dice.below(5) {
    case 0: [wind("WI", request: "")]
    case 1: [wind("WI", request: "1?\r\n"), wind("II", request: "2?\r\n")]
    case 2: [sonar]
    case 3: [ranger]
    default: [battery]
    }
  }

  private init(
    _ framing: Framing, _ message: FramedMessage, _ quantity: FramedQuantity, _ sentence: [UInt8]
  ) {
    line = FramedProtocol(framing: framing, messages: [message], quantities: [quantity])
    self.sentence = sentence
  }

  private static func pattern(_ text: String) -> FramedMessage.Content {
    guard let pattern = try? FramePattern(text) else { fatalError("no pattern: \(text)") }
    return .pattern(pattern)
  }

  /// NMEA 0183 with its checksum; the letter behind the speed is its unit.
  private static func wind(_ talker: String, request: String) -> Sensor {
    let message = FramedMessage(
      request: request.isEmpty ? [] : [.bytes(Array(request.utf8))],
      content: pattern("\(talker)MWV,{angle},R,{speed},{unit},{status}"))
    var speed = FramedQuantity(id: "speed", message: 0, field: 1, unit: "m/s")
    speed.coding.companionScales = [
      CompanionScale(
        companion: "unit", field: MessageField(2, format: .text),
        rule: .codes([
          ScaleCode(raw: Array("M".utf8)[...], scaling: Scaling()),
          ScaleCode(raw: Array("K".utf8)[...], scaling: Scaling(ratio: Ratio(1, 3600))),
        ]))
    ]
    speed.coding.gates = [
      Gate(
        companion: "status", field: MessageField(3, format: .text), accepted: [Array("A".utf8)[...]]
      )
    ]
    let content = Array("\(talker)MWV,214,R,42.0,M,A".utf8)
    let sum = content.reduce(0, ^)
    let digits = Array("0123456789ABCDEF".utf8)
    return Sensor(
      .text(.nmea), message, speed,
      [0x24] + content + [0x2A, digits[Int(sum >> 4)], digits[Int(sum & 15)], 0x0D, 0x0A])
  }

  private static var sonar: Sensor {
    var distance = FramedQuantity(id: "distance", message: 0, field: 0, unit: "mm")
    distance.coding.sentinels = [Sentinel(.raw(Array("9999".utf8)[...]), means: .overflow)]
    return Sensor(
      .text(TextFraming(end: 0x0D, longest: 8)), FramedMessage(content: pattern("R{distance:4}")),
      distance, Array("R0042\r".utf8))
  }

  private static var ranger: Sensor {
    Sensor(
      .binary(
        BinaryFraming(
          start: [0xFF], length: 4, checksum: BinaryFraming.Checksum(kind: .sum8, from: 0, at: 3))),
      FramedMessage(content: .bytes([1..<3])),
      FramedQuantity(id: "distance", message: 0, field: 0, format: .bytes(.uint16), unit: "mm"),
      [0xFF, 0, 42, 41])
  }

  private static var battery: Sensor {
    let block = Array("\r\nPID\t0xA042\r\nV\t42000\r\nChecksum\t".utf8)
    return Sensor(
      .veDirect, FramedMessage(content: .labels([Array("V".utf8), Array("I".utf8)])),
      FramedQuantity(
        id: "voltage", message: 0, field: 0, unit: "V", scaling: Scaling(ratio: Ratio(1, 1000))),
      block + [0 &- block.reduce(0, &+)])
  }
}
