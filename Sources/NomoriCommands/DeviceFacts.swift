internal import DeviceProfiles

/// What a profile says, as `nomori devices --format json` writes it.
struct DeviceFacts: Encodable {
  /// A device in a list.
  struct Summary: Encodable {
    var id: String
    var maker: String
    var model: String
    var summary: String
    var confidence: String

    init(_ profile: DeviceProfile) {
      id = profile.id
      maker = profile.maker
      model = profile.model
      summary = profile.summary
      confidence = profile.provenance.confidence.rawValue
    }
  }

  struct Line: Encodable {
    var baud: UInt32
    var parity: String
    var stopBits: UInt8
  }

  struct Span: Encodable {
    var table: String
    var address: UInt16
    var count: UInt16

    init(_ span: RegisterSpan) {
      table = span.table.word
      address = span.address
      count = span.count
    }
  }

  struct Limits: Encodable {
    var registers: UInt16
    var bits: UInt16
    var hole: UInt16
    var evenStart: Bool
    var forbidden: [Span]
  }

  /// All in milliseconds.
  struct Timing: Encodable {
    var responseTimeout: UInt32
    var `guard`: UInt32?
    var minimumPeriod: UInt32
    var startup: UInt32
    var warmup: UInt32
    var afterWrite: UInt32
    var responseDelay: UInt32
  }

  struct Provenance: Encodable {
    var confidence: String
    var sources: [String]
    var unverified: [String]
  }

  var id: String
  var maker: String
  var model: String
  var summary: String
  var provenance: Provenance
  /// Absent for devices that are reached over TCP only.
  var serial: Line?
  /// Absent, like the limits, for sensors that do not speak Modbus.
  var unit: UInt8?
  var reservedUnits: [UInt8]
  var limits: Limits?
  var timing: Timing
  /// The steps before a reading, exceptions and identity checks, in words.
  var preparation: [String]
  var exceptions: [String]
  var identity: [String]
  var watchdog: String?
  var quantities: [QuantityFacts]
  /// Those of a sensor that does not speak Modbus.
  var lineQuantities: [FramedQuantityFacts]?

  init(_ profile: DeviceProfile) {
    id = profile.id
    maker = profile.maker
    model = profile.model
    summary = profile.summary
    provenance = Provenance(
      confidence: profile.provenance.confidence.rawValue, sources: profile.provenance.sources,
      unverified: profile.provenance.unverified)
    serial = profile.serial.map {
      Line(baud: $0.baud, parity: $0.parity.rawValue, stopBits: $0.stopBits)
    }
    let isModbus = profile.line == nil
    unit = isModbus ? profile.defaultUnit : nil
    reservedUnits = profile.reservedUnits
    limits =
      isModbus
      ? Limits(
        registers: profile.limits.maximumRegisters, bits: profile.limits.maximumBits,
        hole: profile.limits.maximumHole, evenStart: profile.limits.evenStart,
        forbidden: profile.limits.forbidden.map(Span.init)) : nil
    let timing = profile.timing
    self.timing = Timing(
      responseTimeout: timing.responseTimeoutMs, guard: timing.guardMs,
      minimumPeriod: timing.minimumPeriodMs, startup: timing.startupMs,
      warmup: timing.warmupMs, afterWrite: timing.afterWriteMs,
      responseDelay: timing.responseDelayMs)
    let words = DeviceWords(language: .en)
    preparation = profile.preparation.map(words.step)
    exceptions = profile.exceptions.map(words.exception)
    identity = profile.identity.map(words.identity)
    watchdog = profile.watchdog
    quantities = profile.quantities.map { QuantityFacts($0, words) }
    lineQuantities = profile.line?.quantities.map(FramedQuantityFacts.init)
  }
}

/// What a profile says of one quantity of a sensor that does not speak Modbus.
struct FramedQuantityFacts: Encodable {
  var id: String
  var title: String
  var unit: String
  var range: [Double]?
  /// The place of its message in the profile, from 0.
  var message: Int

  init(_ quantity: FramedQuantity) {
    id = quantity.id
    title = quantity.title
    unit = quantity.unit
    range = quantity.range.map { [$0.lowerBound, $0.upperBound] }
    message = quantity.message
  }
}

/// What a profile says of one quantity.
struct QuantityFacts: Encodable {
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
  /// What raw values or other quantities say about the value, in words.
  var conditions: [String]
  var counter: Counter?
  var access: String
  var writeFunction: UInt8?
  var timedOutput: String?
  var readsBackDifferently: Bool
  var isReadAlone: Bool

  init(_ quantity: ProfileQuantity, _ words: DeviceWords) {
    id = quantity.id
    title = quantity.title
    table = quantity.field.table.word
    address = quantity.field.address
    type = quantity.field.type.rawValue
    order = quantity.field.type.count > 1 ? quantity.field.order.rawValue : nil
    bits = quantity.field.bits.map { Bits(shift: $0.shift, width: $0.width) }
    unit = quantity.unit
    formula = words.formula(quantity)
    range = quantity.range.map { [$0.lowerBound, $0.upperBound] }
    labels = quantity.labels.map { Label(raw: $0.raw, label: $0.label) }
    conditions = words.conditions(quantity)
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
