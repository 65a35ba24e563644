internal import DetectionCore
internal import FieldLog

/// The channels of a recording. Names and layouts are what standard MCAP tools show.
enum RecordingTopic {
  /// Everything that went into the core, in the lane's order; what `replay` feeds.
  static let inputs = "/lane/inputs"
  /// The same in recordings of earlier versions, one a message.
  static let input = "/lane/input"
  /// What the run began with, left by the one before; what `replay` begins with too.
  static let state = "/lane/state"
  /// Every event, in the lane's order; what `replay --verify` compares.
  static let event = "/lane/event"
  /// Raw registers as they came from the buses.
  static let transactions = "/bus/transactions"
  /// The same in recordings of earlier versions, one a message.
  static let transaction = "/bus/transaction"
  /// What was sent to line sensors and came from them, as on the wire.
  static let frame = "/line/frame"
  /// Assessed values of one point.
  static func point(_ id: String) -> String { "/point/" + id.map { $0 == "." ? "/" : $0 } }
}

/// One input of the core; what recordings of earlier versions have a message for.
struct InputMessage: ROS2Message {
  static let schemaName = "nomori_msgs/msg/LaneInput"

  enum Kind: UInt8 {
    case reading = 0
    case tick = 1
    case lost = 2
    case command = 3
  }

  var kind: UInt8 = 0
  var point: UInt16 = 0
  var flag: UInt8 = 0
  var value: Double = 0
  var monotonicNs: Int64 = 0
  var wallNs: Int64 = 0
  var synchronized = false
  var command: UInt32 = 0

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
}

extension InputMessage {
  init(_ input: DetectionInput) {
    switch input {
    case .reading(let reading):
      kind = Kind.reading.rawValue
      point = reading.point.rawValue
      flag = reading.flag.rawValue
      value = reading.value
      setTime(reading.time, reading.wallTime)
    case .tick(let time, let wallTime):
      kind = Kind.tick.rawValue
      setTime(time, wallTime)
    case .command(let time, let wallTime, let command):
      kind = Kind.command.rawValue
      point = command.subject
      flag = command.kind.rawValue
      value = Double(command.duration.nanoseconds)
      self.command = command.number
      setTime(time, wallTime)
    case .lost(let time, let wallTime, let count):
      kind = Kind.lost.rawValue
      value = Double(count)
      setTime(time, wallTime)
    }
  }

  private mutating func setTime(_ time: Instant, _ wallTime: WallTime) {
    monotonicNs = time.nanoseconds
    wallNs = wallTime.nanosecondsSince1970
    synchronized = wallTime.synchronized
  }

  /// The input that was recorded, or nil when the numbers name none.
  var input: DetectionInput? {
    let time = Instant(nanoseconds: monotonicNs)
    let wallTime = WallTime(nanosecondsSince1970: wallNs, synchronized: synchronized)
    switch Kind(rawValue: kind) {
    case .reading:
      guard let flag = QualityFlag(rawValue: flag) else { return nil }
      return .reading(
        Reading(
          point: PointIndex(rawValue: point), value: value, flag: flag, time: time,
          wallTime: wallTime))
    case .tick: return .tick(at: time, wallTime: wallTime)
    case .lost:
      guard let count = UInt32(exactly: value) else { return nil }
      return .lost(at: time, wallTime: wallTime, count: count)
    case .command:
      guard let kind = DetectionCommand.Kind(rawValue: flag),
        let duration = Int64(exactly: value)
      else { return nil }
      return .command(
        at: time, wallTime: wallTime,
        DetectionCommand(
          number: command, kind: kind, subject: point,
          duration: TimeSpan(nanoseconds: duration)))
    case nil: return nil
    }
  }
}

/// One assessed value of a point.
struct PointMessage: ROS2Message {
  static let schemaName = "nomori_msgs/msg/PointValue"

  var value: Double = 0
  var flag: UInt8 = 0
  var tests = TestFlags()
  var monotonicNs: Int64 = 0
  var wallNs: Int64 = 0

  mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.field("value", &value, note: "in the point's unit; NaN when missing")
    try visitor.field("flag", &flag, note: "QARTOD roll-up: 1 pass, 3 suspect, 4 fail, 9 missing")
    try tests.forEachFlag { name, flag throws(Visitor.Failure) in
      var number = flag.rawValue
      try visitor.field(name, &number)
      flag = QualityFlag(rawValue: number) ?? .notEvaluated
    }
    try visitor.field("monotonic_ns", &monotonicNs)
    try visitor.field("wall_ns", &wallNs, note: "since 1970-01-01T00:00:00Z")
  }
}

extension PointMessage {
  init(_ assessed: AssessedReading) {
    value = assessed.reading.value
    flag = assessed.reading.flag.rawValue
    tests = assessed.tests
    monotonicNs = assessed.reading.time.nanoseconds
    wallNs = assessed.reading.wallTime.nanosecondsSince1970
  }
}

/// One event of the core, field by field; two are the same when their encodings are.
struct EventMessage: ROS2Message {
  static let schemaName = "nomori_msgs/msg/Event"

  var sequence: UInt64 = 0
  var kind: UInt8 = 0
  var subject: UInt16 = 0
  var stage: UInt8 = 0
  var previousStage: UInt8 = 0
  var condition: UInt8 = 0
  var firstOut = false
  var flood = false
  var silenced = false
  var chattering = false
  var command: UInt32 = 0
  var flag: UInt8 = 0
  var value: Double = 0
  var limit: Double = 0
  var monotonicNs: Int64 = 0
  var wallNs: Int64 = 0
  var synchronized = false

  mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.field("sequence", &sequence)
    try visitor.field("kind", &kind)
    try visitor.field("subject", &subject, note: "place of the rule, point or output in the plan")
    try visitor.field("stage", &stage, note: "after the event; 0 is normal")
    try visitor.field("previous_stage", &previousStage)
    try visitor.field(
      "condition", &condition,
      note: "0 normal, 1 unacknowledged, 2 acknowledged, 3 returned, 4 latched")
    try visitor.field("first_out", &firstOut)
    try visitor.field("flood", &flood)
    try visitor.field("silenced", &silenced)
    try visitor.field("chattering", &chattering)
    try visitor.field("command", &command, note: "number of the command that caused it, 0 for none")
    try visitor.field("flag", &flag)
    try visitor.field("value", &value)
    try visitor.field("limit", &limit)
    try visitor.field("monotonic_ns", &monotonicNs)
    try visitor.field("wall_ns", &wallNs, note: "since 1970-01-01T00:00:00Z")
    try visitor.field("synchronized", &synchronized)
  }
}

extension EventMessage {
  init(_ event: DetectionEvent) {
    sequence = event.sequence
    kind = event.kind.rawValue
    subject = event.subject
    stage = event.stage
    previousStage = event.previousStage
    condition = event.condition.rawValue
    firstOut = event.marks.isFirstOut
    flood = event.marks.isFlood
    silenced = event.marks.isSilenced
    chattering = event.marks.isChattering
    command = event.cause
    flag = event.flag.rawValue
    value = event.value
    limit = event.limit
    monotonicNs = event.time.nanoseconds
    wallNs = event.wallTime.nanosecondsSince1970
    synchronized = event.wallTime.synchronized
  }
}
