/// Something that is kept as a list of its fields, in an order that stays: finding fields by their names takes most
/// of the time that it takes to read a fact back. A type that may still grow is kept by names.
public protocol FieldList: Codable {
  /// Reads the fields in the order in which `write` writes them.
  init(fields: inout any UnkeyedDecodingContainer) throws
  /// Reads the fields by their names, as earlier versions kept them.
  init(named decoder: any Decoder) throws
  /// Writes the fields; always as many.
  func write(to fields: inout any UnkeyedEncodingContainer) throws
}

extension FieldList {
  /// Reads either form.
  public init(from decoder: any Decoder) throws {
    if var fields = try? decoder.unkeyedContainer() {
      try self.init(fields: &fields)
    } else {
      try self.init(named: decoder)
    }
  }

  /// Writes the list.
  public func encode(to encoder: any Encoder) throws {
    var fields: any UnkeyedEncodingContainer = encoder.unkeyedContainer()
    try write(to: &fields)
  }
}

/// Elements that are kept as one list of all their fields, such as `[60000000000,1.2,1,0,1.4,1]`: an event has dozens
/// of them.
public struct FlatList<Element: FieldList & Hashable & Sendable>: Hashable, Codable, Sendable {
  /// The elements.
  public var elements: [Element]

  /// A list of `elements`.
  public init(_ elements: [Element]) { self.elements = elements }

  /// Reads the fields, or elements that an earlier version kept each by itself.
  public init(from decoder: any Decoder) throws {
    var fields = try decoder.unkeyedContainer()
    do {
      elements = []
      while !fields.isAtEnd { elements.append(try Element(fields: &fields)) }
    } catch DecodingError.typeMismatch {
      elements = try [Element](from: decoder)
    }
  }

  /// Writes the fields.
  public func encode(to encoder: any Encoder) throws {
    var fields: any UnkeyedEncodingContainer = encoder.unkeyedContainer()
    for element in elements { try element.write(to: &fields) }
  }
}
