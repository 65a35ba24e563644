public import Delivery
internal import Yams

/// One value of a YAML document: a scalar, a list, or a mapping of keys to values.
///
/// Reading methods return nil after they have added a diagnostic to the log, so that a section
/// can be read to its end and everything that is wrong is said at once. The keys of a mapping are read
/// through `Section`.
public final class YAMLNode {
  /// The line on which the value begins, counted from 1.
  public var line: Int { position.line }
  /// Where the value stands in the document, such as `points[2].unit`.
  public let path: String
  private let node: Node
  private let position: SourcePosition
  private let source: SourceText
  private let log: DiagnosticLog
  private var saidNotAMapping = false

  init(node: Node, position: SourcePosition, path: String, source: SourceText, log: DiagnosticLog) {
    self.node = node
    self.position = node.mark.map { SourcePosition($0) } ?? position
    self.path = path
    self.source = source
    self.log = log
  }

  // MARK: Mappings

  /// The value of `key`; a diagnostic and nil where it is missing.
  func required(_ key: String) -> YAMLNode? {
    guard isMapping() else { return nil }
    if let child = lookUp(key) { return child }
    reportMissing(key)
    return nil
  }

  /// The value of `key`, or nil where the key does not stand there.
  func optional(_ key: String) -> YAMLNode? { isMapping() ? lookUp(key) : nil }

  /// The value of `key`, or that of the name which the key had formerly, with a warning.
  func optional(_ key: String, formerly old: String?) -> YAMLNode? {
    if let value = optional(key) { return value }
    let value = old.flatMap(optional)
    value?.report(
      .warning, found: .formerKey,
      expected: both("the key \(key), as it is called now", "現在の項目名 \(key)"))
    return value
  }

  /// Says that `key` is missing.
  func reportMissing(_ key: String) {
    add(
      .error, at: position, path: childPath(key), .missing,
      both("a value for \(key)", "\(key) の値"))
  }

  /// All keys and their values, in the order of the file; for mappings whose keys are data.
  func entries() -> [(key: String, value: YAMLNode)] {
    guard isMapping(), case .mapping(let mapping) = node else { return [] }
    return mapping.compactMap { pair in
      textKey(of: pair).map { ($0, child(pair.value, path: childPath($0), keyNode: pair.key)) }
    }
  }

  /// Says which keys are none of `known`, or that this is no mapping.
  func refuseKeys(except known: [KeyDeclaration]) {
    guard isMapping(), case .mapping(let mapping) = node else { return }
    for pair in mapping {
      guard let key = textKey(of: pair), !known.contains(where: { $0.name == key }) else {
        continue
      }
      let declaration = known.first { $0.formerName == key }
      if let declaration, optional(declaration.name) == nil { continue }
      if key == "password" {
        refuseSecret(at: pair.value, key)
        continue
      }
      add(
        .error, at: position(of: pair.key), path: childPath(key), .unknownKey,
        expected(known.map(\.name), insteadOf: key))
    }
  }

  /// A site file is copied into every recording; a secret in it would leave the box.
  private func refuseSecret(at value: Node, _ key: String) {
    add(
      .error, at: position(of: value), path: childPath(key), .value("…"),
      both(
        "no secret in this file; put it into a file of mode 0600 and name that as passwordFile",
        "秘密をこのファイルに書かないこと (モード 0600 の別ファイルに置き passwordFile で指定)"))
  }

  /// Says of `key`, where it stands here, that it means nothing.
  func refuse(_ key: String, expected: LocalizedText) {
    for pair in node.mapping ?? [:] where pair.key.scalar?.string == key {
      add(.error, at: position(of: pair.key), path: childPath(key), .unknownKey, expected)
    }
  }

  private func position(of key: Node) -> SourcePosition {
    key.mark.map { SourcePosition($0) } ?? position
  }

  /// The key as text; nil, and said, where it is a list or a mapping.
  private func textKey(of pair: (key: Node, value: Node)) -> String? {
    if let key = pair.key.scalar?.string { return key }
    add(
      .error, at: position(of: pair.key), path: path, .mapping,
      both("a text as key", "文字列の項目名"))
    return nil
  }

  private func expected(_ keys: [String], insteadOf key: String) -> LocalizedText {
    if let near = nearMiss(of: key, among: keys) {
      return both(
        "a known key; did you mean \"\(near)\"?",
        "既知の項目 (もしかして \"\(near)\"?)")
    }
    let list = keys.joined(separator: ", ")
    return both("one of \(list)", "次のいずれか: \(list)")
  }

  private func lookUp(_ key: String) -> YAMLNode? {
    guard case .mapping(let mapping) = node else { return nil }
    for pair in mapping where pair.key.scalar?.string == key {
      return child(pair.value, path: childPath(key), keyNode: pair.key)
    }
    return nil
  }

  private func isMapping() -> Bool {
    if case .mapping = node { return true }
    if !saidNotAMapping {
      saidNotAMapping = true
      report(expected: both("a mapping (key: value)", "マッピング (項目: 値)"))
    }
    return false
  }

  // MARK: Lists

  /// The elements of a list; a diagnostic and nil where the value is none, or has another number
  /// of elements than `counts` allows.
  public func list(counts: ClosedRange<Int> = 0...10_000) -> [YAMLNode]? {
    guard case .sequence(let sequence) = node else {
      report(expected: both("a list", "リスト"))
      return nil
    }
    guard counts.contains(sequence.count) else {
      report(
        found: .value("\(sequence.count)"),
        expected: counts.lowerBound == counts.upperBound
          ? both(
            "a list of \(counts.lowerBound) elements",
            "\(counts.lowerBound) 個の要素のリスト")
          : both(
            "a list of \(counts.lowerBound) to \(counts.upperBound) elements",
            "\(counts.lowerBound) 個以上 \(counts.upperBound) 個以下の要素のリスト"))
      return nil
    }
    return sequence.enumerated().map { index, element in
      child(element, path: "\(path)[\(index)]", keyNode: nil)
    }
  }

  // MARK: Diagnostics

  /// Adds a diagnostic about this value, by default an error that shows the value.
  public func report(
    _ severity: Diagnostic.Severity = .error, found: Diagnostic.Found? = nil,
    expected: LocalizedText
  ) {
    add(severity, at: position, path: path, found ?? self.found, expected)
  }

  /// Adds an error about a part of this scalar's text, counted in Unicode scalars from 0; an empty
  /// part is a place where something is missing.
  ///
  /// The message stands at the line and column of the part where the text stands on one line of the
  /// file as it is; otherwise at the value, and the message itself counts the characters.
  func report(part: Range<Int>, found: String? = nil, expected: LocalizedText) {
    let text = Array((scalarText ?? "").unicodeScalars)
    let part = part.clamped(to: 0..<text.count)
    var shown = String.UnicodeScalarView()
    shown.append(contentsOf: text[part])
    var start = position
    var expected = expected
    if let column = columnOfText {
      start.column = column + part.lowerBound
    } else {
      expected.english += " (character \(part.lowerBound + 1) of the text)"
      expected.japanese += " (本文の \(part.lowerBound + 1) 文字目)"
    }
    add(
      .error, at: start, path: path,
      part.isEmpty ? .missing : .shown(found ?? String(shown)), expected)
  }

  /// The column in which a scalar's text begins; nil where it does not stand on one line as it is.
  private var columnOfText: Int? {
    guard let scalar = node.scalar else { return nil }
    let lines = source.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.indices.contains(position.line - 1) else { return nil }
    let column = position.column + (isQuoted(scalar) ? 1 : 0)
    let rest = lines[position.line - 1].unicodeScalars.dropFirst(column - 1)
    return rest.starts(with: scalar.string.unicodeScalars) ? column : nil
  }

  /// What this value is, as diagnostics show it.
  var found: Diagnostic.Found {
    switch node {
    case .sequence: .list
    case .mapping: .mapping
    case .alias: .value("*")
    case .scalar(let scalar):
      if isNull {
        .missing
      } else if isQuoted(scalar) {
        .shown("\"\(scalar.string)\"")
      } else {
        .shown(scalar.string)
      }
    }
  }

  /// True for an empty value, `~` and `null`.
  var isNull: Bool {
    guard case .scalar(let scalar) = node, !isQuoted(scalar) else { return false }
    return scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null"
  }

  /// True for a mapping; says nothing where it is none.
  var isMappingNode: Bool { node.mapping != nil }

  /// The text of a scalar.
  var scalarText: String? { node.scalar?.string }

  /// The text of an unquoted scalar.
  var plainText: String? {
    guard let scalar = node.scalar, !isQuoted(scalar) else { return nil }
    return scalar.string
  }

  private func isQuoted(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .singleQuoted || scalar.style == .doubleQuoted
  }

  private func child(_ value: Node, path: String, keyNode: Node?) -> YAMLNode {
    YAMLNode(
      node: value, position: keyNode?.mark.map { SourcePosition($0) } ?? position, path: path,
      source: source, log: log)
  }

  private func childPath(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func add(
    _ severity: Diagnostic.Severity, at position: SourcePosition, path: String,
    _ found: Diagnostic.Found, _ expected: LocalizedText
  ) {
    log.add(
      Diagnostic(
        severity: severity, file: source.name, position: position, path: path, found: found,
        expected: expected))
  }
}
