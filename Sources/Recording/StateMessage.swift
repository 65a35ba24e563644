package import DetectionCore
package import FieldLog

/// What has to outlive a restart of one rule, sensor or output: as the outbox keeps it, and as a
/// recording says what its run began with.
package struct StateMessage: ROS2Message {
  package static let schemaName = "nomori_msgs/msg/SubjectState"

  enum Kind: UInt8 {
    case rule = 0
    case sensor = 1
    case output = 2
    case flood = 3
    case deterrent = 4
  }

  var kind: UInt8 = 0
  /// The index of the rule, sensor or output in the plan.
  package var subject: UInt16 = 0
  var monotonicNs: Int64 = 0
  var wallNs: Int64 = 0
  var synchronized = false
  var isOn = false
  var condition: UInt8 = 0
  var stage: UInt8 = 0
  var ruleStage: UInt8 = 0
  var suppression: UInt8 = 0
  var shelvingLeftNs: Int64 = 0
  var sinceAnnouncedNs: Int64 = 0
  var isChattering = false
  var swallowedReturns: UInt32 = 0
  var sinceTurnedNs: Int64 = 0
  var raiseAgesNs: [Int64] = []
  var onTimeLeftNs: Int64 = 0
  var activations: UInt32 = 0
  var tonight: UInt16 = 0
  var night: Int32 = 0
  var lastChoice: UInt8 = 0
  var random: UInt32 = 0

  /// A message of empty fields.
  package init() {}

  package mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.field(
      "kind", &kind,
      note: "0 rule, 1 sensor, 2 output, 3 flood of alarms, 4 deterrent (under its output)")
    try visitor.field("subject", &subject, note: "place in the site's plan")
    try visitor.field("monotonic_ns", &monotonicNs, note: "of this moment")
    try visitor.field("wall_ns", &wallNs, note: "since 1970-01-01T00:00:00Z")
    try visitor.field("synchronized", &synchronized, note: "wall clock had a time source")
    try visitor.field(
      "is_on", &isOn,
      note: "the sensor faulty, the output on, the deterrent stopped, or a flood")
    try visitor.field(
      "condition", &condition,
      note: "0 normal, 1 unacknowledged, 2 acknowledged, 3 returned, 4 latched")
    try visitor.field("stage", &stage, note: "of a deterrent: 1 while its last choice was on")
    try visitor.field("rule_stage", &ruleStage)
    try visitor.field(
      "suppression", &suppression, note: "1 shelved, 2 once, 4 by design, 8 out of service")
    try visitor.field("shelving_left_ns", &shelvingLeftNs)
    try visitor.field("since_announced_ns", &sinceAnnouncedNs)
    try visitor.field("is_chattering", &isChattering)
    try visitor.field("swallowed_returns", &swallowedReturns, note: "or the alarms of the flood")
    try visitor.field("since_turned_ns", &sinceTurnedNs)
    try visitor.field("raise_ages_ns", &raiseAgesNs, note: "newest first")
    try visitor.field("on_time_left_ns", &onTimeLeftNs, note: "of a deterrent: its rest")
    try visitor.field("activations", &activations, note: "of a deterrent, since ever")
    try visitor.field("tonight", &tonight, note: "of them, in this night")
    try visitor.field("night", &night, note: "days since 1970, from noon to noon")
    try visitor.field("last_choice", &lastChoice)
    try visitor.field("random", &random, note: "where its random numbers go on")
  }
}

extension StateMessage {
  /// What is to be kept of `state`, as it is at `moment`.
  package init(_ state: SubjectState, of subject: UInt16, at moment: Instant, _ wallTime: WallTime)
  {
    self.subject = subject
    monotonicNs = moment.nanoseconds
    wallNs = wallTime.nanosecondsSince1970
    synchronized = wallTime.synchronized
    switch state {
    case .rule(let snapshot):
      kind = Kind.rule.rawValue
      condition = snapshot.condition.rawValue
      stage = snapshot.stage
      ruleStage = snapshot.ruleStage
      suppression = snapshot.suppression.rawValue
      shelvingLeftNs = snapshot.shelvingLeft.nanoseconds
      sinceAnnouncedNs = snapshot.sinceAnnounced.nanoseconds
      isChattering = snapshot.isChattering
      swallowedReturns = snapshot.swallowedReturns
      sinceTurnedNs = snapshot.sinceTurned.nanoseconds
      raiseAgesNs = Self.list(of: snapshot.raises)
    case .sensor(let isFaulty):
      kind = Kind.sensor.rawValue
      isOn = isFaulty
    case .output(let snapshot):
      kind = Kind.output.rawValue
      isOn = snapshot.isOn
      onTimeLeftNs = snapshot.onTimeLeft.nanoseconds
    case .deterrent(let snapshot):
      kind = Kind.deterrent.rawValue
      isOn = snapshot.isStopped
      onTimeLeftNs = snapshot.restLeft.nanoseconds
      activations = snapshot.activations
      tonight = snapshot.tonight
      night = snapshot.night
      lastChoice = snapshot.lastChoice
      stage = snapshot.isOn ? 1 : 0
      random = snapshot.random
    case .flood(let snapshot):
      kind = Kind.flood.rawValue
      isOn = snapshot.isFlood
      swallowedReturns = snapshot.count
      raiseAgesNs = Self.list(of: snapshot.raises)
    }
  }

  /// The monotonic time at which the state was like that.
  package var time: Instant { Instant(nanoseconds: monotonicNs) }

  /// How long before `wallTime` that was, as far as both clocks can be trusted; else nil.
  package func wallSpan(until wallTime: WallTime) -> TimeSpan? {
    let span = wallTime.nanosecondsSince1970 &- wallNs
    return synchronized && wallTime.synchronized && span >= 0 ? TimeSpan(nanoseconds: span) : nil
  }

  /// The same state after `span` has gone by, at a start that calls the moment by its own clocks.
  ///
  /// - Parameter isSpanKnown: False where more time may have gone by: then an output that was on may have
  ///   been on for as long as it may.
  package func moved(
    by span: TimeSpan, to moment: Instant, _ wallTime: WallTime, isSpanKnown: Bool
  ) -> StateMessage {
    var message = self
    message.monotonicNs = moment.nanoseconds
    message.wallNs = wallTime.nanosecondsSince1970
    message.synchronized = wallTime.synchronized
    let elapsed = max(0, span.nanoseconds)
    message.shelvingLeftNs = max(0, shelvingLeftNs &- elapsed)
    message.onTimeLeftNs = max(0, onTimeLeftNs &- elapsed)
    if kind == Kind.output.rawValue, !isSpanKnown { message.onTimeLeftNs = 0 }
    message.sinceAnnouncedNs = sinceAnnouncedNs &+ elapsed
    message.sinceTurnedNs = sinceTurnedNs &+ elapsed
    message.raiseAgesNs = raiseAgesNs.map { $0 &+ elapsed }
    return message
  }

  private static func list(of ages: RecentAges) -> [Int64] {
    (0..<min(Int(ages.count), ages.nanoseconds.scalarCount)).map { ages.nanoseconds[$0] }
  }

  private var ages: RecentAges {
    var ages = RecentAges()
    for (index, age) in raiseAgesNs.prefix(ages.nanoseconds.scalarCount).enumerated() {
      ages.nanoseconds[index] = age
      ages.count = UInt8(index + 1)
    }
    return ages
  }

  /// The state, or nil when the numbers name none.
  package var state: SubjectState? {
    switch Kind(rawValue: kind) {
    case .rule:
      guard let condition = AlarmCondition(rawValue: condition) else { return nil }
      var snapshot = AlarmSnapshot()
      snapshot.condition = condition
      snapshot.stage = stage
      snapshot.ruleStage = ruleStage
      snapshot.suppression = AlarmSuppression(rawValue: suppression)
      snapshot.shelvingLeft = TimeSpan(nanoseconds: shelvingLeftNs)
      snapshot.sinceAnnounced = TimeSpan(nanoseconds: sinceAnnouncedNs)
      snapshot.isChattering = isChattering
      snapshot.swallowedReturns = swallowedReturns
      snapshot.sinceTurned = TimeSpan(nanoseconds: sinceTurnedNs)
      snapshot.raises = ages
      return .rule(snapshot)
    case .sensor: return .sensor(isFaulty: isOn)
    case .output:
      return .output(
        OutputSnapshot(isOn: isOn, onTimeLeft: TimeSpan(nanoseconds: onTimeLeftNs)))
    case .deterrent:
      var snapshot = DeterrentSnapshot()
      snapshot.isStopped = isOn
      snapshot.restLeft = TimeSpan(nanoseconds: onTimeLeftNs)
      snapshot.activations = activations
      snapshot.tonight = tonight
      snapshot.night = night
      snapshot.lastChoice = lastChoice
      snapshot.isOn = stage == 1
      snapshot.random = random
      return .deterrent(snapshot)
    case .flood:
      var snapshot = FloodSnapshot()
      snapshot.isFlood = isOn
      snapshot.count = swallowedReturns
      snapshot.raises = ages
      return .flood(snapshot)
    case nil: return nil
    }
  }
}

extension StateMessage {
  /// Lets `detector` go on from here; false when the numbers name no state.
  package func apply(to detector: inout Detector) -> Bool {
    guard let state else { return false }
    detector.restore(state, of: subject, at: Instant(nanoseconds: monotonicNs))
    return true
  }
}
