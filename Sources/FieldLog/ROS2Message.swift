/// A flat message that says what its fields are in one place, from which its schema text, its
/// encoding and its decoding are all made, so that the three cannot disagree.
///
/// ```swift
/// struct Sample: ROS2Message {
///   static let schemaName = "nomori_msgs/msg/Sample"
///   var point = ""
///   var value = 0.0
///
///   mutating func visitFields<Visitor: FieldVisitor>(
///     _ visitor: inout Visitor
///   ) throws(Visitor.Failure) {
///     try visitor.field("point", &point)
///     try visitor.field("value", &value, note: "in the point's unit")
///   }
/// }
/// ```
public protocol ROS2Message: Sendable {
  /// The message's ROS 2 resource name: package, `msg`, type.
  static var schemaName: String { get }
  /// A message of empty fields.
  init()
  /// Shows every field to `visitor`, always the same ones in the same order.
  mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure)
}

/// Walks through the fields of a `ROS2Message`: to name, to write or to read them.
public protocol FieldVisitor {
  /// What can go wrong on the way.
  associatedtype Failure: Error
  /// Visits one field. `name` is in lower snake case, `note` becomes the schema's comment.
  mutating func field<Value: CDRValue>(
    _ name: String, _ value: inout Value, note: String
  ) throws(Failure)
}

extension FieldVisitor {
  /// Visits one field that needs no comment.
  public mutating func field<Value: CDRValue>(
    _ name: String, _ value: inout Value
  ) throws(Failure) {
    try field(name, &value, note: "")
  }
}

extension ROS2Message {
  /// The message's definition in the `ros2msg` language: a line a field.
  public static var schemaText: String {
    var renderer = SchemaRenderer()
    var blank = Self()
    blank.visitFields(&renderer)
    return renderer.text
  }

  /// Makes the message from its CDR encoding.
  public init(decoding bytes: ArraySlice<UInt8>) throws(CDRError) {
    self.init()
    var reader = try CDRReader(bytes)
    try visitFields(&reader)
    try reader.end()
  }

  /// The message's CDR encoding.
  public func encoded() -> [UInt8] {
    var writer = CDRWriter()
    encode(into: &writer)
    return writer.bytes
  }

  /// Starts `writer` anew and writes the message into it.
  public func encode(into writer: inout CDRWriter) {
    writer.restart()
    var copy = self
    copy.visitFields(&writer)
  }
}

extension CDRWriter: FieldVisitor {
  /// Appends the field's value.
  public mutating func field<Value: CDRValue>(
    _ name: String, _ value: inout Value, note: String
  ) throws(Never) {
    append(value)
  }
}

extension CDRReader: FieldVisitor {
  /// Takes the field's value.
  public mutating func field<Value: CDRValue>(
    _ name: String, _ value: inout Value, note: String
  ) throws(CDRError) {
    value = try read()
  }
}

private struct SchemaRenderer: FieldVisitor {
  var text = ""

  mutating func field<Value: CDRValue>(
    _ name: String, _ value: inout Value, note: String
  ) throws(Never) {
    text += "\(Value.schemaType) \(name)"
    if !note.isEmpty { text += "  # \(note)" }
    text += "\n"
  }
}
