/// What may be done with a quantity.
public enum Access: String, Hashable, Sendable, CaseIterable {
  /// It can only be read.
  case read
  /// It can be read and written.
  case readWrite = "read-write"
  /// It can only be written; reading it gives an error or nonsense.
  case write
}

/// What is special about a number that only counts up.
public struct Counter: Hashable, Sendable {
  /// The number of bits after which it starts from 0 again.
  public var width: UInt8
  /// True where it starts from 0 after each power-up: a drop is then a restart, not a wrap.
  public var resetsAtPowerUp: Bool
  /// True where reading clears it, so that each reading must be kept and no one else may read.
  public var clearedByReading: Bool

  /// Makes a counter.
  public init(width: UInt8, resetsAtPowerUp: Bool = false, clearedByReading: Bool = false) {
    self.width = width
    self.resetsAtPowerUp = resetsAtPowerUp
    self.clearedByReading = clearedByReading
  }
}

extension ProfileQuantity {
  /// True where reading clears it.
  public var isClearedByReading: Bool { counter?.clearedByReading == true }
}

/// The word for one raw value of an enumeration.
public struct CodeLabel: Hashable, Sendable {
  /// The raw value.
  public var raw: UInt64
  /// Its word, such as `rain`.
  public var label: String

  /// Makes a label.
  public init(raw: UInt64, label: String) {
    self.raw = raw
    self.label = label
  }
}

/// The Modbus function that writes a quantity.
public enum WriteFunction: UInt8, Hashable, Sendable, CaseIterable {
  /// Function code 5. The value field is 0xFF00 or 0x0000 for a coil of type `bit`, and the
  /// encoded word itself for one of type `uint16`.
  case singleCoil = 5
  /// Function code 6.
  case singleRegister = 6
  /// Function code 15.
  case multipleCoils = 15
  /// Function code 16.
  case multipleRegisters = 16
  /// Function code 22: changes some bits of one holding register and leaves the others as they are.
  case maskRegister = 22
}

/// What an output is written as, in the unit of its quantity.
public struct SwitchedValues: Hashable, Sendable {
  /// The value that switches it on.
  public var on: Double
  /// The value that switches it off.
  public var off: Double

  /// Makes the values, by default those of a coil.
  public init(on: Double = 1, off: Double = 0) {
    self.on = on
    self.off = off
  }
}

/// What a quantity reads as after it was written.
public enum Readback: String, Hashable, Sendable, CaseIterable {
  /// The written value.
  case same
  /// Something else; a comparison would find a fault where none is.
  case different
}

/// One value of a device: where it stands, how it is encoded, what its number means.
public struct ProfileQuantity: Hashable, Sendable {
  /// The id within the profile, such as `p1`.
  public var id: String
  /// What it is, in a few English words.
  public var title: String
  /// Where its raw bits stand, and how they become a value.
  public var coding: ValueCoding<RawField>
  /// UCUM code of the decoded value; `1` for plain numbers, states and codes.
  public var unit: String
  /// The values that the device can honestly give, in `unit`; nil where the maker does not say.
  /// Decoding does not apply it: the gross-range test needs the value in order to flag it.
  public var range: ClosedRange<Double>?
  /// The words for raw values; empty unless the quantity is an enumeration.
  public var labels: [CodeLabel]
  /// Set for numbers that only count up.
  public var counter: Counter?
  /// What may be done with it.
  public var access: Access
  /// The function that writes it; nil: the simplest that the table allows.
  public var customWriteFunction: WriteFunction?
  /// What it reads as after it was written.
  public var readback: Readback
  /// The id of the quantity that this one drives for a limited time; the device itself ends it,
  /// even when the line is cut. The value is that time. Nil for ordinary quantities.
  public var timedOutput: String?
  /// What a site may write to it as to an output; nil: it is none, and no site may switch it. Addresses,
  /// unit numbers, settings and masks that hold several outputs are none.
  public var output: SwitchedValues?
  /// True where the device answers correctly only if this quantity is read in a request of its own.
  public var isReadAlone: Bool

  /// Makes a quantity; what is not given is absent or plain.
  public init(
    id: String, title: String = "", field: RawField, unit: String, scaling: Scaling = Scaling(),
    companionScales: [CompanionScale<RawField>] = [], sentinels: [Sentinel<UInt64>] = [],
    gates: [Gate<RawField>] = [],
    range: ClosedRange<Double>? = nil, labels: [CodeLabel] = [], counter: Counter? = nil,
    access: Access = .read, customWriteFunction: WriteFunction? = nil, readback: Readback = .same,
    timedOutput: String? = nil, output: SwitchedValues? = nil, isReadAlone: Bool = false
  ) {
    self.id = id
    self.title = title
    coding = ValueCoding(
      field: field, gates: gates, sentinels: sentinels, scaling: scaling,
      companionScales: companionScales)
    self.unit = unit
    self.range = range
    self.labels = labels
    self.counter = counter
    self.access = access
    self.customWriteFunction = customWriteFunction
    self.readback = readback
    self.timedOutput = timedOutput
    self.output = output
    self.isReadAlone = isReadAlone
  }

  /// Where its raw bits stand and in which form.
  public var field: RawField {
    get { coding.field }
    set { coding.field = newValue }
  }

  /// The registers of its own raw value.
  public var span: RegisterSpan { field.span }

  /// The registers that must be read besides its own before it can be decoded.
  public var companionSpans: [RegisterSpan] {
    coding.gates.map(\.field.span) + coding.companionScales.map(\.field.span)
  }

  /// True where it can be polled.
  public var isReadable: Bool { access != .write }

  /// True where it can be written.
  public var isWritable: Bool { access != .read }

  /// The function that writes it, or nil where it cannot be written.
  public var writeFunction: WriteFunction? {
    guard isWritable else { return nil }
    if let customWriteFunction { return customWriteFunction }
    switch field.table {
    case .coil: return .singleCoil
    case .holdingRegister: return field.type.count == 1 ? .singleRegister : .multipleRegisters
    case .discreteInput, .inputRegister: return nil
    }
  }

  /// True where a write replaces bits of a register that are not the quantity's own, which must be
  /// read before.
  public var keepsNeighbours: Bool { field.bits != nil && writeFunction != .maskRegister }

  /// The word for a decoded value of an enumeration, or nil where it has none.
  public func label(for value: Double) -> String? {
    labels.first { field.number(of: $0.raw) == value }?.label
  }
}
