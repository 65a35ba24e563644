import DeviceProfiles
import Testing

/// Profiles as nobody should write them: fields that overlap, sentinels that do not fit, examples
/// that are cut. Whatever they are, a message is composed or there is none.
@Suite struct FrameComposerFuzzTests {
  private static func quantities(_ dice: inout SeededBytes, fields: Int) -> [FramedQuantity] {
    (0..<4).map { number in
      let formats: [MessageField.Format] = [
        .decimal, .hexadecimal, .degreesMinutes,
        .words([MessageField.Word(text: bytes(&dice), value: 1)]), .bytes(.int16LowFirst),
        .bytes(.uint32), .bytes(.int8),
      ]
      func field() -> Int { Int(dice.next() >> 33) % fields }
      let ratio = Ratio(Int64(dice.next() % 7) + 1, Int64(dice.next() % 7) + 1)
      return FramedQuantity(
        id: "q\(number)", message: 0, field: field(),
        format: formats[Int(dice.next() >> 33) % formats.count], unit: "1",
        scaling: Scaling(before: Double(dice.next() % 3), ratio: ratio),
        companionScales: dice.next() >> 63 == 0
          ? []
          : [
            CompanionScale(
              companion: "scale", field: MessageField(field(), format: .text),
              rule: .codes([ScaleCode(raw: bytes(&dice)[...], scaling: Scaling())]))
          ],
        sentinels: [Sentinel(.raw(bytes(&dice)[...]), means: .missing)],
        gates: [
          Gate(
            companion: "gate", field: MessageField(field(), format: .text),
            accepted: [bytes(&dice)[...]])
        ])
    }
  }

  private static func bytes(_ dice: inout SeededBytes) -> [UInt8] {
    let some = Array("0159-. +AFNV\t\r\n".utf8)
    return (0..<Int(dice.next() >> 33 % 6)).map { _ in dice.next(of: some) }
  }

  private static func contents(_ dice: inout SeededBytes) throws -> [(
    Framing, FramedMessage, Int
  )] {
    let start = Int(dice.next() >> 33) % 4
    let ranges = [0..<4, start..<(start + 2), (start + 1)..<(start + 3)]
    let labels = ["V", "V", "I", ""].map { Array($0.utf8) }
    return [
      (
        .text(TextFraming(end: 0x0A)),
        FramedMessage(content: .pattern(try FramePattern("?{a:2},{b}-*{c:1}N{d}"))), 4
      ),
      (
        .binary(
          BinaryFraming(
            start: [0xFF], length: 8,
            checksum: BinaryFraming.Checksum(kind: .crc16, from: 1, at: 6))),
        FramedMessage(content: .bytes(ranges)), 3
      ),
      (.veDirect, FramedMessage(content: .labels(labels)), 4),
    ]
  }

  @Test(arguments: 0..<16) func anyProfileComposesAMessageOrNone(seed: UInt64) throws {
    var dice = SeededBytes(seed: seed)
    var composed = 0
    for _ in 0..<300 {
      for (framing, message, fields) in try Self.contents(&dice) {
        let line = FramedProtocol(
          framing: framing, messages: [message],
          quantities: Self.quantities(&dice, fields: fields))
        let examples = (0..<3).map { _ in
          let content = Self.bytes(&dice) + Self.bytes(&dice) + Array("015,9-A5NV\tI\t2\r\n".utf8)
          let start = Int(dice.next() >> 33) % 4
          return FramedExample(message: 0, content: Array(content.dropFirst(start)))
        }
        guard let composer = FrameComposer(line, examples: examples) else { continue }
        let values: [Double?] = [nil, 0, -1.5, 1e300, .infinity, .nan, 12.345, -70_000]
        for _ in 0..<8 {
          let shown = line.quantities.indices.map {
            (quantity: $0, value: values[Int(dice.next() >> 33) % values.count])
          }
          guard let content = composer.content(of: 0, values: shown) else { continue }
          #expect(!framing.frame(holding: content).isEmpty, "seed \(seed)")
          composed += 1
        }
      }
    }
    #expect(composed > 500, "seed \(seed)")
  }
}
