import DeviceProfiles
import Testing

@Suite struct FrameReaderTests {
  static let maxBotix = Framing.text(TextFraming(end: 0x0D, longest: 32, ignored: [0xFF]))
  static let windSonic = Framing.text(
    TextFraming(start: 0x02, end: 0x0A, checksumMark: 0x03, longest: 40))
  static let echo = Framing.binary(
    BinaryFraming(
      start: [0xFF], length: 4,
      checksum: BinaryFraming.Checksum(kind: .sum8, from: 0, at: 3)))

  /// The frames (as text) and damages that bytes bring, in their order.
  static func outcomes(
    _ bytes: [UInt8], _ framing: Framing, isSilentBefore: Bool = false
  ) -> [String] {
    var framer = FrameReader(framing: framing, isSilentBefore: isSilentBefore)
    return bytes.compactMap { byte in
      switch framer.take(byte) {
      case .none: nil
      case .frame: String(decoding: framer.content, as: UTF8.self)
      case .damaged(let damage): "! \(damage)"
      }
    }
  }

  @Test func linesEndAtTheirEndAndTheFirstMayBeHalfOne() {
    let stream = Array("34\rR1234\rR0567\r".utf8)
    #expect(Self.outcomes(stream, Self.maxBotix) == ["R1234", "R0567"])
    #expect(Self.outcomes(stream, Self.maxBotix, isSilentBefore: true) == ["34", "R1234", "R0567"])
  }

  @Test func ignoredBytesLeaveTheLineWhole() {
    #expect(
      Self.outcomes([0xFF, 0x0D, 0xFF, 0x52, 0x31, 0xFF, 0x32, 0x0D], Self.maxBotix) == ["R12"])
  }

  @Test func foreignBytesAndLongLinesAreDamage() {
    let long = [UInt8](repeating: 0x41, count: 100)
    #expect(
      Self.outcomes([0x0D, 0x52, 0x00, 0x31, 0x0D] + long + Array("\rR1\r".utf8), Self.maxBotix)
        == ["! foreignByte", "! tooLong", "R1"])
  }

  /// The sentence of the NMEA 0183 documentation of GGA, whose checksum is 47.
  @Test func nmeaSentencesAreHeldAgainstTheirChecksum() {
    let sentence = "GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,"
    #expect(
      Self.outcomes(
        Array("9*00\r\n$\(sentence)*47\r\n$\(sentence)*48\r\n$\(sentence)\r\n".utf8),
        .text(.nmea)) == [sentence, "! checksum", "! checksum"])
  }

  @Test func aSentenceThatIsCutByTheNextIsDamageAndTheNextCounts() {
    #expect(
      Self.outcomes(Array("$GPGGA,12$A,1*5C\r\n".utf8), .text(.nmea)) == ["! cutShort", "A,1"])
  }

  @Test func theChecksumBehindETXIsThatOfWhatStandsBeforeIt() {
    let content = Array("Q,229,002.74,M,00,".utf8)
    let sum = content.reduce(0, ^)
    #expect(sum == 0x16)
    let frame = [0x02] + content + [0x03] + Array("16\r\n".utf8)
    #expect(Self.outcomes(frame, Self.windSonic) == ["Q,229,002.74,M,00,"])
    for index in 1..<(frame.count - 4) {
      var wrong = frame
      wrong[index] ^= 0x01
      #expect(Self.outcomes(wrong, Self.windSonic) != ["Q,229,002.74,M,00,"], "byte \(index)")
    }
  }

  @Test func binaryFramesAreFoundBehindBytesThatLookLikeTheirStart() {
    // FF 07 A1 A7 is 1953 mm; FF FF 07 A1 begins like a frame and is none.
    var framer = FrameReader(framing: Self.echo)
    var frames: [[UInt8]] = []
    var damages = 0
    for byte: UInt8 in [0x12, 0xFF, 0xFF, 0x07, 0xA1, 0xA7, 0xFF, 0x07, 0xA1, 0xA8, 0xFF] {
      switch framer.take(byte) {
      case .none: break
      case .frame: frames.append(framer.content)
      case .damaged: damages += 1
      }
    }
    #expect(frames == [[0xFF, 0x07, 0xA1, 0xA7]])
    #expect(damages == 2)
  }

  /// A block whose bytes add up to 0, closed by any byte that makes it so.
  static func block(_ lines: [(String, String)]) -> [UInt8] {
    let text = lines.map { "\r\n\($0.0)\t\($0.1)" }.joined() + "\r\nChecksum\t"
    return Array(text.utf8) + [0 &- text.utf8.reduce(0, &+)]
  }

  @Test func blocksAreHeldAgainstTheirSumAndHexadecimalFramesDoNotCount() {
    func frames(_ bytes: [UInt8], isSilentBefore: Bool = false) -> [String] {
      Self.outcomes(bytes, .veDirect, isSilentBefore: isSilentBefore).map {
        String($0.filter { !$0.isNewline && $0 != "\t" }.prefix(12))
      }
    }
    // Their last byte can be any, also one that means something elsewhere.
    var checksums: Set<UInt8> = []
    for number in 0..<2000 {
      let block = Self.block([("V", "\(number)"), (number % 2 == 0 ? "I" : "VPV", "-5")])
      checksums.insert(block.last ?? 0)
      #expect(frames(block + block).count == 1)
      #expect(frames(block, isSilentBefore: true).count == 1)
    }
    #expect(checksums.isSuperset(of: [0x09, 0x0A, 0x3A]))
    let block = Self.block([("V", "12810"), ("LOAD", "ON")])
    #expect(frames(block + Array(":7F0ED0096\n".utf8) + block) == ["V12810LOADON"])
    let middle = block.count / 2
    let split = block[..<middle] + Array(":A0102000543\n".utf8) + block[middle...]
    #expect(frames(block + split + block) == ["V12810LOADON", "V12810LOADON"])
    for index in 2..<block.count {
      var wrong = block
      wrong[index] ^= 0x01
      #expect(!frames(block + wrong).contains("V12810LOADON"), "byte \(index)")
    }
    let endless = [UInt8](repeating: 0x41, count: 5000)
    #expect(frames(block + endless + block + block) == ["! tooLong", "V12810LOADON"])
  }

  @Test(arguments: 0..<64) func anyBytesEndInFramesWithinTheirLength(seed: UInt64) {
    var random = SeededBytes(seed: seed)
    let framings: [Framing] = [
      Self.maxBotix, Self.windSonic, Self.echo, .text(.nmea), .veDirect,
      .binary(
        BinaryFraming(
          start: [0x55, 0x55, 0xAA], length: 9,
          checksum: BinaryFraming.Checksum(kind: .crc16, from: 2, at: 7))),
    ]
    for framing in framings {
      var framer = FrameReader(framing: framing)
      var frames = 0
      for index in 0..<5000 {
        // Bytes that framings care for come often.
        let byte = random.next(of: [0xFF, 0x0D, 0x0A, 0x02, 0x03, 0x24, 0x2A, 0x55, 0xAA, 0x41])
        if case .frame = framer.take(byte) { frames += 1 }
        #expect(framer.content.count <= 1024, "seed \(seed), byte \(index)")
      }
      // Whatever came before, the next good frame is found.
      let (good, content) = Self.sample(of: framing)
      var found: [[UInt8]] = []
      for byte in good + good where framer.take(byte) == .frame { found.append(framer.content) }
      #expect(found.last == content, "seed \(seed), \(framing)")
    }
  }

  private static func sample(of framing: Framing) -> (bytes: [UInt8], content: [UInt8]) {
    switch framing {
    case .text(let text) where text.start == 0x24:
      (Array("$A,1*5C\r\n".utf8), Array("A,1".utf8))
    case .text(let text) where text.start == 0x02:
      ([0x02, 0x41, 0x03] + Array("41\r\n".utf8), [0x41])
    case .text: (Array("R1\r".utf8), Array("R1".utf8))
    case .veDirect:
      ([0x0A] + block([("V", "1")]) + block([("V", "1")]), Array(block([("V", "1")]).dropLast()))
    case .binary(let binary) where binary.length == 4:
      ([0x00, 0x00, 0x00, 0xFF, 0x07, 0xA1, 0xA7], [0xFF, 0x07, 0xA1, 0xA7])
    case .binary:
      // The CRC of AA 01 02 03 04 by the specification of Modbus over serial line.
      ([UInt8](repeating: 0, count: 9) + crcSample, crcSample)
    }
  }

  private static let crcSample: [UInt8] = {
    let body: [UInt8] = [0xAA, 0x01, 0x02, 0x03, 0x04]
    let frame = RTUFrame(unit: body[0], pdu: Array(body.dropFirst())).bytes
    return [0x55, 0x55] + frame
  }()
}

/// Seeded bytes.
struct SeededBytes {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// The next 64 bits (xorshift64*, Vigna 2016).
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// One of `special`, or any byte, each half of the time.
  mutating func next(of special: [UInt8]) -> UInt8 {
    let bits = next()
    return bits >> 63 == 0
      ? special[Int(bits >> 32 & 0xFFFF) % special.count] : UInt8(truncatingIfNeeded: bits >> 20)
  }
}
