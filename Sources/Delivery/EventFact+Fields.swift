extension EventFact.Named: FieldList {
  private enum Names: CodingKey { case id, name }

  /// Reads the id and the name in both languages.
  public init(fields: inout any UnkeyedDecodingContainer) throws {
    id = try fields.decode(String.self)
    name = LocalizedText(
      english: try fields.decode(String.self), japanese: try fields.decode(String.self))
  }

  /// Reads them by their names.
  public init(named decoder: any Decoder) throws {
    let names = try decoder.container(keyedBy: Names.self)
    id = try names.decode(String.self, forKey: .id)
    name = try names.decode(LocalizedText.self, forKey: .name)
  }

  /// Writes the id and the name in both languages.
  public func write(to fields: inout any UnkeyedEncodingContainer) throws {
    try fields.encode(id)
    try fields.encode(name.english)
    try fields.encode(name.japanese)
  }
}

extension EventFact.Stage: FieldList {
  private enum Names: CodingKey { case named, level }

  /// Reads the fields of the id with its name, and the level.
  public init(fields: inout any UnkeyedDecodingContainer) throws {
    named = try EventFact.Named(fields: &fields)
    level = try fields.decode(UInt8.self)
  }

  /// Reads them by their names.
  public init(named decoder: any Decoder) throws {
    let names = try decoder.container(keyedBy: Names.self)
    named = try names.decode(EventFact.Named.self, forKey: .named)
    level = try names.decode(UInt8.self, forKey: .level)
  }

  /// Writes the fields of the id with its name, and the level.
  public func write(to fields: inout any UnkeyedEncodingContainer) throws {
    try named.write(to: &fields)
    try fields.encode(level)
  }
}

extension EventFact.PastReading: FieldList {
  private enum Names: CodingKey { case ageNs, value, flag }

  /// Reads its three numbers.
  public init(fields: inout any UnkeyedDecodingContainer) throws {
    ageNs = try fields.decode(Int64.self)
    value = try fields.decodeIfPresent(Double.self)
    flag = try fields.decode(UInt8.self)
  }

  /// Reads them by their names.
  public init(named decoder: any Decoder) throws {
    let names = try decoder.container(keyedBy: Names.self)
    ageNs = try names.decode(Int64.self, forKey: .ageNs)
    value = try names.decodeIfPresent(Double.self, forKey: .value)
    flag = try names.decode(UInt8.self, forKey: .flag)
  }

  /// Writes its three numbers.
  public func write(to fields: inout any UnkeyedEncodingContainer) throws {
    try fields.encode(ageNs)
    try fields.encode(value)
    try fields.encode(flag)
  }
}

extension TestFlag: FieldList {
  private enum Names: CodingKey { case test, flag }

  /// Reads the name and the flag.
  public init(fields: inout any UnkeyedDecodingContainer) throws {
    test = try fields.decode(String.self)
    flag = try fields.decode(UInt8.self)
  }

  /// Reads them by their names.
  public init(named decoder: any Decoder) throws {
    let names = try decoder.container(keyedBy: Names.self)
    test = try names.decode(String.self, forKey: .test)
    flag = try names.decode(UInt8.self, forKey: .flag)
  }

  /// Writes the name and the flag.
  public func write(to fields: inout any UnkeyedEncodingContainer) throws {
    try fields.encode(test)
    try fields.encode(flag)
  }
}
