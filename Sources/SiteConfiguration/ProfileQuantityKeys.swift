internal import DeviceProfiles

/// A quantity that stands in registers.
struct QuantityKeys: Keys {
  let title = Key("title", .text)
  let field = FieldKeys()
  let unit = Key("unit", .unit)
  let scaling = ScalingKeys()
  let decimalsFrom = Key(optional: "decimalsFrom", .later(.form(.quantityID)))
  let unitFrom = Key(optional: "unitFrom", .section(UnitCodesKeys.self))
  let sentinels = Key(optional: "sentinels", .list(of: .section(RawSentinelKeys.self)))
  let gates = Key(optional: "gates", .list(of: .section(RegisterGateKeys.self)))
  let range = Key(optional: "range", .range)
  let labels = Key(optional: "labels", .entries(of: .text))
  let counter = Key(optional: "counter", .section(CounterKeys.self))
  let access = Key("access", .choice(Access.self), default: .read)
  let write = Key(optional: "write", .section(WriteKeys.self))
  let output = Key(optional: "output", .section(SwitchedKeys.self))
  let alone = Key("alone", .truth, default: false)
  let repeated = Key(optional: "repeat", .section(RepeatKeys.self))
}

/// Where a raw number stands, and how it is written there.
struct FieldKeys: Keys {
  let register = RegisterKeys()
  /// Needed in tables of registers.
  let type = Key(optional: "type", .choice(RawType.self))
  /// Needed for more than one register.
  let order = Key(optional: "order", .choice(WordOrder.self))
  let bits = Key(optional: "bits", .section(BitsKeys.self))
}

struct BitsKeys: Keys {
  let shift = Key("shift", .integer(0...63))
  let width = Key("width", .integer(1...64), default: 1)
}

/// value = (raw + offsetBefore) × scale + offsetAfter
struct ScalingKeys: Keys {
  let offsetBefore = Key("offsetBefore", .number(), default: 0)
  let scale = Key("scale", .ratio, default: Ratio(1))
  let offsetAfter = Key("offsetAfter", .number(), default: 0)
}

extension Section<ScalingKeys> {
  var scaling: Scaling {
    Scaling(before: self.offsetBefore, ratio: self.scale, after: self.offsetAfter)
  }
}

/// Another quantity whose code says the scale.
struct UnitCodesKeys: Keys {
  let quantity = Key("quantity", .later(.form(.quantityID)))
  let codes = Key("codes", .entries(of: .codeScaling))
}

struct RawSentinelKeys: Keys {
  let raw = Key(
    "raw", .later(.either([.number(.all), .words(["nan", "inf", "-inf"])])))
  let means = Key("means", .choice(Fault.self))
}

/// What another quantity must say: one of `clear`, `set` and `equals`.
struct RegisterGateKeys: Keys {
  let quantity = Key("quantity", .later(.form(.quantityID)))
  let clear = Key(optional: "clear", .integer(0...63))
  let set = Key(optional: "set", .integer(0...63))
  let equals = Key(
    optional: "equals",
    .later(.either([.integer(0...Int.max), .list(.integer(0...Int.max), 1...64)])))
  let otherwise = Key("otherwise", .choice(Fault.self), default: .invalid)
}

struct CounterKeys: Keys {
  /// That of the field where it is not given.
  let width = Key(optional: "width", .integer(1...64))
  let resetsAtPowerUp = Key("resetsAtPowerUp", .truth, default: false)
  let clearedByReading = Key("clearedByReading", .truth, default: false)
}

struct WriteKeys: Keys {
  let function = Key(
    optional: "function", .later(.integers(WriteFunction.allCases.map { Int($0.rawValue) })))
  let readback = Key("readback", .choice(Readback.self), default: .same)
  let timedOutput = Key(optional: "timedOutput", .later(.form(.quantityID)))
}

/// What a site's output is written as, in the unit of the quantity.
struct SwitchedKeys: Keys {
  let onValue = Key("onValue", .number(), default: 1)
  let offValue = Key("offValue", .number(), default: 0)
}

struct RepeatKeys: Keys {
  let count = Key("count", .integer(1...256))
  /// The quantity's own length where it is not given.
  let step = Key(optional: "step", .integer(1...65535))
}

extension WriteFunction {
  /// The functions that can write `field`.
  static func allowed(for field: RawField) -> [WriteFunction] {
    switch field.table {
    case .coil: field.type == .bit ? [.singleCoil, .multipleCoils] : [.singleCoil]
    case .discreteInput, .inputRegister, .holdingRegister:
      field.type.count == 1
        ? [.singleRegister, .multipleRegisters, .maskRegister] : [.multipleRegisters]
    }
  }
}

extension Shape {
  /// The scaling that a code stands for.
  static var codeScaling: Shape { .either([.form(.ratio), .section(ScalingKeys.self)]) }
}

extension Kind where Value == Ratio {
  /// A whole number or two of them; never 0.
  static var ratio: Kind {
    Kind(
      shape: .form(.ratio), read: { $0.ratio() },
      written: { $0.denominator == 1 ? "\($0.numerator)" : "\($0.numerator)/\($0.denominator)" })
  }
}

extension Kind where Value == ClosedRange<Double> {
  /// Two numbers, the smaller one first.
  static var range: Kind { Kind(shape: .list(.number(.all), 2...2)) { $0.range() } }
}
