internal import Delivery
internal import DetectionCore

/// What may stand at a key, as far as that can be said of the key alone.
indirect enum Shape {
  /// A way to write a value that has a name of its own.
  case form(Form)
  /// A text; what it may hold is checked when it is read.
  case text
  /// A whole number.
  case integer(ClosedRange<Int>)
  /// One of these whole numbers.
  case integers([Int])
  /// A number.
  case number(ClosedRange<Double>)
  /// `true` or `false`.
  case truth
  /// One of these words.
  case words([String])
  /// A list of so many.
  case list(Shape, ClosedRange<Int>)
  /// A mapping with these keys.
  case section(any Keys.Type)
  /// A mapping with these keys, and others that are chosen by its author.
  case open(any Keys.Type, others: Shape)
  /// A mapping whose keys are chosen by its author.
  case entries(Shape)
  /// One of several.
  case either([Shape])

  /// Ways to write a value, by the names that the schemas have for them.
  enum Form: String {
    case id, duration, value, difference, rate, length, size, path
    case localizedText = "text"
    case quantityID, fieldName, ratio, hex, frame, byte
    /// A register's number, as the profile's `addressing` counts.
    case address
  }

  /// More elements than any list needs; an own limit for each list would say nothing.
  static let mostElements = 10_000
}

/// How the value of a key is written and read.
struct Kind<Value> {
  let shape: Shape
  /// The value, or nil after a diagnostic.
  let read: (YAMLNode) -> Value?
  /// How a value is written in a file.
  var written: (Value) -> String = { "\($0)" }
}

extension Kind where Value == YAMLNode {
  /// A value that can only be read when more is known.
  static func later(_ shape: Shape) -> Kind { Kind(shape: shape) { $0 } }
  /// The id of a thing of this site.
  static var reference: Kind { later(.form(.id)) }
  /// A value in the unit of the point.
  static var value: Kind { later(.form(.value)) }
  /// A difference of two values.
  static var difference: Kind { later(.form(.difference)) }
  /// A change of the value in a time.
  static var rate: Kind { later(.form(.rate)) }
  /// A smaller and a larger value.
  static var span: Kind { later(.list(.form(.value), 2...2)) }
}

extension Kind where Value == String {
  /// A text that is not empty.
  static var text: Kind { Kind(shape: .text) { $0.string() } }
  /// One of `words`.
  static func word(_ words: [String]) -> Kind { Kind(shape: .words(words)) { $0.choice(words) } }
  /// A path from the root.
  static var path: Kind { Kind(shape: .form(.path)) { $0.absolutePath() } }
}

extension Kind where Value == LocalizedText {
  /// A text in both languages.
  static var localizedText: Kind { Kind(shape: .form(.localizedText)) { $0.localizedText() } }
}

extension Kind where Value == Unit {
  /// A unit by its UCUM code.
  static var unit: Kind { Kind(shape: .text) { $0.unit() } }
}

extension Kind where Value == Int {
  /// A whole number within `range`.
  static func integer(_ range: ClosedRange<Int>) -> Kind {
    Kind(shape: .integer(range)) { $0.integer(in: range) }
  }
  /// A port of TCP.
  static var port: Kind { integer(1...65_535) }
}

extension Kind where Value == Double {
  /// A number within `range`.
  static func number(_ range: ClosedRange<Double> = .all) -> Kind {
    Kind(
      shape: .number(range), read: { $0.double(in: range) },
      written: { number in Int(exactly: number).map { "\($0)" } ?? "\(number)" })
  }
  /// A length in metres.
  static var length: Kind { Kind(shape: .form(.length)) { $0.length() } }
}

extension Kind where Value == Bool {
  /// `true` or `false`.
  static var truth: Kind { Kind(shape: .truth) { $0.bool() } }
}

extension Kind where Value == TimeSpan {
  /// A length of time of at least `least`.
  static func duration(atLeast least: TimeSpan = .zero) -> Kind {
    Kind(shape: .form(.duration), read: { $0.duration(atLeast: least) }, written: \.written)
  }
}

extension Kind where Value == UInt32 {
  /// A length of time in whole milliseconds, within `range`.
  static func milliseconds(_ range: ClosedRange<UInt32> = 0...UInt32.max) -> Kind {
    Kind(
      shape: .form(.duration), read: { $0.milliseconds(in: range) },
      written: { TimeSpan.milliseconds(Int64($0)).written })
  }
}

extension Kind where Value == Int64 {
  /// A number of bytes.
  static var size: Kind { Kind(shape: .form(.size), read: { $0.byteCount() }, written: \.bytes) }
}

extension Kind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the cases of an enumeration.
  static func choice(_ type: Value.Type) -> Kind {
    Kind(
      shape: .words(type.allCases.map(\.rawValue)), read: { $0.choice(type) },
      written: \.rawValue)
  }
}

extension Kind {
  /// A mapping with the keys that `keys` declares.
  static func section<Known: Keys>(_ keys: Known.Type) -> Kind where Value == Section<Known> {
    Kind(shape: .section(keys)) { Section($0) }
  }

  /// A list; elements that could not be read are left out.
  static func list<Element>(
    of kind: Kind<Element>, _ counts: ClosedRange<Int> = 0...Shape.mostElements
  ) -> Kind where Value == [Element] {
    Kind(shape: .list(kind.shape, counts)) { $0.list(counts: counts)?.compactMap(kind.read) }
  }

  /// A list of two.
  static func pair<Element>(
    of kind: Kind<Element>
  ) -> Kind where Value == (first: Element, last: Element) {
    Kind(shape: .list(kind.shape, 2...2)) { node in
      guard let ends = node.list(counts: 2...2)?.map(kind.read), let first = ends[0],
        let last = ends[1]
      else { return nil }
      return (first, last)
    }
  }

  /// A mapping whose keys are chosen by its author; the values are read later.
  static func entries(of shape: Shape) -> Kind where Value == [(key: String, value: YAMLNode)] {
    Kind(shape: .entries(shape)) { $0.entries() }
  }
}

extension Int64 {
  /// A number of bytes in the largest unit that leaves a whole number.
  fileprivate var bytes: String {
    let unit = [(30, "GiB"), (20, "MiB"), (10, "KiB")].first { self % (1 << $0.0) == 0 }
    return unit.map { "\(self >> $0.0) \($0.1)" } ?? "\(self)"
  }
}

extension Kind where Value == (first: Int, last: Int) {
  /// The first and the last unit of a season, both included.
  static func ends(of period: Season.Period) -> Kind {
    let bounds = period.bounds
    return pair(of: .integer(Int(bounds.lowerBound)...Int(bounds.upperBound)))
  }
}

extension ClosedRange<Double> {
  /// Every number.
  static let all = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
}

extension Kind where Value == [UInt8] {
  /// Bytes in hexadecimal.
  static var hexBytes: Kind { Kind(shape: .form(.hex)) { $0.hexBytes() } }
  /// A whole frame of Modbus RTU in hexadecimal.
  static var frame: Kind { Kind(shape: .form(.frame)) { $0.hexBytes() } }
}
