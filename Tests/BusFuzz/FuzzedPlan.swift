import DetectionCore
import DeviceProfiles
import Polling

/// The bus under the fuzzer: every kind of point, and what is done before one is read.
enum FuzzedPlan {
  /// Function code and address of all that may be written: the output, a step of the preparation, and
  /// the fail-safe time.
  static let writable: [[UInt8]] = [[5, 0, 9], [16, 0, 50], [6, 0, 60]]

  /// A bus of three devices; the dice say how wary a profile is.
  static func make(link: Link, _ dice: inout Dice) -> BusPlan {
    var profile = profile("odd", quantities)
    profile.limits = ReadLimits(
      maximumRegisters: [4, 8, 125][dice.below(3)], maximumHole: UInt16(dice.below(12)),
      forbidden: [RegisterSpan(table: .holdingRegister, address: 14, count: 2)],
      evenStart: dice.isOne(in: 2))
    profile.timing = DeviceTiming(responseTimeoutMs: 200, afterWriteMs: 10)
    profile.exceptions = [ExceptionMeaning(code: 4, meaning: .notReady(retryMs: 40))]
    profile.watchdog = "watchdogTimeout"
    if dice.isOne(in: 2) {
      profile.identity = [
        .field(field(30), mask: .max, accepted: [UInt64(FieldPeer.word(at: 30))])
      ]
    }
    if dice.isOne(in: 2) {
      profile.preparation = [
        SampleTriggerStep(
          request: .write(table: .holdingRegister, address: 50, words: [1, 2]), waitMs: 30),
        SampleTriggerStep(
          request: .read(RegisterSpan(table: .inputRegister, address: 2, count: 1)), waitMs: 0),
      ]
    }
    let lamp = WrittenOutput(output: 0, quantity: coil, maximumOnTime: .seconds(86_400))
    let odd = DevicePlan(
      id: "odd", unit: 1, profile: profile, points: points(quantities, first: 0),
      outputs: [lamp], failSafe: dice.isOne(in: 2) ? .seconds(600) : nil)
    let plain = [quantity("level", field(0))]
    return BusPlan(
      id: "bus", link: link,
      devices: [odd]
        + [(2, "second"), (200, "third")].enumerated().map { index, device in
          DevicePlan(
            id: device.1, unit: UInt8(device.0), profile: Self.profile(device.1, plain),
            points: points(plain, first: quantities.count + index), outputs: [])
        })
  }

  private static func profile(_ id: String, _ quantities: [ProfileQuantity]) -> DeviceProfile {
    DeviceProfile(
      id: "maker/\(id)", maker: "Maker", model: id, serial: nil, defaultUnit: 1,
      quantities: quantities + [coil, watchdogTimeout])
  }

  private static func field(
    _ address: UInt16, _ table: RegisterTable = .holdingRegister, _ type: RawType = .uint16,
    _ order: WordOrder = .abcd
  ) -> RawField {
    RawField(table: table, address: address, type: type, order: order)
  }

  private static func quantity(_ id: String, _ field: RawField) -> ProfileQuantity {
    ProfileQuantity(id: id, field: field, unit: "1")
  }

  private static var coil: ProfileQuantity {
    ProfileQuantity(id: "lamp", field: field(9, .coil, .bit), unit: "1", access: .readWrite)
  }

  private static var watchdogTimeout: ProfileQuantity {
    ProfileQuantity(id: "watchdogTimeout", field: field(60), unit: "s", access: .write)
  }

  private static var quantities: [ProfileQuantity] {
    var scaled = quantity("scaled", field(20, .holdingRegister, .int16))
    scaled.coding.companionScales = [
      CompanionScale(companion: "decimals", field: field(22), rule: .decimals)
    ]
    var gated = quantity("gated", field(24))
    gated.coding.gates = [
      Gate(companion: "state", field: field(27), accepted: [UInt64(FieldPeer.word(at: 27))])
    ]
    var alone = quantity("alone", field(6))
    alone.isReadAlone = true
    var part = quantity("part", field(12))
    part.field.bits = BitField(shift: 1, width: 2)
    part.coding.sentinels = [Sentinel(.raw(3), means: .missing)]
    return [
      quantity("word", field(0)), quantity("long", field(2, .holdingRegister, .int32, .cdab)),
      quantity("single", field(8, .holdingRegister, .float32, .badc)),
      quantity("double", field(36, .holdingRegister, .float64, .dcba)),
      quantity("input", field(5, .inputRegister)),
      quantity("contact", field(3, .discreteInput, .bit)),
      quantity("switch", field(4, .coil, .bit)), scaled, gated, alone, part,
    ]
  }

  private static func points(_ quantities: [ProfileQuantity], first: Int) -> [PolledPoint] {
    quantities.enumerated().map { index, quantity in
      PolledPoint(
        point: PointIndex(rawValue: UInt16(first + index)), quantity: quantity,
        period: .seconds(60), isWatched: index % 2 == 0)
    }
  }
}
