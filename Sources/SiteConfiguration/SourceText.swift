/// A text that somebody else has read, and the name under which its mistakes are reported.
public struct SourceText: Hashable, Sendable {
  /// The file's name or path, as the user knows it.
  public var name: String
  /// The whole text.
  public var text: String

  /// Makes a source text.
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

/// A position in a text.
public struct SourcePosition: Hashable, Sendable {
  /// The line, counted from 1.
  public var line: Int
  /// The column, counted from 1 in Unicode scalars.
  public var column: Int

  /// Where every text begins.
  static let start = SourcePosition(line: 1, column: 1)
}
