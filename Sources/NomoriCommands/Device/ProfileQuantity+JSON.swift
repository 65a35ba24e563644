internal import DeviceProfiles

extension ProfileQuantity {
  /// What a profile says of one quantity.
  struct JSON: Encodable {
    struct Bits: Encodable {
      var shift: UInt8
      var width: UInt8
    }

    struct Label: Encodable {
      var raw: UInt64
      var label: String
    }

    struct Counter: Encodable {
      var width: UInt8
      var resetsAtPowerUp: Bool
      var clearedByReading: Bool
    }

    var id: String
    var title: String
    var table: String
    /// As on the wire, from 0.
    var address: UInt16
    var type: String
    var order: String?
    var bits: Bits?
    var unit: String
    /// How the raw number becomes the value; absent where it is the value.
    var formula: String?
    var range: [Double]?
    var labels: [Label]
    /// What raw values or other quantities say about the value, in phrases.
    var conditions: [String]
    var counter: Counter?
    var access: String
    var writeFunction: UInt8?
    var timedOutput: String?
    var readsBackDifferently: Bool
    var isReadAlone: Bool

    init(_ quantity: ProfileQuantity, _ phrases: DevicePhrases) {
      id = quantity.id
      title = quantity.title
      table = quantity.field.table.word
      address = quantity.field.address
      type = quantity.field.type.rawValue
      order = quantity.field.type.count > 1 ? quantity.field.order.rawValue : nil
      bits = quantity.field.bits.map { Bits(shift: $0.shift, width: $0.width) }
      unit = quantity.unit
      formula = phrases.formula(quantity)
      range = quantity.range.map { [$0.lowerBound, $0.upperBound] }
      labels = quantity.labels.map { Label(raw: $0.raw, label: $0.label) }
      conditions = phrases.conditions(quantity)
      counter = quantity.counter.map {
        Counter(
          width: $0.width, resetsAtPowerUp: $0.resetsAtPowerUp,
          clearedByReading: $0.clearedByReading)
      }
      access = quantity.access.rawValue
      writeFunction = quantity.writeFunction?.rawValue
      timedOutput = quantity.timedOutput
      readsBackDifferently = quantity.isWritable && quantity.readback == .different
      isReadAlone = quantity.isReadAlone
    }
  }
}

extension FramedQuantity {
  /// What a profile says of one quantity of a sensor that does not speak Modbus.
  struct JSON: Encodable {
    var id: String
    var title: String
    var unit: String
    var range: [Double]?
    /// The index of its message in the profile, from 0.
    var message: Int

    init(_ quantity: FramedQuantity) {
      id = quantity.id
      title = quantity.title
      unit = quantity.unit
      range = quantity.range.map { [$0.lowerBound, $0.upperBound] }
      message = quantity.message
    }
  }
}

extension RegisterTable {
  /// The word for the table in profiles.
  var word: String {
    switch self {
    case .coil: "coil"
    case .discreteInput: "discrete"
    case .inputRegister: "input"
    case .holdingRegister: "holding"
    }
  }
}
