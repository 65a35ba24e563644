import DetectionCore

/// How a table writes its times.
///
/// A pattern takes literal characters and these fields, each as in `strptime`: `%Y` year (4
/// digits), `%m` month, `%d` day, `%H` hour, `%M` minute (1 or 2 digits each), `%S` second, with
/// a decimal fraction where there is one, `%L` milliseconds, `%z` offset from UTC (`Z`, `±hh`,
/// `±hhmm` or `±hh:mm`), `%%` a percent sign.
public struct TimeFormat: Hashable, Sendable, CustomStringConvertible {
  /// One piece of a pattern.
  enum Part: Hashable, Sendable {
    case year, month, day, hour, minute, second, millisecond, zone
    case literal(UInt8)
  }

  /// What a time counts from.
  enum Kind: Hashable, Sendable {
    case pattern([Part])
    case epochSeconds
    case epochMilliseconds
    case elapsedSeconds
  }

  let kind: Kind
  /// The text that `init(_:)` reads as the same format.
  public let description: String

  /// Seconds since 1970-01-01T00:00:00Z, written `epoch`.
  public static let epoch = TimeFormat(kind: .epochSeconds, description: "epoch")
  /// Milliseconds since 1970-01-01T00:00:00Z, written `epoch-ms`.
  public static let epochMilliseconds = TimeFormat(
    kind: .epochMilliseconds, description: "epoch-ms")
  /// Seconds since some unknown start, written `elapsed`.
  public static let elapsed = TimeFormat(kind: .elapsedSeconds, description: "elapsed")

  /// Reads `epoch`, `epoch-ms`, `elapsed` or a pattern; nil when a `%` field is unknown, appears
  /// twice, when there is no field at all, or when a date is not complete (`%Y`, `%m` and `%d`).
  public init?(_ text: String) {
    let named = [TimeFormat.epoch, .epochMilliseconds, .elapsed]
    if let format = named.first(where: { $0.description == text }) {
      self = format
      return
    }
    guard let parts = TimeFormat.parts(of: text) else { return nil }
    self.init(kind: .pattern(parts), description: text)
  }

  private init(kind: Kind, description: String) {
    self.kind = kind
    self.description = description
  }

  /// True when a time of this format says its day, and not only the time of some day.
  public var hasDate: Bool {
    switch kind {
    case .pattern(let parts): parts.contains(.day)
    case .epochSeconds, .epochMilliseconds: true
    case .elapsedSeconds: false
    }
  }

  /// The formats that are tried, in this order, where none is given. A number counts as epoch
  /// milliseconds, epoch seconds or elapsed seconds by its size, and only after all of these.
  static let recognized: [TimeFormat] = [
    "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%Y-%m-%d", "%Y/%m/%d", "%H:%M:%S:%L", "%H:%M:%S",
  ].compactMap { TimeFormat($0) }

  private static func parts(of text: String) -> [Part]? {
    var parts: [Part] = []
    var fields = 0
    var bytes = text.utf8.makeIterator()
    while let byte = bytes.next() {
      guard byte == UInt8(ascii: "%") else {
        parts.append(.literal(byte))
        continue
      }
      guard let letter = bytes.next(), let part = part(letter) else { return nil }
      if case .literal = part {
        parts.append(part)
        continue
      }
      guard !parts.contains(part) else { return nil }
      parts.append(part)
      fields += 1
    }
    let dateFields = [Part.year, .month, .day].count { parts.contains($0) }
    guard fields > 0, dateFields == 0 || dateFields == 3 else { return nil }
    return parts
  }

  private static func part(_ letter: UInt8) -> Part? {
    switch letter {
    case UInt8(ascii: "Y"): .year
    case UInt8(ascii: "m"): .month
    case UInt8(ascii: "d"): .day
    case UInt8(ascii: "H"): .hour
    case UInt8(ascii: "M"): .minute
    case UInt8(ascii: "S"): .second
    case UInt8(ascii: "L"): .millisecond
    case UInt8(ascii: "z"): .zone
    case UInt8(ascii: "%"): .literal(letter)
    default: nil
    }
  }
}
