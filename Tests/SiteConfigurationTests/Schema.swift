import Foundation

@testable import SiteConfiguration

/// A value of JSON.
indirect enum JSON: Decodable, Equatable {
  case truth(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let truth = try? value.decode(Bool.self) {
      self = .truth(truth)
    } else if let integer = try? value.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let list = try? value.decode([JSON].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: JSON].self))
    }
  }

  subscript(key: String) -> JSON? { object?[key] }

  var object: [String: JSON]? { if case .object(let object) = self { object } else { nil } }
  var list: [JSON]? { if case .list(let list) = self { list } else { nil } }
  var text: String? { if case .text(let text) = self { text } else { nil } }
  var integer: Int? { if case .integer(let integer) = self { integer } else { nil } }

  /// As it would stand in a YAML file.
  var written: String {
    switch self {
    case .truth(let truth): "\(truth)"
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .text(let text): text
    case .list(let list): "[\(list.map(\.written).joined(separator: ", "))]"
    case .object(let object):
      "{\(object.sorted { $0.key < $1.key }.map { "\($0): \($1.written)" }.joined(separator: ", "))}"
    }
  }
}

/// A JSON Schema, to be compared with the declarations of keys.
///
/// Kinds, ranges, enumerations, defaults, and which keys are required must be equal; descriptions,
/// patterns of texts and conditions between keys are the schema's own.
struct Schema {
  let root: JSON

  init(text: String) throws {
    root = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
  }

  /// In what the schema `part` differs from what `keys` declares, one line each.
  func differences(from keys: any Keys.Type, at part: JSON, path: String = "") -> [String] {
    let part = resolved(part)
    guard part["type"] == .text("object") else { return ["\(path): no object"] }
    let properties = part["properties"]?.object ?? [:]
    let declared = keys.init().declarations
    var found: [String] = []
    for name in Set(properties.keys).symmetricDifference(declared.map(\.name)).sorted() {
      found.append(
        "\(path).\(name): \(properties[name] == nil ? "only declared" : "only in the schema")")
    }
    let required = part["required"]?.list ?? []
    for key in declared {
      guard let property = properties[key.name] else { continue }
      let path = "\(path).\(key.name)"
      // One variant of several, told from the others by this key.
      if case .words(let words) = key.shape, let word = property["const"]?.text,
        words.contains(word)
      {
        continue
      }
      if required.contains(.text(key.name)) != (key.presence == .required) {
        found.append("\(path): required in one of both")
      }
      let fallback: String? = if case .fallback(let value) = key.presence { value } else { nil }
      if resolved(property)["default"]?.written != fallback {
        found.append("\(path): default, declared \(fallback ?? "none")")
      }
      found += differences(from: key.shape, at: property, path: path)
    }
    return found
  }

  private func differences(from shape: Shape, at part: JSON, path: String) -> [String] {
    let whole = resolved(part)
    let isEqual: Bool
    switch shape {
    case .section(let keys):
      return differences(from: keys, at: whole, path: path) + closed(whole, path)
    case .open(let keys, let others):
      return differences(from: keys, at: whole, path: path) + entries(others, whole, path)
    case .entries(let value): return entries(value, whole, path)
    case .list(let element, let counts): return list(element, counts, whole, path)
    case .either(let shapes): return either(shapes, whole, path)
    case .form(let form): isEqual = part["$ref"] == .text("#/$defs/\(form.rawValue)")
    case .text:
      isEqual =
        whole["type"] == .text("string")
        || whole["type"] == .list([.text("string"), .text("number")])
    case .truth: isEqual = whole["type"] == .text("boolean")
    case .integer(let range):
      isEqual =
        whole["type"] == .text("integer")
        && whole["minimum"]?.integer ?? .min == range.lowerBound
        && whole["maximum"]?.integer ?? .max == range.upperBound
    case .integers(let numbers):
      isEqual = whole["enum"]?.list == numbers.map { .integer($0) }
    case .number(let range):
      isEqual = whole["type"] == .text("number") && range == bounds(whole)
    case .words(let words):
      isEqual =
        (whole["enum"]?.list ?? [whole["const"]].compactMap(\.self)) == words.map { .text($0) }
    }
    return isEqual ? [] : ["\(path): \(whole.written), declared \(shape)"]
  }

  private func bounds(_ part: JSON) -> ClosedRange<Double> {
    func number(_ key: String, _ open: Double) -> Double {
      switch part[key] {
      case .integer(let integer): Double(integer)
      case .number(let number): number
      case .truth, .text, .list, .object, nil: open
      }
    }
    let all = ClosedRange<Double>.all
    return number("minimum", all.lowerBound)...number("maximum", all.upperBound)
  }

  private func closed(_ part: JSON, _ path: String) -> [String] {
    part["additionalProperties"] == .truth(false) ? [] : ["\(path): further keys are let in"]
  }

  /// Keys that the author chooses.
  private func entries(_ value: Shape, _ part: JSON, _ path: String) -> [String] {
    var kinds = part["patternProperties"]?.object.map { Array($0.values) } ?? []
    if let others = part["additionalProperties"], others.object != nil { kinds.append(others) }
    guard part["type"] == .text("object"), !kinds.isEmpty else {
      return ["\(path): no further keys"]
    }
    return kinds.flatMap { differences(from: value, at: $0, path: path + ".*") }
  }

  private func list(
    _ element: Shape, _ counts: ClosedRange<Int>, _ part: JSON, _ path: String
  ) -> [String] {
    guard part["type"] == .text("array") else { return ["\(path): no list"] }
    let tuple = part["prefixItems"]?.list
    let least = part["minItems"]?.integer ?? 0
    let most = tuple?.count ?? part["maxItems"]?.integer ?? Shape.mostElements
    let found =
      (least, most) == (counts.lowerBound, counts.upperBound)
      ? [] : ["\(path): \(least) to \(most) elements, declared \(counts)"]
    return (tuple ?? [part["items"]].compactMap(\.self)).reduce(into: found) {
      $0 += differences(from: element, at: $1, path: path + "[]")
    }
  }

  /// Variants in their order, or one object with the keys of all of them, where a condition says what
  /// goes together.
  private func either(_ shapes: [Shape], _ part: JSON, _ path: String) -> [String] {
    if part["type"] == .list([.text("number"), .text("string")]) { return [] }
    guard part["properties"] == nil else { return merged(shapes, part, path) }
    let variants = part["oneOf"]?.list ?? part["anyOf"]?.list ?? []
    guard variants.count == shapes.count else { return ["\(path): \(variants.count) variants"] }
    return zip(shapes, variants).enumerated().flatMap { index, pair in
      differences(from: pair.0, at: pair.1, path: "\(path)|\(index)")
    }
  }

  private func merged(_ shapes: [Shape], _ part: JSON, _ path: String) -> [String] {
    let properties = part["properties"]?.object ?? [:]
    var known: [String: Shape] = [:]
    for case .section(let keys) in shapes {
      for key in keys.init().declarations { known[key.name] = key.shape }
    }
    return Set(properties.keys).union(known.keys).sorted().flatMap { name -> [String] in
      guard let property = properties[name], let shape = known[name] else {
        return ["\(path).\(name): in one of both"]
      }
      return differences(from: shape, at: property, path: "\(path).\(name)")
    }
  }

  /// What a reference leads to, with the default that stands beside it.
  private func resolved(_ part: JSON) -> JSON {
    guard let object = part.object, let reference = object["$ref"]?.text,
      let name = reference.split(separator: "/").last,
      let definition = root["$defs"]?[String(name)]
    else { return part }
    let own = object.filter { $0.key == "default" }
    return .object((resolved(definition).object ?? [:]).merging(own) { $1 })
  }
}
