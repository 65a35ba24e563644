import DeviceProfiles
import Testing

@Suite struct FramedQuantityTests {
  /// The texts of a pattern's fields in a line, or nil where it does not match.
  static func fields(_ pattern: String, _ line: String) throws -> [String]? {
    let pattern = try FramePattern(pattern).resolved(address: Array("7".utf8))
    let bytes = Array(line.utf8)
    var ranges = [Range<Int>](repeating: 0..<0, count: pattern.names.count)
    guard pattern.matches(bytes, fields: &ranges) else { return nil }
    return ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  @Test(
    arguments: [
      ("R{d:4}", "R1234", ["1234"]), ("R{d:4}", "R123", nil), ("R{d:4}", "R12345", nil),
      ("R{d}", "R", [""]), ("R{d}", "S1", nil),
      ("{a},{b},{c}", "1,,3", ["1", "", "3"]), ("{a},{b},{c}", "1,2", nil),
      (
        "Acc {a} mm, *RInt {i} mmph", "Acc 0.10 mm, EventAcc 0.20 mm, RInt 1.5 mmph",
        ["0.10", "1.5"]
      ),
      ("?WMWV,{angle},R,{speed},{u:1},A", "IWMWV,120,R,002.10,M,A", ["120", "002.10", "M"]),
      ("?WMWV,{angle},R,{speed},{u:1},A", "IWMWV,120,T,002.10,M,A", nil),
      ("{address}R1*,Sm={s}{u:1},*", "7R1,Dn=236D,Sm=0.1M,Sx=0.2M", ["0.1", "M"]),
      ("{address}R1*,Sm={s}{u:1},*", "8R1,Dn=236D,Sm=0.1M,Sx=0.2M", nil),
      ("{v}{u:1}", "28.1C", ["28.1", "C"]), ("{v}{u:1}", "", nil),
      ("{v} mm", "5 mm mm", nil),
      ("Acc {a} mm, Sum {b} mm", "Acc   0.10  mm, Sum 12.5 mm", ["0.10", "12.5"]),
      ("Acc {a} mm, Sum {b} mm", "Acc0.10 mm, Sum 12.5 mm", nil),
      ("{a},{b}", " 1.5,  2 ", ["1.5", "2"]),
      ("R {d:4}", "R   12", ["  12"]), ("R {d:4}", "R  1234", nil),
      ("{a} mm, {b} {u}*", "1 mm, 2 mmph", ["1", "2", "mmph"]),
      ("{a} mm, {b} {u}*", "1 mm, 2 mmph, Tips 3, More 4 mm", ["1", "2", "mmph"]),
      ("{a},{b}*", "1,2;3", ["1", "2"]), ("{a},{b}*", "1", nil),
    ] as [(String, String, [String]?)])
  func aPatternSaysWhereTheFieldsStand(
    pattern: String, line: String, expected: [String]?
  ) throws {
    #expect(try Self.fields(pattern, line) == expected)
  }

  @Test(
    arguments: [
      ("", .text), ("a\u{7F}", .text), ("{a", .field), ("{}", .field), ("{a}{a}", .field),
      ("{a:0}", .field), ("{a:x}", .field), ("{a}{b}", .ambiguous), ("{a}*x", .ambiguous),
      ("*{a}", .ambiguous),
      ("{a}?*x", .ambiguous),
    ] as [(String, FramePattern.Fault)])
  func aTextThatIsNoPatternIsRefused(text: String, fault: FramePattern.Fault) {
    #expect(throws: fault) { try FramePattern(text) }
  }

  private static func decoded(
    _ text: String, format: MessageField.Format = .decimal, scaling: Scaling = Scaling()
  ) -> DecodedValue {
    let quantity = FramedQuantity(
      id: "q", message: 0, field: 0, format: format, unit: "1", scaling: scaling,
      sentinels: [Sentinel(.raw(Array("9999".utf8)[...]), means: .missing)])
    let bytes = Array(text.utf8)
    return quantity.decode(bytes, fields: [0..<bytes.count])
  }

  @Test(
    arguments: [
      ("0", 0), ("-12.50", -12.5), ("+.5", 0.5), ("7.", 7), (" 28.1 ", 28.1),
      ("123456789012345", 123_456_789_012_345), ("0.00000000000001", 1e-14), ("1.1", 1.1),
      ("-0.3", -0.3),
    ] as [(String, Double)])
  func decimalNumbersAreThoseNextToTheText(text: String, value: Double) {
    #expect(Self.decoded(text) == .value(value))
  }

  @Test(
    arguments: [
      "-", ".", "1.2.3", "1e3", "0x10", "nan", "inf", "12 3", "--1", "1-", "1234567890123456",
      "０",
    ])
  func whatIsNoNumberIsInvalid(text: String) {
    #expect(Self.decoded(text) == .invalid(.unreadable))
  }

  /// Against the standard library's reading of decimal numbers.
  @Test(arguments: 0..<16) func decimalNumbersAreThoseOfTheStandardLibrary(seed: UInt64) throws {
    var random = SeededBytes(seed: seed)
    for _ in 0..<2000 {
      let bits = random.next()
      let digits = String(bits % 1_000_000_000_000_000)
      let cut = Int(bits >> 56) % (digits.count + 1)
      let text = "\(digits.prefix(cut)).\(digits.dropFirst(cut))"
      let expected = try #require(Double(text))
      #expect(Self.decoded(text) == .value(expected), "seed \(seed): \(text)")
    }
  }

  @Test func fieldsAreReadInEveryForm() {
    #expect(Self.decoded("") == .missing(.noMeasurement))
    #expect(Self.decoded("9999") == .missing(.noMeasurement))
    #expect(Self.decoded("fF", format: .hexadecimal) == .value(255))
    #expect(Self.decoded("G", format: .hexadecimal) == .invalid(.unreadable))
    #expect(Self.decoded("4807.038", format: .degreesMinutes) == .value(48 + 7.038 / 60))
    #expect(Self.decoded("4860.0", format: .degreesMinutes) == .invalid(.unreadable))
    #expect(Self.decoded("48", format: .degreesMinutes) == .invalid(.unreadable))
    let words = MessageField.Format.words([
      MessageField.Word(text: Array("ON".utf8), value: 1),
      MessageField.Word(text: Array("OFF".utf8), value: 0),
    ])
    #expect(Self.decoded("OFF", format: words) == .value(0))
    #expect(Self.decoded("OF", format: words) == .invalid(.unreadable))
    #expect(Self.decoded("25", scaling: Scaling(before: -5, ratio: Ratio(1, 10))) == .value(2))
  }

  @Test(
    arguments: [
      (.uint8, [0xFE], 254), (.int8, [0xFE], -2), (.uint16, [0x07, 0xA1], 1953),
      (.uint16LowFirst, [0xA1, 0x07], 1953), (.int16, [0xFF, 0xFE], -2),
      (.int16LowFirst, [0xFE, 0xFF], -2), (.uint32, [0xFF, 0, 0, 1], 4_278_190_081),
      (.uint32LowFirst, [1, 0, 0, 0xFF], 4_278_190_081),
    ] as [(BinaryNumber, [UInt8], Double)])
  func bytesAreNumbers(type: BinaryNumber, bytes: [UInt8], value: Double) {
    let quantity = FramedQuantity(
      id: "q", message: 0, field: 0, format: .bytes(type), unit: "1")
    #expect(quantity.decode(bytes, fields: [0..<bytes.count]) == .value(value))
    #expect(quantity.decode(bytes, fields: [0..<0]) == .missing(.noMeasurement))
  }

  @Test func otherFieldsDecideValidityAndUnit() throws {
    let pattern = try FramePattern("{speed},{unit},{status}")
    let line = FramedProtocol(
      framing: .text(TextFraming(end: 0x0A)), messages: [FramedMessage(content: .pattern(pattern))],
      quantities: [
        FramedQuantity(
          id: "speed", message: 0, field: 0, unit: "m/s",
          companionScales: [
            CompanionScale(
              companion: "unit", field: MessageField(1, format: .text),
              rule: .codes([
                ScaleCode(raw: Array("M".utf8)[...], scaling: Scaling()),
                ScaleCode(raw: Array("K".utf8)[...], scaling: Scaling(ratio: Ratio(5, 18))),
              ]))
          ],
          gates: [
            Gate(
              companion: "status", field: MessageField(2, format: .text),
              accepted: [Array("00".utf8)[...]])
          ])
      ])
    func speed(_ text: String) -> DecodedValue {
      var fields = [Range<Int>](repeating: 0..<0, count: 3)
      let bytes = Array(text.utf8)
      #expect(line.message(in: bytes, fields: &fields) == 0)
      return line.quantities[0].decode(bytes, fields: fields)
    }
    #expect(speed("002.74,M,00") == .value(2.74))
    #expect(speed("18,K,00") == .value(5))
    #expect(speed("18,P,00") == .invalid(.unknownScale))
    #expect(speed("18,M,01") == .invalid(.reported))
  }

  @Test(arguments: 0..<32) func anyLineAndPatternEndInFieldsWithinTheLine(seed: UInt64) {
    var random = SeededBytes(seed: seed)
    let marks = Array("{}:*?,ab19 ".utf8)
    var patterns = 0
    for _ in 0..<3000 {
      let text = (0..<(random.next() % 24)).map { _ in random.next(of: marks) }
      guard let pattern = try? FramePattern(String(decoding: text, as: UTF8.self)) else { continue }
      patterns += 1
      var fields = [Range<Int>](repeating: 0..<0, count: pattern.names.count)
      let line = (0..<(random.next() % 40)).map { _ in random.next(of: marks) }
      guard pattern.matches(line, fields: &fields) else { continue }
      #expect(fields.allSatisfy { $0.upperBound <= line.count }, "seed \(seed)")
    }
    #expect(patterns > 20, "seed \(seed)")
  }
}
