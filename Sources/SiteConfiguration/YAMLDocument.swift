internal import Delivery
internal import Yams

/// Reads a YAML text into a tree of `YAMLNode`s.
///
/// Whatever the text holds, reading ends, in bounded memory, with a tree or a diagnostic.
public enum YAMLDocument {
  /// Ten times the largest sensible site; keeps a wrong file from filling the memory.
  public static let maximumBytes = 256 * 1024
  /// Sites and profiles nest less than ten levels deep.
  public static let maximumDepth = 32
  /// Anchors and aliases are refused, but the parser expands them before they can be seen. So many
  /// aliases can multiply a document by a few hundred at most; a text with more is not parsed.
  private static let maximumAliases = 16

  /// The root of the document in `source`, or nil after a diagnostic in `log`.
  public static func read(_ source: SourceText, into log: DiagnosticLog) -> YAMLNode? {
    func refuse(
      _ position: SourcePosition, _ found: Diagnostic.Found, _ expected: LocalizedText
    ) {
      log.add(
        Diagnostic(
          severity: .error, file: source.name, position: position, path: "", found: found,
          expected: expected))
    }
    guard source.text.utf8.count <= maximumBytes else {
      refuse(
        .start, .value("\(source.text.utf8.count) bytes"),
        both("at most \(maximumBytes) bytes", "\(maximumBytes) バイト以下"))
      return nil
    }
    guard aliasCount(in: source.text) <= maximumAliases else {
      refuse(.start, .value("*"), noAliases)
      return nil
    }
    do {
      let parser = try Parser(yaml: source.text)
      guard let root = try parser.singleRoot() else {
        refuse(
          .start, .missing, both("a YAML document", "YAML 文書"))
        return nil
      }
      // Before anything else walks the tree: an alias stands in it as a copy of what it names.
      // The nodes refer to their anchors weakly; the parser owns them.
      if let mark = withExtendedLifetime(parser, { firstAnchor(root) }) {
        refuse(mark, .value("&"), noAliases)
        return nil
      }
      if let mark = firstTooDeep(root) {
        refuse(
          mark, .value("depth \(maximumDepth + 1)"),
          both(
            "at most \(maximumDepth) levels of nesting",
            "\(maximumDepth) 段以下の入れ子"))
        return nil
      }
      return YAMLNode(node: root, position: .start, path: "", source: source, log: log)
    } catch {
      report(error, source: source, into: log)
      return nil
    }
  }

  private static let noAliases = both(
    "a document without anchors (&) and aliases (*)",
    "アンカー (&) とエイリアス (*) のない文書")

  /// How often the text may name an anchor of its own: `*name`, where `&name` stands in it too. Any
  /// other `*`, such as those of expressions, can be no alias.
  private static func aliasCount(in text: String) -> Int {
    let anchors = Set(names(behind: UInt8(ascii: "&"), in: text))
    guard !anchors.isEmpty else { return 0 }
    return names(behind: UInt8(ascii: "*"), in: text).count { anchors.contains($0) }
  }

  /// The words directly behind each `mark` that stands in no word; comment lines left out.
  private static func names(behind mark: UInt8, in text: String) -> [String] {
    var names: [String] = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      guard line.first(where: { !isSpace($0) }) != UInt8(ascii: "#") else { continue }
      var previous = UInt8(ascii: " ")
      for index in line.indices {
        if line[index] == mark, !isWordByte(previous) {
          let name = line[index...].dropFirst().prefix { !isSpace($0) && !isFlowIndicator($0) }
          if !name.isEmpty { names.append(String(Substring(name))) }
        }
        previous = line[index]
      }
    }
    return names
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }

  private static func isFlowIndicator(_ byte: UInt8) -> Bool {
    [UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}")]
      .contains(byte)
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
      true
    default: false
    }
  }

  /// Where the tree is deeper than allowed. Goes level by level, so it needs no deep stack.
  private static func firstTooDeep(_ root: Node) -> SourcePosition? {
    var level = [root]
    for _ in 0..<maximumDepth {
      level = level.flatMap(children)
      if level.isEmpty { return nil }
    }
    return level.first.map { SourcePosition($0.mark) }
  }

  private static func firstAnchor(_ root: Node) -> SourcePosition? {
    var level = [root]
    while !level.isEmpty {
      if let anchored = level.first(where: { $0.anchor != nil }) {
        return SourcePosition(anchored.mark)
      }
      level = level.flatMap(children)
    }
    return nil
  }

  private static func children(_ node: Node) -> [Node] {
    switch node {
    case .scalar, .alias: []
    case .sequence(let sequence): Array(sequence)
    case .mapping(let mapping): mapping.flatMap { [$0.key, $0.value] }
    }
  }

  private static func report(_ error: any Error, source: SourceText, into log: DiagnosticLog) {
    func add(
      _ position: SourcePosition, path: String = "", _ found: Diagnostic.Found,
      _ expected: LocalizedText
    ) {
      log.add(
        Diagnostic(
          severity: .error, file: source.name, position: position, path: path, found: found,
          expected: expected))
    }
    let wellFormed = both("well-formed YAML", "正しい YAML")
    switch error as? YamlError {
    case .duplicatedKeysInMapping(let keys, let context):
      for key in keys {
        add(
          SourcePosition(context.mark), path: key, .repeatedKey,
          both("each key once", "項目は一度だけ"))
      }
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      add(SourcePosition(mark), .shown(problem), wellFormed)
    case .reader(let problem, let offset, _, _):
      add(position(of: offset ?? 0, in: source.text), .shown(problem), wellFormed)
    default:
      add(.start, .shown(String(describing: error)), wellFormed)
    }
  }

  /// The line and column of the character at `offset`.
  private static func position(of offset: Int, in text: String) -> SourcePosition {
    var line = 1
    var column = 1
    for character in text.prefix(offset) {
      column += 1
      if character.isNewline {
        line += 1
        column = 1
      }
    }
    return SourcePosition(line: line, column: column)
  }
}

extension SourcePosition {
  /// A mark of the parser; the start of the text where it made none.
  init(_ mark: Mark?) {
    self = mark.map { SourcePosition(line: $0.line, column: $0.column) } ?? .start
  }
}
