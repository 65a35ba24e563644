import DetectionCore
import DeviceProfiles
import FieldSimulation
import Polling
import Tables
import Testing

@Suite struct DeviceModelTests {
  /// A pressure probe as makers describe them: floats in pairs of registers, NaN for a dead
  /// channel, even start addresses only.
  private static let probe = DeviceProfile(
    id: "test/probe", maker: "Test", model: "Probe",
    serial: SerialSettings(baud: 9600, parity: .none, stopBits: 1), defaultUnit: 1,
    limits: ReadLimits(maximumRegisters: 8, maximumHole: 2, evenStart: true),
    timing: DeviceTiming(responseDelayMs: 40),
    quantities: [
      ProfileQuantity(id: "p1", field: float(2), unit: "bar"),
      ProfileQuantity(id: "tob1", field: float(8), unit: "Cel"),
    ])

  private static func float(_ address: UInt16) -> RawField {
    RawField(table: .holdingRegister, address: address, type: .float32)
  }

  private func holding(_ address: UInt16, _ count: UInt16) -> RegisterSpan {
    RegisterSpan(table: .holdingRegister, address: address, count: count)
  }

  @Test func `a probe answers the words of the published frames`() throws {
    // Frames 01 03 04 3F75F07B (0.960701 bar) and 01 03 04 41B5C079 (22.719 °C).
    for (id, address, bits) in [("p1", 2, 0x3f75_f07b), ("tob1", 8, 0x41b5_c079)] {
      let value = Double(Float(bitPattern: UInt32(bits)))
      let probe = try DeviceModel(
        profile: Self.probe, quantities: [SimulatedQuantity(id: id, source: .constant(value))])
      #expect(
        probe.read(holding(UInt16(address), 2), at: .zero)
          == .words([UInt16(bits >> 16), UInt16(bits & 0xffff)]))
    }
  }

  private func words(_ answer: DeviceAnswer) -> [UInt16] {
    guard case .words(let words) = answer else { return [] }
    return words
  }

  @Test func `a level becomes the pressure from which the site derives it`() throws {
    // The site derives level = 10.197 m/bar · pressure + 0.12 m.
    let derivation = try #require(AffineMapping(gain: 10.197, offset: 0.12))
    let level = SyntheticFlood().level
    let probe = try DeviceModel(
      profile: Self.probe,
      quantities: [SimulatedQuantity(id: "p1", source: .series(level), derivation: derivation)])
    let p1 = try #require(Self.probe.quantity("p1"))
    for hour in stride(from: Int64(0), through: 70, by: 5) {
      let time = TimeSpan.seconds(hour * 3_600)
      guard case .value(let pressure) = p1.decode(words: words(probe.read(holding(2, 2), at: time)))
      else {
        Issue.record("no pressure at \(hour) h")
        continue
      }
      let expected = try #require(level.value(at: time))
      #expect(abs(10.197 * pressure + 0.12 - expected) < 1e-6, "at \(hour) h")
    }
  }

  @Test(arguments: RawType.allCases.filter { $0 != .bit }, WordOrder.allCases)
  func `what a model encodes its profile decodes`(type: RawType, order: WordOrder) throws {
    let quantity = ProfileQuantity(
      id: "q", field: RawField(table: .inputRegister, address: 40, type: type, order: order),
      unit: "1", scaling: Scaling(before: -400, ratio: Ratio(1, 10), after: 3))
    let profile = DeviceProfile(
      id: "test/any", maker: "Test", model: "Any", serial: nil, defaultUnit: 1,
      quantities: [quantity])
    let seed: UInt64 = 11
    var random = SplitMix64(seed: seed)
    for _ in 0..<50 {
      // Raw numbers from 0 to 32,767, which every type can carry.
      let value = (random.nextUnit() * 32_767).rounded() / 10 - 37
      let model = try DeviceModel(
        profile: profile, quantities: [SimulatedQuantity(id: "q", source: .constant(value))])
      let answer = words(model.read(quantity.field.span, at: .zero))
      guard case .value(let decoded) = quantity.decode(words: answer) else {
        Issue.record("\(value) became \(answer), seed \(seed)")
        continue
      }
      #expect(abs(decoded - value) < 1e-3, "seed \(seed)")
    }
  }

  @Test func `a missing value becomes the device's error value`() throws {
    let flood = SyntheticFlood()
    let probe = try DeviceModel(
      profile: Self.probe, quantities: [SimulatedQuantity(id: "p1", source: .series(flood.level))])
    let during = flood.dropout.lowerBound
    let p1 = try #require(Self.probe.quantity("p1"))
    #expect(p1.decode(words: words(probe.read(holding(2, 2), at: during))) == .invalid(.reported))
    #expect(probe.value(of: "p1", at: during) == nil)
    #expect(try #require(probe.value(of: "p1", at: flood.dropout.upperBound)) > 3.9)
  }

  @Test func `a device without error value is silent where a value is missing`() throws {
    let field = RawField(table: .inputRegister, address: 5, type: .uint16)
    let profile = DeviceProfile(
      id: "test/radar", maker: "Test", model: "Radar", serial: nil, defaultUnit: 9,
      quantities: [
        ProfileQuantity(
          id: "distance", field: field, unit: "m", scaling: Scaling(ratio: Ratio(1, 1_000))),
        ProfileQuantity(
          id: "echo", field: RawField(table: .inputRegister, address: 6, type: .int16), unit: "dB",
          sentinels: [Sentinel(.raw(0x7fff), means: .missing)]),
      ])
    let gap = try #require(Series(start: nil, offsets: [0, 10], values: [1.803, .nan]))
    let radar = try DeviceModel(
      profile: profile,
      quantities: [
        SimulatedQuantity(id: "distance", source: .series(gap)),
        SimulatedQuantity(id: "echo", source: .series(gap)),
      ])
    let distance = RegisterSpan(table: .inputRegister, address: 5, count: 1)
    let echo = RegisterSpan(table: .inputRegister, address: 6, count: 1)
    #expect(radar.read(distance, at: .zero) == .words([1_803]))
    #expect(radar.read(distance, at: .seconds(1)) == .noAnswer)
    #expect(radar.read(echo, at: .seconds(1)) == .words([0x7fff]))
  }

  @Test func `reads that the device does not take get exceptions`() throws {
    let probe = try DeviceModel(profile: Self.probe, quantities: [])
    #expect(probe.unit == 1)
    #expect(probe.read(holding(2, 2), at: .zero) == .words([0, 0]))
    #expect(probe.read(holding(0, 2), at: .zero) == .illegalAddress)
    #expect(probe.read(holding(3, 2), at: .zero) == .illegalAddress)
    #expect(probe.read(holding(2, 8), at: .zero) == .illegalAddress)
    #expect(probe.read(holding(2, 9), at: .zero) == .illegalValue)
    #expect(probe.read(holding(2, 0), at: .zero) == .illegalValue)
    #expect(
      probe.read(RegisterSpan(table: .inputRegister, address: 2, count: 2), at: .zero)
        == .illegalAddress)
    #expect(probe.read(holding(65_534, 4), at: .zero) == .illegalAddress)
  }

  @Test func `a hole is bridged up to the width that the profile allows`() throws {
    var profile = Self.probe
    profile.limits.maximumHole = 4
    let probe = try DeviceModel(profile: profile, quantities: [])
    #expect(probe.read(holding(2, 8), at: .zero) == .words([UInt16](repeating: 0, count: 8)))
    profile.limits.forbidden = [holding(5, 1)]
    let guarded = try DeviceModel(profile: profile, quantities: [])
    #expect(guarded.read(holding(2, 8), at: .zero) == .illegalAddress)
  }

  private static let relay = DeviceProfile(
    id: "test/relay", maker: "Test", model: "Relay", serial: nil, defaultUnit: 3,
    quantities: [
      ProfileQuantity(
        id: "relay-1", field: RawField(table: .coil, address: 0, type: .bit), unit: "1",
        access: .readWrite),
      ProfileQuantity(
        id: "flash-1", field: RawField(table: .coil, address: 0x200, type: .uint16), unit: "s",
        scaling: Scaling(ratio: Ratio(1, 10)), access: .write, timedOutput: "relay-1"),
      ProfileQuantity(
        id: "mode", field: RawField(table: .holdingRegister, address: 0x1000, type: .uint16),
        unit: "1", access: .readWrite),
      ProfileQuantity(
        id: "serial", field: RawField(table: .holdingRegister, address: 0x1001, type: .uint16),
        unit: "1"),
    ])

  private let lamp = RegisterSpan(table: .coil, address: 0, count: 1)

  @Test func `a lamp keeps the state that was written`() throws {
    var relay = try DeviceModel(profile: Self.relay, unit: 17, quantities: [])
    #expect(relay.unit == 17)
    #expect(relay.read(lamp, at: .zero) == .words([0]))
    #expect(relay.answer(to: .writeCoil(address: 0, on: true), at: .zero) == .written)
    #expect(relay.read(lamp, at: .seconds(5)) == .words([1]))
    #expect(relay.value(of: "relay-1", at: .seconds(5)) == 1)
    #expect(relay.answer(to: .writeCoil(address: 0, on: false), at: .seconds(6)) == .written)
    #expect(relay.read(lamp, at: .seconds(6)) == .words([0]))
  }

  @Test func `a timed output goes off by itself`() throws {
    var relay = try DeviceModel(profile: Self.relay, quantities: [])
    #expect(relay.write(.coil, address: 0x200, words: [70], at: .seconds(1)) == .written)
    #expect(relay.read(lamp, at: .milliseconds(7_999)) == .words([1]))
    #expect(relay.read(lamp, at: .seconds(8)) == .words([0]))
  }

  @Test func `writes that the device does not take change nothing`() throws {
    var relay = try DeviceModel(profile: Self.relay, quantities: [])
    #expect(
      relay.answer(to: .writeRegister(address: 0x1001, value: 5), at: .zero) == .illegalAddress)
    #expect(relay.answer(to: .writeCoil(address: 9, on: true), at: .zero) == .illegalAddress)
    #expect(
      relay.write(.holdingRegister, address: 0x1000, words: [5, 6], at: .zero) == .illegalAddress)
    #expect(relay.read(holding(0x1000, 1), at: .zero) == .words([0]))
    #expect(relay.answer(to: .writeRegister(address: 0x1000, value: 5), at: .zero) == .written)
    #expect(relay.read(holding(0x1000, 2), at: .zero) == .words([5, 0]))
    #expect(relay.write(.holdingRegister, address: 0x1000, words: [], at: .zero) == .illegalValue)
  }

  @Test func `companions, unit codes and identity stand as the profile wants them`() throws {
    let status = RawField(table: .inputRegister, address: 0, type: .uint16)
    let unit = RawField(table: .inputRegister, address: 1, type: .uint16)
    let identity = RawField(table: .inputRegister, address: 3, type: .uint16)
    let millimetres = ScaleCode<UInt64>(raw: 7, scaling: Scaling(ratio: Ratio(1, 1_000)))
    let level = ProfileQuantity(
      id: "level", field: RawField(table: .inputRegister, address: 2, type: .uint16), unit: "m",
      companionScales: [
        CompanionScale(companion: "unit", field: unit, rule: .codes([millimetres]))
      ], gates: [.set(bit: 3, of: "status", at: status)])
    let profile = DeviceProfile(
      id: "test/gated", maker: "Test", model: "Gated", serial: nil, defaultUnit: 1,
      identity: [.field(identity, mask: 0xff00, accepted: [0x4200])],
      quantities: [
        ProfileQuantity(id: "status", field: status, unit: "1"),
        ProfileQuantity(id: "unit", field: unit, unit: "1"), level,
      ])
    let model = try DeviceModel(
      profile: profile, quantities: [SimulatedQuantity(id: "level", source: .constant(1.25))])
    let answer = words(
      model.read(RegisterSpan(table: .inputRegister, address: 0, count: 4), at: .zero))
    #expect(answer == [8, 7, 1_250, 0x4200])
    let decoded = level.decode { _, address in
      answer.indices.contains(Int(address)) ? answer[Int(address)] : nil
    }
    #expect(decoded == .value(1.25))

    let gap = try #require(Series(start: nil, offsets: [0], values: [.nan]))
    let broken = try DeviceModel(
      profile: profile, quantities: [SimulatedQuantity(id: "level", source: .series(gap))])
    let words = words(
      broken.read(RegisterSpan(table: .inputRegister, address: 0, count: 4), at: .zero))
    #expect(words.first == 0, "the gate's bit says that the level does not count")
  }

  @Test func `quantities that share a register are written and read together`() throws {
    func bits(_ shift: UInt8) -> RawField {
      RawField(
        table: .holdingRegister, address: 7, type: .uint16, bits: BitField(shift: shift, width: 4))
    }
    let profile = DeviceProfile(
      id: "test/bits", maker: "Test", model: "Bits", serial: nil, defaultUnit: 1,
      quantities: [
        ProfileQuantity(id: "low", field: bits(0), unit: "1", access: .readWrite),
        ProfileQuantity(id: "high", field: bits(8), unit: "1", access: .readWrite),
      ])
    var model = try DeviceModel(profile: profile, quantities: [])
    #expect(model.answer(to: .writeRegister(address: 7, value: 0x0305), at: .zero) == .written)
    #expect(model.value(of: "low", at: .zero) == 5)
    #expect(model.value(of: "high", at: .zero) == 3)
    #expect(model.read(holding(7, 1), at: .zero) == .words([0x0305]))
  }

  @Test func `a counter counts whole numbers`() throws {
    let profile = DeviceProfile(
      id: "test/counter", maker: "Test", model: "Counter", serial: nil, defaultUnit: 1,
      quantities: [
        ProfileQuantity(
          id: "pulses",
          field: RawField(table: .inputRegister, address: 0, type: .uint32, order: .cdab),
          unit: "1")
      ])
    let model = try DeviceModel(
      profile: profile,
      quantities: [
        SimulatedQuantity(id: "pulses", source: .counter(start: 65_535, perHour: 3_600))
      ])
    let span = RegisterSpan(table: .inputRegister, address: 0, count: 2)
    #expect(model.read(span, at: .milliseconds(999)) == .words([0xffff, 0]))
    #expect(model.read(span, at: .seconds(1)) == .words([0, 1]))
  }

  @Test func `sources for quantities that cannot be are refused`() {
    #expect(throws: DeviceModelError.unknownQuantity("p9", profile: "test/probe")) {
      try DeviceModel(
        profile: Self.probe, quantities: [SimulatedQuantity(id: "p9", source: .constant(0))])
    }
    let twice = SimulatedQuantity(id: "p1", source: .constant(0))
    #expect(throws: DeviceModelError.repeatedQuantity("p1", profile: "test/probe")) {
      try DeviceModel(profile: Self.probe, quantities: [twice, twice])
    }
  }

  @Test func `an answer takes transmission both ways and the response delay`() throws {
    let probe = try DeviceModel(profile: Self.probe, quantities: [])
    let request = BusRequest.read(holding(2, 2))
    // 8 + 9 bytes of 10 bits at 9600 baud are 17.708 ms, and the probe thinks for 40 ms.
    let delay = probe.responseDelay(to: request, serial: probe.profile.serial)
    #expect(abs(delay.seconds - 0.057_708_3) < 1e-6)
    #expect(probe.responseDelay(to: request, serial: nil) == .milliseconds(40))
  }

  @Test func `no request traps, whatever it asks`() throws {
    var random = SplitMix64(seed: 2_026)
    var models = [
      try DeviceModel(profile: Self.probe, quantities: []),
      try DeviceModel(profile: Self.relay, quantities: []),
    ]
    var (answered, written) = (0, 0)
    for _ in 0..<20_000 {
      let index = Int(random.next() % 2)
      let table = RegisterTable.allCases[Int(random.next() % 4)]
      let address = UInt16(truncatingIfNeeded: random.next() >> (random.next() % 64))
      let count = UInt16(truncatingIfNeeded: random.next() >> (random.next() % 64))
      let time = TimeSpan(nanoseconds: Int64(bitPattern: random.next()))
      let span = RegisterSpan(table: table, address: address, count: count)
      if case .words(let words) = models[index].read(span, at: time) {
        #expect(words.count == Int(count), "\(span)")
        #expect(!table.isBits || words.allSatisfy { $0 < 2 }, "\(span)")
        answered += 1
      }
      let words = (0..<(random.next() % 5)).map { _ in UInt16(truncatingIfNeeded: random.next()) }
      if models[index].write(table, address: address, words: words, at: time) == .written {
        #expect(!words.isEmpty && table != .discreteInput && table != .inputRegister)
        written += 1
      }
    }
    #expect(answered > 0 && written > 0, "\(answered) answered, \(written) written")
  }
}
