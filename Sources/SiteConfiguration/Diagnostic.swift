public import Delivery

/// A text in both languages.
func both(_ english: String, _ japanese: String) -> LocalizedText {
  LocalizedText(english: english, japanese: japanese)
}

/// One thing that is wrong in a file, where it stands, and what was expected instead.
public struct Diagnostic: Hashable, Sendable {
  /// How bad it is.
  public enum Severity: Hashable, Sendable {
    /// The file cannot be used.
    case error
    /// The file can be used; somebody should look at it.
    case warning
  }

  /// What stands in the file.
  public enum Found: Hashable, Sendable {
    /// A value, as written; at most `maximumShownLength` characters on one line.
    case value(String)
    /// Nothing where something is needed.
    case missing
    /// A key that means nothing here.
    case unknownKey
    /// A key that stands there twice.
    case repeatedKey
    /// A key that has another name now.
    case formerKey
    /// A list where something else is needed.
    case list
    /// A mapping of keys to values where something else is needed.
    case mapping
  }

  /// Long enough for every sensible value; keeps a message on a line or two.
  public static let maximumShownLength = 60

  /// How bad it is.
  public var severity: Severity
  /// The name of the file.
  public var file: String
  /// Where the value, or the key of a missing or unknown one, begins.
  public var position: SourcePosition
  /// Where in the document, such as `rules[0].stages[2].limit`; empty for the whole of it.
  public var path: String
  /// What stands there.
  public var found: Found
  /// What was expected: a noun phrase.
  public var expected: LocalizedText

  /// The message on one line, as compilers write it:
  /// `river.yaml:41:12: rules[0].stages[2].limit: 2.1 — expected a number above 2.5`.
  public func rendered(in language: MessageLanguage = .english) -> String {
    var text = "\(file):\(position.line):\(position.column): "
    if severity == .warning { text += language == .english ? "warning: " : "警告: " }
    if !path.isEmpty { text += "\(path): " }
    text += found.text.text(in: language)
    text += language == .english ? " — expected " : " — 必要: "
    return text + expected.text(in: language)
  }
}

extension Diagnostic.Found {
  /// A value as it is shown: one line, printable, not too long.
  static func shown(_ text: some StringProtocol) -> Self {
    var line = ""
    for scalar in text.unicodeScalars.prefix(Diagnostic.maximumShownLength) {
      line.unicodeScalars.append(scalar.properties.generalCategory == .control ? "␣" : scalar)
    }
    return .value(text.unicodeScalars.count > Diagnostic.maximumShownLength ? line + "…" : line)
  }

  var text: LocalizedText {
    switch self {
    case .value(let value): LocalizedText(english: value, japanese: value)
    case .missing: LocalizedText(english: "missing", japanese: "なし")
    case .unknownKey: LocalizedText(english: "unknown key", japanese: "不明な項目")
    case .repeatedKey: LocalizedText(english: "key given twice", japanese: "項目の重複")
    case .formerKey: LocalizedText(english: "former key", japanese: "旧項目名")
    case .list: LocalizedText(english: "a list", japanese: "リスト")
    case .mapping: LocalizedText(english: "a mapping", japanese: "マッピング")
    }
  }
}

/// Collects everything that is wrong, so that it can be said at once.
public final class DiagnosticLog {
  /// What was found so far, in the order in which it was found.
  public private(set) var diagnostics: [Diagnostic] = []

  /// Makes an empty log.
  public init() {}

  /// Adds a diagnostic.
  public func add(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

  /// True when something was found that forbids using the file.
  public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// Files that cannot be used, and all reasons why.
public struct ConfigurationError: Error, Hashable, Sendable {
  /// Errors and warnings of all files, by file and line; at least one error.
  public var diagnostics: [Diagnostic]
  /// Makes an error.
  public init(diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}
