import DetectionCore
import DeviceProfiles
import Testing

/// A quantity of holding registers from address 0 on.
func quantity(
  _ type: RawType, order: WordOrder = .abcd, bits: BitField? = nil,
  scaling: Scaling = Scaling(), sentinels: [Sentinel<UInt64>] = [], gates: [Gate<RawField>] = [],
  companionScales: [CompanionScale<RawField>] = [], address: UInt16 = 0
) -> ProfileQuantity {
  ProfileQuantity(
    id: "q",
    field: RawField(
      table: .holdingRegister, address: address, type: type, order: order, bits: bits),
    unit: "1", scaling: scaling, companionScales: companionScales, sentinels: sentinels,
    gates: gates)
}

@Suite struct FieldCodingTests {
  /// The same number in every order; words written out by hand.
  @Test(arguments: [
    (RawType.uint32, WordOrder.abcd, [0x0102, 0x0304], 16_909_060.0),
    (.uint32, .cdab, [0x0304, 0x0102], 16_909_060),
    (.uint32, .badc, [0x0201, 0x0403], 16_909_060),
    (.uint32, .dcba, [0x0403, 0x0201], 16_909_060),
    (.int32, .abcd, [0xFFFF, 0xFF38], -200),
    (.int32, .cdab, [0xFF38, 0xFFFF], -200),
    (.int32, .badc, [0xFFFF, 0x38FF], -200),
    (.int32, .dcba, [0x38FF, 0xFFFF], -200),
    (.float32, .abcd, [0x42F6, 0xE979], 123.456_001_281_738_28),
    (.float32, .cdab, [0xE979, 0x42F6], 123.456_001_281_738_28),
    (.float32, .badc, [0xF642, 0x79E9], 123.456_001_281_738_28),
    (.float32, .dcba, [0x79E9, 0xF642], 123.456_001_281_738_28),
    (.uint64, .abcd, [0x0001, 0x0002, 0x0003, 0x0004], 281_483_566_841_860),
    (.uint64, .cdab, [0x0004, 0x0003, 0x0002, 0x0001], 281_483_566_841_860),
    (.uint64, .badc, [0x0100, 0x0200, 0x0300, 0x0400], 281_483_566_841_860),
    (.uint64, .dcba, [0x0400, 0x0300, 0x0200, 0x0100], 281_483_566_841_860),
    (.int64, .abcd, [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE], -2),
    (.int64, .dcba, [0xFEFF, 0xFFFF, 0xFFFF, 0xFFFF], -2),
    (.float64, .abcd, [0xC000, 0, 0, 0], -2),
    (.float64, .cdab, [0, 0, 0, 0xC000], -2),
    (.float64, .badc, [0x00C0, 0, 0, 0], -2),
    (.float64, .dcba, [0, 0, 0, 0x00C0], -2),
    (.uint16, .abcd, [0x0102], 258),
    (.uint16, .badc, [0x0201], 258),
    (.int16, .abcd, [0xFF9B], -101),
    (.int16, .dcba, [0x9BFF], -101),
  ])
  func wordOrders(type: RawType, order: WordOrder, words: [Int], value: Double) {
    let quantity = quantity(type, order: order)
    let words = words.map { UInt16($0) }
    #expect(quantity.decode(words: words) == .value(value))
    #expect(quantity.encode(value) == words)
  }

  @Test func bitFieldsAreCutOutAndPutBackWithoutTouchingTheirNeighbours() {
    let nibble = quantity(.uint16, bits: BitField(shift: 8, width: 4))
    #expect(nibble.decode(words: [0xABCD]) == .value(0xB))
    #expect(nibble.encode(3) { _, _ in 0xABCD } == [0xA3CD])
    #expect(nibble.encode(3) == [0x0300])
    #expect(nibble.encode(16) == nil)
    #expect(nibble.encode(-1) == nil)
    let across = quantity(.uint32, order: .cdab, bits: BitField(shift: 12, width: 8))
    #expect(across.decode(words: [0x5000, 0x000A]) == .value(0xA5))
    #expect(
      across.encode(0xFF) { _, address in [0x1234, 0x5678][Int(address)] } == [0xF234, 0x567F])
    // A part of a signed number is not signed.
    #expect(
      quantity(.int16, bits: BitField(shift: 0, width: 16)).decode(words: [0xFFFF])
        == .value(65535))
  }

  /// Scalings that devices of the field really have.
  @Test func offsetsStandBeforeAndAfterTheScale() {
    let ecowitt = quantity(.uint16, scaling: Scaling(before: -400, ratio: Ratio(1, 10)))
    #expect(ecowitt.decode(words: [0x0296]) == .value(26.2))
    let kelvin = quantity(.uint16, scaling: Scaling(ratio: Ratio(1, 10), after: -273.15))
    #expect(kelvin.decode(words: [2_732]) == .value(273.2 - 273.15))
    let frequency = quantity(.uint32, scaling: Scaling(ratio: Ratio(1, 65536)))
    #expect(frequency.decode(words: [50, 0x8000]) == .value(50.5))
    let rain = quantity(.uint16, scaling: Scaling(ratio: Ratio(254, 1000)))
    #expect(rain.decode(words: [139]) == .value(35.306))
  }

  @Test func encodingRefusesWhatTheTypeCannotHold() {
    #expect(quantity(.uint16).encode(65535.4) == [0xFFFF])
    #expect(quantity(.uint16).encode(65535.5) == nil)
    #expect(quantity(.uint16).encode(-0.4) == [0])
    #expect(quantity(.uint16).encode(-1) == nil)
    #expect(quantity(.int16).encode(-32768) == [0x8000])
    #expect(quantity(.int16).encode(-32769) == nil)
    #expect(quantity(.int16).encode(32768) == nil)
    #expect(quantity(.int64).encode(-0x1p63) == [0x8000, 0, 0, 0])
    #expect(quantity(.int64).encode(0x1p63) == nil)
    #expect(quantity(.uint64).encode(0x1p64) == nil)
    #expect(quantity(.float32).encode(1e39) == nil)
    for type in RawType.allCases where type != .bit {
      #expect(quantity(type).encode(.nan) == nil)
      #expect(quantity(type).encode(.infinity) == nil)
    }
  }

  /// `decode(encode(x))` is x to within half of the smallest step, for every type and order.
  @Test func encodingAndDecodingAgreeWithinTheResolution() {
    var random = Repeatable(seed: 0x6E6F_6D6F_7269)
    for _ in 0..<20_000 {
      let type = RawType.allCases[Int(random.next() % 8) + 1]
      let order = WordOrder.allCases[Int(random.next() % 4)]
      let denominator = Int64([1, 10, 100, 1000, 65536][Int(random.next() % 5)])
      let scaling = Scaling(
        before: Double(Int64(random.next() % 1000)) - 500, ratio: Ratio(1, denominator),
        after: Double(Int64(random.next() % 100)) / 4)
      let quantity = quantity(type, order: order, scaling: scaling)
      let value = Double(Int64(random.next() % 20_000_000) - 10_000_000) / 1024
      guard let words = quantity.encode(value) else {
        // Only what does not fit is refused.
        let number = (value - scaling.after) * Double(denominator) - scaling.before
        let fits: Bool
        switch type {
        case .uint16: fits = number > -0.5 && number < 65535.5
        case .int16: fits = number > -32768.5 && number < 32767.5
        case .uint32, .uint64: fits = number > -0.5 && number < 4294967295.5
        case .int32: fits = number > -2147483648.5 && number < 2147483647.5
        default: fits = true
        }
        #expect(!fits, "\(type) \(order) \(value) seed \(random.seed)")
        continue
      }
      guard case .value(let back) = quantity.decode(words: words) else {
        Issue.record("\(type) \(order) \(value): not a value, seed \(random.seed)")
        continue
      }
      let largest = max(value.magnitude, 600) + scaling.after
      let step =
        type == .float32 ? largest * 0x1p-22 : type == .float64 ? 0 : 0.5 / Double(denominator)
      #expect(
        (back - value).magnitude <= step + largest * 0x1p-45,
        "\(type) \(order) \(value) became \(back), seed \(random.seed)")
    }
  }
}

/// Random numbers that know the seed they came from.
struct Repeatable: RandomNumberGenerator {
  let seed: UInt64
  private var numbers: SplitMix64

  init(seed: UInt64) {
    self.seed = seed
    numbers = SplitMix64(seed: seed)
  }

  mutating func next() -> UInt64 { numbers.next() }
}
