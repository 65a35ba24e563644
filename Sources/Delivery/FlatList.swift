/// Elements that are kept as one list of all their fields, `[60000000000,1.2,1,0,1.4,1]`: an event has dozens of
/// them, and a container around each would take most of the time that it takes to read an event back.
public struct FlatList<Element: FlatListElement>: Hashable, Sendable {
  /// The elements.
  public var elements: [Element]

  /// A list of `elements`.
  public init(_ elements: [Element]) { self.elements = elements }
}

/// Something whose fields can stand in a list among those of others.
public protocol FlatListElement: Decodable, Hashable, Sendable {
  /// Reads the fields in the order in which `write` writes them.
  init(fields: inout any UnkeyedDecodingContainer) throws
  /// Writes the fields; always as many.
  func write(to fields: inout any UnkeyedEncodingContainer) throws
}

extension FlatList: Codable {
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
