internal import Delivery
internal import DetectionCore
internal import DeviceProfiles

// The keys of a profile of a sensor with messages of its own.

struct FramedProfileKeys: Keys {
  let head = ProfileHeadKeys()
  let framing = Key(
    "framing",
    .later(
      .either([
        .words(["nmea", "ve-direct"]), .section(TextFramingKeys.self),
        .section(BinaryFramingKeys.self),
      ])))
  let setup = Key(optional: "setup", .list(of: .section(SettingKeys.self), 1...16))
  let messages = Key(
    "messages",
    .list(
      of: .later(
        .either([
          .section(TextMessageKeys.self), .section(BinaryMessageKeys.self),
          .section(LabelledMessageKeys.self),
        ])), 1...64))
  let quantities = Key("quantities", .entries(of: .section(FramedQuantityKeys.self)))
  let cases = Key("cases", .list(of: .section(FramedCaseKeys.self), 1...1000))
}

/// Lines of text.
struct TextFramingKeys: Keys {
  let start = Key(optional: "start", .byte)
  let end = Key("end", .byte)
  let checksumAfter = Key(optional: "checksumAfter", .byte)
  let longest = Key("longest", .integer(1...Framing.longestFrame), default: 82)
  let ignore = Key(optional: "ignore", .hexBytes)
}

/// Binary frames of one length.
struct BinaryFramingKeys: Keys {
  let start = Key("start", .hexBytes)
  let length = Key("length", .integer(2...Framing.longestFrame))
  let checksum = Key(optional: "checksum", .section(ChecksumKeys.self))
}

struct ChecksumKeys: Keys {
  let kind = Key("kind", .choice(BinaryFraming.Checksum.Kind.self))
  let from = Key("from", .integer(0...Framing.longestFrame))
  let at = Key("at", .integer(0...Framing.longestFrame))
}

/// What a sensor is sent before it is read: `send` or `sendBytes`.
struct SettingKeys: Keys {
  let send = Key(optional: "send", .request)
  let sendBytes = Key(optional: "sendBytes", .hexBytes)
  /// So long the bus stands still.
  let wait = Key("wait", .milliseconds(0...10_000), default: 0)
  let stored = Key("stored", .truth, default: false)
}

/// What is sent for a message; at most one of them.
struct RequestKeys: Keys {
  let request = Key(optional: "request", .request)
  let requestBytes = Key(optional: "requestBytes", .hexBytes)
}

struct TextMessageKeys: Keys {
  let request = RequestKeys()
  let pattern = Key("pattern", .pattern)
}

struct BinaryMessageKeys: Keys {
  let request = RequestKeys()
  let fields = Key("fields", .entries(of: .section(BytesKeys.self)))
}

/// A block of VE.Direct.
struct LabelledMessageKeys: Keys {
  let request = RequestKeys()
  let labels = Key("labels", .entries(of: .text))
}

/// Bytes of a binary frame.
struct BytesKeys: Keys {
  let at = Key("at", .integer(0...Framing.longestFrame - 1))
  let type = Key("type", .choice(BinaryNumber.self))
}

/// A quantity that stands in a field of a message.
struct FramedQuantityKeys: Keys {
  /// How a field's number is written.
  enum Form: String, CaseIterable {
    case decimal
    case hexadecimal
    case degreesMinutes = "degrees-minutes"
  }

  let title = Key("title", .text)
  let unit = Key("unit", .unit)
  /// The one with the quantity's id where it is not given.
  let field = Key(optional: "field", .later(.form(.fieldName)))
  let form = Key("form", .choice(Form.self), default: .decimal)
  let words = Key(optional: "words", .entries(of: .number(.all)))
  let scaling = ScalingKeys()
  let unitFrom = Key(optional: "unitFrom", .section(FramedUnitKeys.self))
  let sentinels = Key(optional: "sentinels", .list(of: .section(FramedSentinelKeys.self)))
  let gates = Key(optional: "gates", .list(of: .section(FramedGateKeys.self)))
  let range = Key(optional: "range", .range)
}

struct FramedUnitKeys: Keys {
  let field = Key("field", .later(.form(.fieldName)))
  let codes = Key("codes", .entries(of: .codeScaling))
}

/// A content that is no measurement: `text` or `bytes`.
struct FramedSentinelKeys: Keys {
  let text = Key(optional: "text", .text)
  let bytes = Key(optional: "bytes", .hexBytes)
  let means = Key("means", .choice(Fault.self))
}

struct FramedGateKeys: Keys {
  let field = Key("field", .later(.form(.fieldName)))
  let equals = Key("equals", .later(.either([.text, .list(.text, 1...64)])))
  let otherwise = Key("otherwise", .choice(Fault.self), default: .invalid)
}

extension Kind where Value == UInt8 {
  /// A byte by its name, as a character, or in hexadecimal.
  static var byte: Kind { Kind(shape: .form(.byte)) { $0.frameByte() } }
}

extension Kind where Value == FramePattern {
  /// A line of text with its fields.
  static var pattern: Kind { Kind(shape: .text) { $0.framePattern() } }
}

extension Kind where Value == [FramedMessage.RequestPart] {
  /// A text with `{address}` where the device's address stands.
  static var request: Kind { Kind(shape: .text) { $0.requestParts() } }
}

extension YAMLNode {
  /// A byte by its name, as a character, or in hexadecimal.
  fileprivate func frameByte() -> UInt8? {
    switch scalarText ?? "" {
    case "CR": return 0x0D
    case "LF": return 0x0A
    case "STX": return 0x02
    case "ETX": return 0x03
    case let text where text.utf8.count == 1 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }:
      return text.utf8.first
    case let text where text.hasPrefix("0x") && text.utf8.count == 4:
      if let byte = UInt8(text.dropFirst(2), radix: 16) { return byte }
    default: break
    }
    report(
      expected: both(
        "CR, LF, STX, ETX, a character such as \"$\", or a byte such as 0x55",
        "CR、LF、STX、ETX、\"$\" のような文字、または 0x55 のようなバイト"))
    return nil
  }

  fileprivate func requestParts() -> [FramedMessage.RequestPart]? {
    guard let text = string() else { return nil }
    var parts: [FramedMessage.RequestPart] = []
    var rest = text[...]
    while let brace = rest.firstIndex(of: "{"), rest[brace...].hasPrefix("{address}") {
      if brace != rest.startIndex { parts.append(.bytes(Array(rest[..<brace].utf8))) }
      parts.append(.address)
      rest = rest[brace...].dropFirst("{address}".count)
    }
    if !rest.isEmpty { parts.append(.bytes(Array(rest.utf8))) }
    return parts
  }

  fileprivate func framePattern() -> FramePattern? {
    guard let text = string() else { return nil }
    do throws(FramePattern.Fault) {
      return try FramePattern(text)
    } catch {
      switch error {
      case .field:
        report(
          expected: both(
            "fields as {name} or {name:4}, each name once",
            "フィールドは {名前} または {名前:4}、重複なし"))
      case .ambiguous:
        report(
          expected: both(
            "a literal text between two parts of open length",
            "長さの決まらない部分の間には固定文字列"))
      case .text:
        report(
          expected: both(
            "1 to \(Framing.longestFrame) characters of ASCII",
            "ASCII 文字 1〜\(Framing.longestFrame) 字"))
      }
      return nil
    }
  }
}
