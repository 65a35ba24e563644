/// A value of Sparkplug with its data type.
enum SparkplugValue: Hashable {
  case integer(Int32)
  case long(Int64)
  case double(Double)
  case boolean(Bool)
  case text(String)

  /// The data types that are used, by their numbers in Sparkplug B 3.0, 6.4.16.
  enum Kind: UInt64 {
    case integer = 3
    case long = 4
    case double = 10
    case boolean = 11
    case text = 12
  }

  var kind: Kind {
    switch self {
    case .integer: .integer
    case .long: .long
    case .double: .double
    case .boolean: .boolean
    case .text: .text
    }
  }

  /// Writes the value as one of the six fields that begin with `first`: those of numbers of 32 and 64 bits, floats,
  /// doubles, truth values and texts.
  fileprivate func write(to message: inout ProtobufWriter, from first: UInt64) {
    switch self {
    case .integer(let value): message.field(first, UInt64(UInt32(bitPattern: value)))
    case .long(let value): message.field(first + 1, UInt64(bitPattern: value))
    case .double(let value): message.field(first + 3, value)
    case .boolean(let value): message.field(first + 4, value)
    case .text(let value): message.field(first + 5, value)
    }
  }
}

/// What is said of a metric beside its value.
struct SparkplugProperty: Hashable {
  var name: String
  var value: SparkplugValue

  init(_ name: String, _ value: SparkplugValue) {
    self.name = name
    self.value = value
  }

  init(_ name: String, _ text: String) { self.init(name, .text(text)) }
}

/// What a metric was at some time.
struct SparkplugReading: Hashable {
  /// In milliseconds since 1970; nil in a death, of which nobody knows when it will be told.
  var timeMs: UInt64?
  /// Nil where there is none.
  var value: SparkplugValue?
  /// Nil for what is good as long as it has a value, and then says no more of itself.
  var quality: SparkplugQuality?
  /// What else is said of this reading.
  var properties: [SparkplugProperty] = []

  /// True where a receiver that knows `other` already knows better. What is known of the future was told before
  /// the clock was set back.
  func isOlder(than other: SparkplugReading?, atMs nowMs: UInt64) -> Bool {
    guard let timeMs, let known = other?.timeMs else { return false }
    return timeMs < known && known <= nowMs
  }

  fileprivate var allProperties: [SparkplugProperty] {
    let quality = quality ?? (value == nil ? SparkplugQuality.stale : nil)
    return (quality?.properties ?? []) + properties
  }
}

/// How good a value is, in Sparkplug's three words and in QARTOD's five.
struct SparkplugQuality: Hashable {
  /// Sparkplug's words: bad, good, stale.
  private enum Word: Int32 {
    case bad = 0
    case good = 192
    case stale = 500
  }

  private var word: Word
  private var flag: UInt8?

  private init(_ word: Word, _ flag: UInt8?) {
    self.word = word
    self.flag = flag
  }

  /// Nobody knows any more.
  static let stale = SparkplugQuality(.stale, nil)

  /// By a QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 bad, 9 missing. A suspect value is not a bad one.
  init(flag: UInt8) {
    self.flag = flag
    word =
      switch flag {
      case 4: .bad
      case 9: .stale
      default: .good
      }
  }

  /// The same value, now that it is out of date.
  var outdated: SparkplugQuality { SparkplugQuality(.stale, flag) }

  fileprivate var properties: [SparkplugProperty] {
    [SparkplugProperty("Quality", .integer(word.rawValue))]
      + (flag.map { [SparkplugProperty("QARTOD", .integer(Int32($0)))] } ?? [])
  }
}

extension ProtobufWriter {
  /// Writes a metric of a payload: its name, its alias and its type where they are given, and what it was.
  mutating func metric(
    name: String? = nil, alias: UInt64? = nil, kind: SparkplugValue.Kind? = nil,
    isHistorical: Bool = false, further: [SparkplugProperty] = [], _ reading: SparkplugReading
  ) {
    field(2) { metric in
      if let name { metric.field(1, name) }
      if let alias { metric.field(2, alias) }
      if let time = reading.timeMs { metric.field(3, time) }
      if let kind { metric.field(4, kind.rawValue) }
      if isHistorical { metric.field(5, true) }
      if reading.value == nil { metric.field(7, true) }
      metric.properties(reading.allProperties + further)
      reading.value?.write(to: &metric, from: 10)
    }
  }

  private mutating func properties(_ properties: [SparkplugProperty]) {
    guard !properties.isEmpty else { return }
    field(9) { set in
      for property in properties { set.field(1, property.name) }
      for property in properties {
        set.field(2) { value in
          value.field(1, property.value.kind.rawValue)
          property.value.write(to: &value, from: 3)
        }
      }
    }
  }
}
