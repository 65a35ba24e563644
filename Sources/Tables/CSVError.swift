/// Why a table could not be read: where, what stood there, and what was expected.
public struct CSVError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, as the caller named it.
  public var file: String
  /// The line of the file, counted from 1; nil when the whole file is meant.
  public var line: Int?
  /// The column's name, or its number where it has none; nil when the whole line is meant.
  public var column: String?
  /// What stood there, cut to 60 characters; nil when there is nothing to show.
  public var value: String?
  /// What was expected instead, and what can be done.
  public var expected: String

  /// Makes an error of `file`.
  package init(
    file: String, line: Int? = nil, column: String? = nil, value: String? = nil, expected: String
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.value = value
    self.expected = expected
  }

  /// `file:line: column "C": "value": expected …`, without the parts that are nil.
  public var description: String {
    var text = file
    if let line { text += ":\(line)" }
    if let column { text += ": column \"\(column)\"" }
    if let value { text += ": \"\(value)\"" }
    return text + ": expected " + expected
  }
}
