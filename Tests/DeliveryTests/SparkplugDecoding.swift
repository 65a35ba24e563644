@testable import Delivery

/// A Sparkplug payload as a host reads it.
struct SparkplugPayload {
  struct Metric {
    var name: String?
    var alias: UInt64?
    var timestamp: UInt64?
    var datatype: UInt64?
    var isHistorical = false
    var isNull = false
    var value: Value?
    var properties: [String: Value] = [:]
  }

  enum Value: Hashable {
    case number(Int64)
    case double(Double)
    case boolean(Bool)
    case text(String)
  }

  var timestamp: UInt64?
  var sequence: UInt64?
  var metrics: [Metric] = []

  /// Nil where the bytes are no payload.
  init?(_ bytes: [UInt8]) {
    var reader = ProtobufReader(bytes[...])
    while let (field, content) = reader.next() {
      switch (field, content) {
      case (1, .number(let time)): timestamp = time
      case (2, .bytes(let bytes)):
        guard let metric = Self.metric(bytes) else { return nil }
        metrics.append(metric)
      case (3, .number(let number)): sequence = number
      default: return nil
      }
    }
    if reader.isBroken { return nil }
  }

  /// The metric of this name.
  subscript(name: String) -> Metric? { metrics.first { $0.name == name } }

  private static func metric(_ bytes: ArraySlice<UInt8>) -> Metric? {
    var metric = Metric()
    var reader = ProtobufReader(bytes)
    while let (field, content) = reader.next() {
      switch (field, content) {
      case (1, .bytes(let name)): metric.name = String(decoding: name, as: UTF8.self)
      case (2, .number(let alias)): metric.alias = alias
      case (3, .number(let time)): metric.timestamp = time
      case (4, .number(let type)): metric.datatype = type
      case (5, .number(let flag)): metric.isHistorical = flag != 0
      case (7, .number(let flag)): metric.isNull = flag != 0
      case (9, .bytes(let set)): metric.properties = properties(set)
      case (10..., _): metric.value = value(field - 10, content)
      default: return nil
      }
    }
    return reader.isBroken ? nil : metric
  }

  private static func properties(_ bytes: ArraySlice<UInt8>) -> [String: Value] {
    var names: [String] = []
    var values: [Value] = []
    var reader = ProtobufReader(bytes)
    while let (field, content) = reader.next() {
      guard case .bytes(let bytes) = content else { continue }
      if field == 1 { names.append(String(decoding: bytes, as: UTF8.self)) }
      var inner = ProtobufReader(bytes)
      while field == 2, let (field, content) = inner.next() {
        if field >= 3, let value = value(field - 3, content) { values.append(value) }
      }
    }
    return Dictionary(uniqueKeysWithValues: zip(names, values))
  }

  /// The value in the field that lies so many behind that of numbers of 32 bits.
  private static func value(_ place: UInt64, _ content: ProtobufReader.Content) -> Value? {
    switch (place, content) {
    case (0, .number(let number)): .number(Int64(Int32(truncatingIfNeeded: number)))
    case (1, .number(let number)): .number(Int64(bitPattern: number))
    case (3, .bytes(let bytes)):
      .double(
        Double(bitPattern: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
    case (4, .number(let number)): .boolean(number != 0)
    case (5, .bytes(let bytes)): .text(String(decoding: bytes, as: UTF8.self))
    default: nil
    }
  }
}

extension MQTTMessage {
  /// What a host reads in it; nil where that is no payload.
  var sparkplug: SparkplugPayload? { SparkplugPayload(payload) }
}
