internal import Delivery

/// The keys of one kind of mapping: a struct with one property a key, in the order in which people
/// read about them. It is the only place where a key is declared; reading it, finding keys that mean
/// nothing, the schema and the documentation all go by it.
/// ```
/// struct NetworkKeys: Keys {
///   let host = Key("host", .text)
///   let port = Key("port", .port, default: 502)
/// }
/// let network = Section<NetworkKeys>(node)
/// guard let host = network.host else { return nil }
/// ```
protocol Keys {
  init()
}

extension Keys {
  /// All keys; those of a property that holds keys itself stand in its place.
  var declarations: [KeyDeclaration] {
    Mirror(reflecting: self).children.flatMap { child -> [KeyDeclaration] in
      if let keys = child.value as? any Keys { return keys.declarations }
      return (child.value as? any DeclaredKey).map { [$0.declaration] } ?? []
    }
  }
}

/// What can be said of a key without reading it.
struct KeyDeclaration {
  /// Whether a mapping must have the key, and what holds without it.
  enum Presence: Hashable {
    /// It is refused.
    case required
    /// It means something else than with any value.
    case optional
    /// It is as if this value stood there, as it is written.
    case fallback(String)
  }

  /// The key as it is written.
  let name: String
  /// The name that it had formerly, which is read with a warning.
  let formerName: String?
  /// What may stand there.
  let shape: Shape
  /// Whether a mapping must have it, and what holds without it.
  let presence: Presence
}

private protocol DeclaredKey {
  var declaration: KeyDeclaration { get }
}

/// A key and what reading it gives: a value, or an optional one where a mapping may do without the key
/// or where nothing can stand in for a value that could not be read.
struct Key<Value>: DeclaredKey {
  let declaration: KeyDeclaration
  fileprivate let read: (YAMLNode) -> Value

  /// A key that must stand there.
  init<Read>(_ name: String, _ kind: Kind<Read>) where Value == Read? {
    declaration = KeyDeclaration(
      name: name, formerName: nil, shape: kind.shape, presence: .required)
    read = { $0.required(name).flatMap(kind.read) }
  }

  /// A key that may be left out.
  init<Read>(optional name: String, formerly old: String? = nil, _ kind: Kind<Read>)
  where Value == Read? {
    declaration = KeyDeclaration(
      name: name, formerName: old, shape: kind.shape, presence: .optional)
    read = { $0.optional(name, formerly: old).flatMap(kind.read) }
  }

  /// A key that has this value where it is left out, and where its value could not be read.
  init(
    _ name: String, formerly old: String? = nil, _ kind: Kind<Value>, default value: Value
  ) {
    declaration = KeyDeclaration(
      name: name, formerName: old, shape: kind.shape, presence: .fallback(kind.written(value)))
    read = { $0.optional(name, formerly: old).flatMap(kind.read) ?? value }
  }
}

/// A mapping whose keys are `Known`. Each key is a property of it that is read when it is asked for:
/// ask once, as every time says again what is wrong.
@dynamicMemberLookup
struct Section<Known: Keys> {
  /// The mapping.
  let node: YAMLNode
  private let known: Known

  /// Says which keys of `node` mean nothing; or that it is no mapping.
  init(_ node: YAMLNode) {
    self.init(node, Known())
    node.refuseKeys(except: known.declarations)
  }

  /// The mapping `node`, whose further keys are chosen by its author.
  init(open node: YAMLNode) { self.init(node, Known()) }

  /// The mapping `node` where it has the key that tells `Known` from what else may stand there.
  init?<Value>(_ node: YAMLNode, with path: KeyPath<Known, Key<Value>>) {
    let section = Section(open: node)
    guard node.isMappingNode, section.has(path) else { return nil }
    self.init(node)
  }

  private init(_ node: YAMLNode, _ known: Known) {
    self.node = node
    self.known = known
  }

  /// The value of a key; where it is none that the key can have, that is said.
  subscript<Value>(dynamicMember path: KeyPath<Known, Key<Value>>) -> Value {
    known[keyPath: path].read(node)
  }

  /// Keys that several kinds of mappings have.
  subscript<Shared: Keys>(dynamicMember path: KeyPath<Known, Shared>) -> Section<Shared> {
    Section<Shared>(node, known[keyPath: path])
  }

  /// All keys that are declared.
  var declarations: [KeyDeclaration] { known.declarations }

  /// The value of a key that may be left out in other mappings of the kind, but not in this one.
  func needed<Value>(_ path: KeyPath<Known, Key<Value?>>) -> Value? {
    if !has(path) { reportMissing(path) }
    return known[keyPath: path].read(node)
  }

  /// What stands at a key, to be spoken of; nil where the key does not stand there.
  func node<Value>(_ path: KeyPath<Known, Key<Value>>) -> YAMLNode? {
    let declaration = known[keyPath: path].declaration
    return node.optional(declaration.name)
      ?? declaration.formerName.flatMap { node.optional($0) }
  }

  /// True where the key stands in the mapping, whatever its value.
  func has<Value>(_ path: KeyPath<Known, Key<Value>>) -> Bool { node(path) != nil }

  /// Says that a key which may be left out elsewhere is needed in this mapping.
  func reportMissing<Value>(_ path: KeyPath<Known, Key<Value>>) {
    node.reportMissing(known[keyPath: path].declaration.name)
  }

  /// Says of a key which other mappings of the kind may have that it means nothing in this one.
  func refuse<Value>(_ path: KeyPath<Known, Key<Value>>, expected: LocalizedText) {
    let declaration = known[keyPath: path].declaration
    for name in [declaration.name, declaration.formerName].compactMap(\.self) {
      node.refuse(name, expected: expected)
    }
  }
}
