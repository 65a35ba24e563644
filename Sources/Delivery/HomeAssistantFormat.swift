public import DetectionCore

/// Home Assistant's MQTT discovery: the native format, and retained configurations beside it that say where in it
/// each thing is found. A site is one device; a point is a sensor, an alarm a binary sensor and, where the
/// destination takes commands, a button that acknowledges it.
///
/// Configurations are sent when they are new or have changed, and all of them when Home Assistant says that it
/// has come up; those of things that the site no longer has are emptied.
public struct HomeAssistantFormat: FormatBesideNative {
  private let plan: HomeAssistantPlan
  private let site: SiteDescription
  private let version: String
  private let topics: Topics
  private let operators: [String]
  /// The native format beside it.
  public let native: NativeFormat
  private var announcedConfigurations: Announced
  /// Home Assistant has come up, and may lack what the broker once had.
  private var isAskedForAll = false

  /// Makes the format that speaks for `speaker`.
  public init(plan: HomeAssistantPlan, speaker: Speaker) {
    self.plan = plan
    site = speaker.site
    version = speaker.version
    topics = speaker.topics
    operators = speaker.operators
    native = speaker.nativeFormat
    announcedConfigurations = Announced(speaker.memory ?? [])
  }

  /// The newest value of a point, in the native format.
  public func point(_ assessed: AssessedReading, at moment: SendingMoment) -> MQTTMessage? {
    native.point(assessed, at: moment)
  }

  // MARK: Discovery

  private var birthTopic: String { plan.discoveryPrefix + "/status" }

  /// Home Assistant's own status.
  public var subscriptions: [String] { [birthTopic] }

  /// True where Home Assistant has just come up. What the broker had kept says that it did so at some time, which
  /// is no news.
  public mutating func take(_ message: ReceivedMessage) -> Bool {
    guard message.topic == birthTopic, !message.isRetained,
      message.payload == Array("online".utf8)
    else { return false }
    isAskedForAll = true
    return true
  }

  /// The configurations that the broker does not have, and an empty one for each of what is gone.
  public mutating func announcements(at moment: SendingMoment) -> [MQTTMessage] {
    let all = configurations
    let fingerprints = all.map { ($0.topic, Announced.fingerprint($0.payload)) }
    let due = zip(all, fingerprints).filter { _, fingerprint in
      isAskedForAll || !announcedConfigurations.holds(fingerprint.0, fingerprint.1)
    }
    // Two things of one topic are refused where the site file is read.
    let gone = announcedConfigurations.offer(
      Dictionary(fingerprints, uniquingKeysWith: { _, last in last }))
    return gone.map { configuration($0, []) } + due.map(\.0)
  }

  /// The broker has all configurations.
  public mutating func announced() {
    isAskedForAll = false
    announcedConfigurations.accepted()
  }

  /// Which configurations the broker has.
  public mutating func changedMemory() -> [UInt8]? { announcedConfigurations.changedText() }

  private var configurations: [MQTTMessage] {
    site.points.map(sensor) + site.rules.map(binarySensor)
      + (operators.first.map { name in site.rules.map { button($0, operator: name) } } ?? [])
  }

  private func sensor(_ point: PointDescription) -> MQTTMessage {
    let unit = HomeAssistantUnit(point.unit)
    return configuration("sensor", point.id, named: point.name) { json in
      json.member("state_topic", topics.point(point.id))
      json.member("value_template", "{{ value_json.value }}")
      if let deviceClass = unit.deviceClass { json.member("device_class", deviceClass) }
      if let unit = unit.unit { json.member("unit_of_measurement", unit) }
      json.member("state_class", "measurement")
      json.member("suggested_display_precision", point.decimals)
      json.member("expire_after", point.expirySeconds)
      json.member("json_attributes_topic", topics.point(point.id))
      json.member(
        "json_attributes_template",
        "{{ {'flag': value_json.flag, 'datum': value_json.datum, 'time': value_json.time, "
          + "'mode': value_json.mode} | tojson }}")
    }
  }

  private func binarySensor(_ rule: RuleDescription) -> MQTTMessage {
    configuration("binary_sensor", rule.id, named: rule.name) { json in
      json.member("state_topic", topics.alarm(rule.id))
      json.member("value_template", "{{ 'ON' if value_json.stage.level > 0 else 'OFF' }}")
      json.member("device_class", "problem")
      json.member("json_attributes_topic", topics.alarm(rule.id))
      json.member(
        "json_attributes_template",
        "{{ {'state': value_json.state, 'stage': value_json.stage.id, "
          + "'stage_name': value_json.stage.name.\(plan.language.rawValue), "
          + "'since': value_json.since, 'mode': value_json.mode} | tojson }}")
    }
  }

  private func button(_ rule: RuleDescription, operator name: String) -> MQTTMessage {
    let title = LocalizedText(
      english: "Acknowledge \(rule.name.english)", japanese: "\(rule.name.japanese)を確認")
    return configuration("button", rule.id, named: title) { json in
      json.member("command_topic", topics.command(CommandKind.acknowledge.rawValue))
      json.member("command_template", acknowledgement(of: rule, by: name))
      json.member("qos", 1)
      json.member("retain", false)
    }
  }

  /// The command as a template that gives each press an id of its own. Texts of the site come into a template as
  /// JSON whose braces are escaped, so that they remain texts.
  private func acknowledgement(of rule: RuleDescription, by name: String) -> String {
    let command = JSONWriter.object { json in
      json.member("operator", name)
      json.member("alarm", rule.id)
      json.member("comment", "Home Assistant")
    }
    let escaped = command.dropFirst().dropLast().flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "{"): Array("\\u007b".utf8)
      case UInt8(ascii: "}"): Array("\\u007d".utf8)
      default: [byte]
      }
    }
    return
      "{\"id\":\"ha-{{ now().strftime('%Y%m%d%H%M%S%f') }}\",\(String(decoding: escaped, as: UTF8.self))}"
  }

  private func configuration(
    _ component: String, _ id: String, named name: LocalizedText,
    _ body: (inout JSONWriter) -> Void
  ) -> MQTTMessage {
    let payload = JSONWriter.object { json in
      json.member("name", plan.language.text(name))
      json.member("unique_id", "nomori_\(site.id)_\(component)_\(id)")
      body(&json)
      json.member("availability_topic", topics.status)
      json.member("availability_template", "{{ value_json.state }}")
      json.member("payload_available", "online")
      json.member("payload_not_available", "offline")
      json.member("device") { device in
        device.member("identifiers", texts: ["nomori_\(site.id)"])
        device.member("name", plan.language.text(site.name))
        device.member("manufacturer", "Nomori")
        device.member("sw_version", version)
      }
      json.member("origin") { origin in
        origin.member("name", "Nomori")
        origin.member("sw_version", version)
      }
    }
    let topic = Self.topic(component, site: site.id, id: id, below: plan.discoveryPrefix)
    return configuration(topic, payload)
  }

  private func configuration(_ topic: String, _ payload: [UInt8]) -> MQTTMessage {
    MQTTMessage(
      topic: topic, payload: payload, isRetained: true,
      label: PayloadLabel(schema: "homeassistant/config", site: site.id, mode: site.mode))
  }

  /// Where Home Assistant looks for a thing. It takes letters, digits, `-` and `_` in these levels.
  public static func topic(
    _ component: String, site: String, id: String, below prefix: String
  ) -> String {
    "\(prefix)/\(component)/\(objectID(site))/\(objectID(id))/config"
  }

  /// An id as Home Assistant takes it in topics.
  public static func objectID(_ id: String) -> String {
    String(id.map { $0 == "." ? "_" : $0 })
  }
}
