import DetectionCore
import FieldLog
import Testing

@Suite struct CDRTests {
  @Test func bytesAreThoseOfTheAlignmentRules() {
    var writer = CDRWriter()
    writer.append(UInt8(1))
    writer.append(1.0)
    writer.append(true)
    writer.append(UInt16(0x1234))
    writer.append("ab")
    writer.append([UInt16(1), 2, 3])
    writer.append(UInt32(0xDEAD_BEEF))
    writer.append([Double]())
    writer.append(UInt8(7))
    writer.append(Int64(-2))
    let expected: [UInt8] = [
      0x00, 0x01, 0x00, 0x00,  // encapsulation; offsets count from here
      0x01, 0, 0, 0, 0, 0, 0, 0,  // 0: uint8, then padding to 8
      0, 0, 0, 0, 0, 0, 0xF0, 0x3F,  // 8: float64 1.0
      0x01, 0, 0x34, 0x12,  // 16: bool, padding to 2, uint16
      0x03, 0, 0, 0, 0x61, 0x62, 0x00,  // 20: string "ab" with its zero
      0,  // 27: padding to 4
      0x03, 0, 0, 0, 1, 0, 2, 0, 3, 0,  // 28: three uint16
      0, 0, 0xEF, 0xBE, 0xAD, 0xDE,  // 38: padding to 4, uint32
      0, 0, 0, 0,  // 44: no float64, therefore no padding to 8
      0x07, 0, 0, 0, 0, 0, 0, 0,  // 48: uint8, padding to 8
      0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,  // 56: int64 -2
    ]
    #expect(writer.bytes == expected)
  }

  @Test func theSchemaNamesTypeAndFieldInOrder() {
    let lines = Sample.schemaText.split(separator: "\n")
    #expect(lines.first == "uint8 flag  # QARTOD: 1 pass, 3 suspect, 4 fail")
    #expect(lines.dropFirst(8).first == "uint16[] registers")
    #expect(lines.last == "int32 step")
    #expect(lines.count == 15)
    #expect(Note.schemaText == "string text\n")
  }

  @Test(arguments: UInt64(1)...200)
  func anyMessageComesBack(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var sample = Sample()
    sample.flag = .random(in: .min ... .max, using: &random)
    sample.value = Double(bitPattern: random.next() & ~(1 << 62))  // no NaN: it equals nothing
    sample.valid = .random(using: &random)
    sample.count = .random(in: .min ... .max, using: &random)
    sample.point = String(
      String.UnicodeScalarView(
        (0..<Int.random(in: 0...9, using: &random)).map { _ in
          Unicode.Scalar(UInt32.random(in: 1..<0xD800, using: &random)) ?? " "
        }))
    sample.small = Float(Int32.random(in: .min ... .max, using: &random))
    sample.offset = .random(in: .min ... .max, using: &random)
    sample.time = .random(in: .min ... .max, using: &random)
    sample.registers = (0..<Int.random(in: 0...125, using: &random)).map { _ in
      .random(in: .min ... .max, using: &random)
    }
    sample.raw = random.bytes(.random(in: 0...9, using: &random))
    sample.total = .random(in: .min ... .max, using: &random)
    sample.values = (0..<Int.random(in: 0...5, using: &random)).map { Double($0) / 3 }
    sample.depth = .random(in: .min ... .max, using: &random)
    sample.id = random.next()
    sample.step = .random(in: .min ... .max, using: &random)
    #expect(try Sample(decoding: sample.encoded()[...]) == sample, "seed \(seed)")
  }

  @Test func aNotANumberKeepsItsBits() throws {
    let bits: UInt64 = 0x7FF8_0000_0000_1234
    var sample = Sample()
    sample.value = Double(bitPattern: bits)
    #expect(try Sample(decoding: sample.encoded()[...]).value.bitPattern == bits)
  }

  @Test func aMessageCutAnywhereIsRefused() throws {
    let bytes = Sample.number(11).encoded()
    for count in 0..<bytes.count {
      #expect(throws: CDRError.self, "\(count) bytes") { try Sample(decoding: bytes[..<count]) }
    }
  }

  @Test func paddingMayFollowAndNothingElse() throws {
    let bytes = Note(text: "x").encoded()
    #expect(try Note(decoding: (bytes + [0, 0, 0])[...]) == Note(text: "x"))
    #expect(throws: CDRError.trailingBytes(count: 4)) {
      try Note(decoding: (bytes + [0, 0, 0, 0])[...])
    }
  }

  @Test func wrongValuesAreNamed() throws {
    #expect(throws: CDRError.unsupportedEncapsulation([0, 0, 0, 0])) {
      try CDRReader([0, 0, 0, 0, 1])
    }
    var reader = try CDRReader([0, 1, 0, 0, 2])
    #expect(throws: CDRError.invalidValue(type: "bool", position: 4)) { try reader.read(Bool.self) }
    let unclosed: [UInt8] = [0, 1, 0, 0, 1, 0, 0, 0, 0x61]
    reader = try CDRReader(unclosed)
    #expect(throws: CDRError.invalidValue(type: "string", position: 4)) {
      try reader.read(String.self)
    }
    let notUTF8: [UInt8] = [0, 1, 0, 0, 2, 0, 0, 0, 0xFF, 0]
    reader = try CDRReader(notUTF8)
    #expect(throws: CDRError.invalidValue(type: "string", position: 4)) {
      try reader.read(String.self)
    }
    let withoutZero: [UInt8] = [0, 1, 0, 0, 0, 0, 0, 0]
    reader = try CDRReader(withoutZero)
    #expect(try reader.read(String.self) == "")
  }

  @Test func anAbsurdCountIsRefusedBeforeMemoryIsTaken() throws {
    let bytes: [UInt8] = [0, 1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]
    let count = Int(UInt32.max)
    var reader = try CDRReader(bytes)
    #expect(throws: CDRError.truncated(position: 8, needed: count * 8, available: 4)) {
      try reader.read([Double].self)
    }
    reader = try CDRReader(bytes)
    #expect(throws: CDRError.truncated(position: 8, needed: count, available: 4)) {
      try reader.read(String.self)
    }
  }

  @Test(arguments: UInt64(1)...20)
  func noBytesTrap(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var refused = 0
    for _ in 0..<200 {
      var bytes = Sample.number(Int.random(in: 0..<99, using: &random)).encoded()
      for _ in 0..<3 {
        bytes[Int.random(in: 4..<bytes.count, using: &random)] =
          [0, 0xFF, 0x7F, 0x80].randomElement(using: &random) ?? 0
      }
      if (try? Sample(decoding: bytes[...])) == nil { refused += 1 }
      if (try? Sample(decoding: ([0, 1, 0, 0] + random.bytes(90))[...])) == nil { refused += 1 }
    }
    #expect(refused > 100, "seed \(seed)")
  }
}
