public import DetectionCore

/// Sparkplug B 3.0 (Eclipse): the site is an edge node whose metrics are its points, its alarms and its events. A
/// birth introduces all of them, data names them by alias, and the last will is the node's death.
///
/// Everything but a death is sent once and never confirmed (QoS 0), as the specification wants. What has not gone
/// out takes no number of the sequence: `published` says what has.
public struct SparkplugFormat: PayloadFormat {
  /// What was written last, until it is known to have gone out.
  private enum Departing {
    case birth
    case death
    /// What the receiver knows then, by the metric's place.
    case data([(metric: Int, reading: SparkplugReading)])
  }

  let plan: SparkplugPlan
  let site: SiteDescription
  let catalogue: SparkplugCatalogue
  private let native: NativeFormat
  /// What the receiver knows of each metric.
  private var told: [SparkplugReading?]
  private var departing: Departing?
  /// The number of the next message; counts on beyond 255 from 0.
  private var sequence: UInt8 = 0
  /// The number of the newest attempt to connect, by which a death and a birth belong together; nil before the
  /// first.
  private var connection: UInt8?
  private var isConnectionNew = false
  /// True while the receiver takes the node to be alive.
  private var isBorn = false
  private var host = SparkplugHost()
  /// True from when the primary host has gone until the next connection.
  private var isLeaving = false

  /// Makes the format that speaks for `speaker`.
  public init(plan: SparkplugPlan, speaker: Speaker) {
    self.plan = plan
    site = speaker.site
    catalogue = SparkplugCatalogue(speaker)
    native = speaker.nativeFormat
    told = Array(repeating: nil, count: catalogue.entries.count)
    connection = speaker.memory.flatMap { UInt8(String(decoding: $0, as: UTF8.self)) }
  }

  // MARK: Birth and death

  /// The node's birth while it is there, and its death.
  public mutating func status(
    _ connection: ConnectionState, at moment: SendingMoment
  ) -> MQTTMessage {
    guard case .online = connection, presence == .speaks else {
      departing = .death
      return death
    }
    departing = .birth
    return birth(at: moment)
  }

  /// The node's death, of a connection that is about to be made.
  public mutating func will() -> MQTTMessage {
    connection = connection.map { $0 &+ 1 } ?? 0
    isConnectionNew = true
    isBorn = false
    isLeaving = false
    host.forget()
    return death
  }

  /// The number of the newest connection.
  public mutating func changedMemory() -> [UInt8]? {
    guard isConnectionNew else { return nil }
    isConnectionNew = false
    return connection.map { Array(String($0).utf8) }
  }

  private var connectionNumber: SparkplugValue { .long(Int64(connection ?? 0)) }

  private var death: MQTTMessage {
    var payload = ProtobufWriter()
    payload.metric(name: "bdSeq", kind: .long, SparkplugReading(value: connectionNumber))
    return message("NDEATH", payload, quality: .atLeastOnce)
  }

  private func birth(at moment: SendingMoment) -> MQTTMessage {
    let nowMs = moment.now.milliseconds
    var payload = ProtobufWriter()
    payload.field(1, nowMs)
    for (name, value) in [
      ("bdSeq", connectionNumber), ("Node Control/Rebirth", SparkplugValue.boolean(false)),
    ] {
      payload.metric(name: name, kind: value.kind, SparkplugReading(timeMs: nowMs, value: value))
    }
    for (place, entry) in catalogue.entries.enumerated() {
      var reading = told[place] ?? SparkplugReading(timeMs: nowMs, value: entry.constant)
      if let lifetime = entry.lifetimeMs, let time = reading.timeMs, time &+ lifetime < nowMs {
        reading.quality = reading.quality?.outdated
      }
      payload.metric(
        name: entry.name, alias: UInt64(place) + 1, kind: entry.kind, further: entry.properties,
        reading)
    }
    payload.field(3, UInt64(0))
    return message("NBIRTH", payload)
  }

  private func message(
    _ kind: String, _ payload: ProtobufWriter, quality: MQTTMessage.Quality = .atMostOnce
  ) -> MQTTMessage {
    MQTTMessage(
      topic: plan.topic(kind, of: site.id), payload: payload.bytes, quality: quality,
      contentType: "application/x-protobuf",
      label: PayloadLabel(schema: "sparkplug/3.0", site: site.id, mode: site.mode))
  }

  // MARK: Data

  /// The data message of `changes`; nil where there are none.
  ///
  /// What is older than what the receiver knows of the same metric, or late, is for its archive alone.
  mutating func data(
    _ changes: [(metric: Int, reading: SparkplugReading)], at moment: SendingMoment,
    isLate: Bool = false
  ) -> MQTTMessage? {
    guard !changes.isEmpty else { return nil }
    let nowMs = moment.now.milliseconds
    var payload = ProtobufWriter()
    payload.field(1, nowMs)
    var news: [(metric: Int, reading: SparkplugReading)] = []
    for change in changes {
      let known = news.last { $0.metric == change.metric }?.reading ?? told[change.metric]
      let isHistorical = isLate || change.reading.isOlder(than: known, atMs: nowMs)
      payload.metric(alias: UInt64(change.metric) + 1, isHistorical: isHistorical, change.reading)
      if !isHistorical { news.append(change) }
    }
    payload.field(3, UInt64(sequence))
    departing = .data(news)
    return message("NDATA", payload)
  }

  /// The message that was asked for last has gone out.
  public mutating func published() {
    switch departing {
    case .birth:
      isBorn = true
      sequence = 1
    case .death:
      isBorn = false
    case .data(let news):
      sequence &+= 1
      for (metric, reading) in news { told[metric] = reading }
    case nil: break
    }
    departing = nil
  }

  /// What changed of where an alarm stands.
  public mutating func message(of alarm: AlarmState, at moment: SendingMoment) -> MQTTMessage? {
    guard site.rule(UInt16(clamping: alarm.rule))?.id == alarm.id else { return nil }
    let timeMs = alarm.since.wallTime(by: moment.reference).milliseconds
    let state = alarm.snapshot
    let parts: [(SparkplugCatalogue.AlarmPart, SparkplugValue?)] = [
      (.stage, .integer(Int32(state.stage))),
      (.condition, .text(state.condition.name)),
      (.acknowledged, .boolean(Self.isAcknowledged(state.condition.name))),
      (.silenced, .boolean(!state.suppression.isEmpty)),
      (.event, alarm.lastEvent.map { .text($0) }),
    ]
    let readings = parts.map { part, value in
      (
        metric: catalogue.alarm(alarm.rule, part),
        reading: SparkplugReading(timeMs: timeMs, value: value)
      )
    }
    return data(readings.filter { told[$0.metric] != $0.reading }, at: moment)
  }

  /// False while somebody has to say that they know.
  static func isAcknowledged(_ condition: String) -> Bool {
    ![AlarmCondition.unacknowledged, .returned].contains { $0.name == condition }
  }

  /// The newest value of a point.
  public mutating func point(
    _ assessed: AssessedReading, at moment: SendingMoment
  ) -> MQTTMessage? {
    let reading = assessed.reading
    guard site.point(reading.point.rawValue) != nil else { return nil }
    let value = reading.flag == .missing ? nil : reading.value
    return data(
      [
        (
          catalogue.point(reading.point.rawValue),
          .measured(value, flag: reading.flag.rawValue, at: reading.wallTime)
        )
      ], at: moment)
  }

  // MARK: What a host says

  /// Sessions end with the connection: what was missed in between makes no sense to a new one.
  public var keepsSession: Bool { false }

  /// Without its primary host the node waits; where that goes, the node goes too.
  public var presence: FormatPresence {
    if isLeaving { return .leaves }
    return plan.primaryHost == nil || host.isOnline ? .speaks : .waits
  }

  /// Commands to the node, and what its primary host says of itself.
  public var subscriptions: [String] {
    [plan.topic("NCMD", of: site.id), plan.hostTopic].compactMap(\.self)
  }

  /// A request for a new birth, or news of the primary host.
  public mutating func take(_ message: ReceivedMessage) -> Bool {
    if message.topic == plan.hostTopic {
      return takeState(message.payload)
    }
    guard message.topic == plan.topic("NCMD", of: site.id), !message.isRetained else {
      return false
    }
    return presence == .speaks && SparkplugCommand(message.payload).wantsRebirth
  }

  /// The primary host has come, or it has gone, and with it the node; true where that is to be said.
  private mutating func takeState(_ payload: [UInt8]) -> Bool {
    let wasOnline = host.isOnline
    host.take(payload)
    guard host.isOnline != wasOnline else { return false }
    if !host.isOnline { isLeaving = isBorn }
    return host.isOnline != isLeaving
  }

  /// What became of a command, in the native format.
  public func answer(_ answer: CommandAnswer) -> MQTTMessage { native.answer(answer) }
}

/// A command to the node. The only one that there is asks for a birth; nothing in the field can be written.
private struct SparkplugCommand {
  private(set) var wantsRebirth = false

  init(_ payload: [UInt8]) {
    var reader = ProtobufReader(payload[...])
    var isAsked = false
    while let (field, content) = reader.next() {
      if field == 2, case .bytes(let metric) = content, Self.asksForBirth(metric) { isAsked = true }
    }
    wantsRebirth = isAsked && !reader.isBroken
  }

  /// True for a metric of the name `Node Control/Rebirth` that is true.
  private static func asksForBirth(_ metric: ArraySlice<UInt8>) -> Bool {
    var reader = ProtobufReader(metric)
    var isNamed = false
    var isTrue = false
    while let (field, content) = reader.next() {
      switch (field, content) {
      case (1, .bytes(let name)): isNamed = name.elementsEqual("Node Control/Rebirth".utf8)
      case (14, .number(let value)): isTrue = value != 0
      default: break
      }
    }
    return isNamed && isTrue && !reader.isBroken
  }
}

extension SparkplugReading {
  /// A measured value with its QARTOD flag; what is no number has no value.
  static func measured(_ value: Double?, flag: UInt8, at time: WallTime) -> SparkplugReading {
    SparkplugReading(
      timeMs: time.milliseconds, value: value.flatMap { $0.isFinite ? .double($0) : nil },
      quality: SparkplugQuality(flag: flag))
  }
}

extension WallTime {
  /// In milliseconds since 1970, as Sparkplug counts.
  var milliseconds: UInt64 { UInt64(max(nanosecondsSince1970 / 1_000_000, 0)) }
}
