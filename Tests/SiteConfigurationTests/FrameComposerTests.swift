import DetectionCore
import DeviceProfiles
import Testing

/// What is composed for a line sensor, read again as the gateway reads it.
@Suite struct FrameComposerTests {
  static let sensors = ShippedProfile.all.filter { $0.text.contains("\nprotocol: line\n") }

  /// A composer, and the protocol that reads what it writes.
  struct Sensor {
    let line: FramedProtocol
    let examples: [FramedExample]
    let composer: FrameComposer

    init(_ file: ShippedProfile, address: String = "0") throws {
      let profile = try file.read()
      line = try #require(profile.line).resolved(address: address)
      examples = profile.lineExamples(address: address)
      composer = try #require(FrameComposer(line, examples: examples))
    }

    /// What a framer and the protocol make of a frame; nil for a block without a known label.
    func decoded(_ frame: [UInt8]) -> (message: Int, values: [(Int, DecodedValue)])? {
      var framer = FrameReader(framing: line.framing, isSilentBefore: true)
      let ends = frame.map { framer.take($0) }
      #expect(ends.last == .frame && ends.dropLast().allSatisfy { $0 == .none })
      var fields = [Range<Int>](repeating: 0..<0, count: line.mostFields)
      guard let message = line.message(in: framer.content, fields: &fields) else { return nil }
      let known = line.quantities.enumerated().filter { $0.element.message == message }
      return (message, known.map { ($0.offset, $0.element.decode(framer.content, fields: fields)) })
    }

    func frame(of message: Int, _ values: [(Int, Double?)]) throws -> [UInt8] {
      let content = try #require(
        composer.content(of: message, values: values.map { (quantity: $0.0, value: $0.1) }))
      return line.framing.frame(holding: content)
    }

    /// The values within which a quantity is tried where its profile says nothing.
    func range(of quantity: FramedQuantity) -> ClosedRange<Double> {
      if case .words(let words) = quantity.field.format {
        let values = words.map(\.value)
        return (values.min() ?? 0)...(values.max() ?? 1)
      }
      return quantity.range ?? 0...900
    }

    /// How much the last digit of what was written is worth, in the quantity's unit.
    func resolution(of quantity: FramedQuantity) -> Double {
      let ratio =
        Double(quantity.coding.scaling.ratio.numerator)
        / Double(quantity.coding.scaling.ratio.denominator)
      let codes = quantity.coding.companionScales.flatMap {
        scale -> [ScaleCode<ArraySlice<UInt8>>] in
        if case .codes(let codes) = scale.rule { codes } else { [] }
      }
      let scales = codes.map {
        Double($0.scaling.ratio.numerator) / Double($0.scaling.ratio.denominator)
      }
      let digit: Double =
        switch quantity.field.format {
        case .words, .text: 1
        case .degreesMinutes: 0.001 / 60
        case .bytes, .hexadecimal: 1
        case .decimal: lastDigit(of: quantity)
        }
      return abs(digit * ratio) * max(scales.map(abs).max() ?? 1, 1)
    }

    /// The last digit of the quantity's number in the first example that has one.
    private func lastDigit(of quantity: FramedQuantity) -> Double {
      var fields = [Range<Int>](repeating: 0..<0, count: line.mostFields)
      for example in examples
      where line.message(in: example.content, fields: &fields) == quantity.message {
        let text = example.content[fields[quantity.field.number]]
        guard text.contains(where: { (0x30...0x39).contains($0) }) else { continue }
        let decimals = text.firstIndex(of: 0x2E).map { text.endIndex - $0 - 1 } ?? 0
        return (0..<decimals).reduce(1) { digit, _ in digit / 10 }
      }
      return 1
    }
  }

  @Test func thereAreSensorsToTry() { #expect(Self.sensors.count >= 13) }

  /// The maker's own frames come out byte for byte.
  @Test(arguments: sensors) func anExampleIsWrittenAsItWasHeard(file: ShippedProfile) throws {
    let sensor = try Sensor(file)
    let heard = try file.read().cases.map { example in
      example.heard.filter { byte in
        if case .text(let text) = sensor.line.framing { return !text.ignored.contains(byte) }
        return true
      }
    }
    for message in sensor.line.messages.indices {
      let frame = try sensor.frame(of: message, [])
      #expect(heard.contains { $0.contains(frame) }, "\(String(decoding: frame, as: UTF8.self))")
    }
  }

  @Test(arguments: sensors) func whatIsComposedDecodesToTheSameValue(file: ShippedProfile) throws {
    let sensor = try Sensor(file)
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix64(seed: seed)
    for _ in 0..<200 {
      for message in sensor.line.messages.indices {
        let values = sensor.line.quantities.enumerated()
          .filter { $0.element.message == message }.map { index, quantity -> (Int, Double?) in
            let range = sensor.range(of: quantity)
            let share = Double(random.next() >> 11) / Double(1 << 53)
            return (index, range.lowerBound + share * (range.upperBound - range.lowerBound))
          }
        let frame = try sensor.frame(of: message, values)
        let (heard, decoded) = try #require(sensor.decoded(frame))
        #expect(heard == message)
        for ((index, value), (other, outcome)) in zip(values, decoded) {
          let quantity = sensor.line.quantities[index]
          let wanted = try #require(value)
          guard index == other, case .value(let shown) = outcome else {
            Issue.record("seed \(seed): \(quantity.id) \(wanted) became \(outcome)")
            continue
          }
          #expect(
            abs(shown - wanted) <= sensor.resolution(of: quantity) * 0.5000001,
            "seed \(seed): \(quantity.id) \(String(decoding: frame, as: UTF8.self))")
        }
      }
    }
  }

  /// Whatever else has values and has none: what is missing is never read as a value.
  @Test(arguments: sensors) func aMissingValueIsNeverReadAsOne(file: ShippedProfile) throws {
    let sensor = try Sensor(file)
    for message in sensor.line.messages.indices {
      let known = sensor.line.quantities.indices.filter {
        sensor.line.quantities[$0].message == message
      }
      for subset in 1..<(1 << known.count) {
        let values = known.enumerated().map { number, index -> (Int, Double?) in
          let low = sensor.range(of: sensor.line.quantities[index]).lowerBound
          return (index, subset >> number & 1 == 1 ? nil : low)
        }
        let decoded = sensor.decoded(try sensor.frame(of: message, values))?.values ?? []
        for ((index, value), (_, outcome)) in zip(values, decoded) where value == nil {
          switch outcome {
          case .missing, .invalid: break
          default: Issue.record("\(sensor.line.quantities[index].id): \(outcome), \(values)")
          }
        }
      }
    }
  }

  @Test(
    arguments: [
      ("gill/windsonic", 0, [(0, 12.345), (1, 7.4)], "\u{2}Q,7,012.35,M,00,\u{3}"),
      ("gill/windsonic", 0, [(0, 0.02), (1, nil)], "\u{2}Q,,000.02,M,00,\u{3}2C\r\n"),
      ("gill/windsonic", 0, [(0, nil), (1, nil)], "\u{2}Q,,000.00,M,01,\u{3}2F\r\n"),
      ("maxbotix/hrxl-maxsonar-wr", 0, [(0, 567)], "R0567\r"),
      ("maxbotix/hrxl-maxsonar-wr", 0, [(0, nil)], "R9999\r"),
      ("maxbotix/hrxl-maxsonar-wr", 0, [(0, 12_000)], "R9999\r"),
      ("nmea/weather-station", 0, [(0, 45), (1, 463.0 / 90)], "$WIMWV,45,R,010.0,N,A*"),
      ("nmea/weather-station", 1, [(2, 3.14)], "$SDDBT,17.0,f,3.1,M,2.8,F*"),
      ("nmea/weather-station", 2, [(3, -35.25833), (4, 136.999999)], ",A,3515.500,S,13700.000,E,"),
      ("nmea/weather-station", 2, [(3, nil), (4, 7)], ",V,,,"),
      ("truebner/smt100-ascii", 0, [(3, -0.004)], ",0.00,11.98\r"),
      ("vaisala/wxt530-ascii", 1, [(3, nil)], "7R2,Ta=23.6C,Ua=14.2#,Pa=1026.6H\r\n"),
      ("victron/ve-direct-bmv", 0, [(6, 21)], "\r\nT\t21\r\nChecksum\t"),
      ("victron/ve-direct-bmv", 0, [(5, 1e16)], "\r\nTTG\t-1\r\n"),
      ("victron/ve-direct-mppt", 0, [(6, nil), (7, 1.25)], "\r\nERR\t0\r\nH20\t125\r\nHSDS"),
    ] as [(String, Int, [(Int, Double?)], String)])
  func valuesAreWrittenAsTheMakerDoes(
    id: String, message: Int, values: [(Int, Double?)], expected: String
  ) throws {
    let file = try #require(ShippedProfile.all.first { $0.id == id })
    let frame = try Sensor(file, address: "7").frame(of: message, values)
    #expect(frame.contains(Array(expected.utf8)), "\(String(decoding: frame, as: UTF8.self))")
  }

  @Test(arguments: sensors) func aWrongChecksumIsSeen(file: ShippedProfile) throws {
    let sensor = try Sensor(file)
    let frame = try sensor.frame(of: 0, [])
    let wrong = sensor.line.framing.withWrongChecksum(frame)
    var framer = FrameReader(framing: sensor.line.framing, isSilentBefore: true)
    let last = wrong.map { framer.take($0) }.last
    #expect(last == (sensor.line.framing.hasChecksum ? .damaged(.checksum) : .frame))
    #expect((wrong == frame) == !sensor.line.framing.hasChecksum)
  }
}
