internal import FieldLog

/// Inputs of the core that follow one another, field by field: a message for each would take twice the room, as
/// each message has an entry in the index of its chunk, which is not compressed.
struct InputsMessage: ROS2Message {
  static let schemaName = "nomori_msgs/msg/LaneInputs"
  /// Inputs that share a message; a few tens of kilobytes.
  static let limit = 512

  private var kind: [UInt8] = []
  private var point: [UInt16] = []
  private var flag: [UInt8] = []
  private var value: [Double] = []
  private var monotonicNs: [Int64] = []
  private(set) var wallNs: [Int64] = []
  private var synchronized: [Bool] = []
  private var command: [UInt32] = []

  mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.field(
      "kind", &kind, note: "0 reading, 1 tick, 2 inputs lost (value: how many), 3 command")
    try visitor.field(
      "point", &point, note: "place of the point, or of a command's subject, in the site's plan")
    try visitor.field(
      "flag", &flag, note: "QARTOD: 2 not yet evaluated, 4 fail, 9 missing; a command's kind")
    try visitor.field(
      "value", &value,
      note: "in the point's unit; NaN when missing; a command's duration in nanoseconds")
    try visitor.field("monotonic_ns", &monotonicNs)
    try visitor.field("wall_ns", &wallNs, note: "since 1970-01-01T00:00:00Z")
    try visitor.field("synchronized", &synchronized, note: "wall clock had a time source")
    try visitor.field("command", &command, note: "number of the command, 0 for none")
  }

  /// How many there are.
  var count: Int { kind.count }

  /// Adds the next one.
  mutating func append(_ input: InputMessage) {
    kind.append(input.kind)
    point.append(input.point)
    flag.append(input.flag)
    value.append(input.value)
    monotonicNs.append(input.monotonicNs)
    wallNs.append(input.wallNs)
    synchronized.append(input.synchronized)
    command.append(input.command)
  }

  /// The inputs in their order; nil where the lists are not of one length.
  var inputs: [InputMessage]? {
    let lengths = [
      point.count, flag.count, value.count, monotonicNs.count, wallNs.count, synchronized.count,
      command.count,
    ]
    guard lengths.allSatisfy({ $0 == count }) else { return nil }
    return kind.indices.map { index in
      var input = InputMessage()
      input.kind = kind[index]
      input.point = point[index]
      input.flag = flag[index]
      input.value = value[index]
      input.monotonicNs = monotonicNs[index]
      input.wallNs = wallNs[index]
      input.synchronized = synchronized[index]
      input.command = command[index]
      return input
    }
  }
}
