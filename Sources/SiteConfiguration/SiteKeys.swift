internal import Delivery
internal import DetectionCore
internal import Polling

// The keys of a site file, one struct a mapping, in the order of docs/site-file.md. Those of buses and
// points stand in files of their own.

struct SiteFileKeys: Keys {
  let site = Key("site", .section(HeaderKeys.self))
  let buses = Key(optional: "buses", .list(of: .section(BusKeys.self), 0...64))
  let curves = Key(
    optional: "curves", .list(of: .section(CurveKeys.self), 0...CoreLimits.curves))
  let points = Key("points", .list(of: .section(PointKeys.self), 1...CoreLimits.points))
  let rules = Key(optional: "rules", .list(of: .section(RuleKeys.self), 0...CoreLimits.rules))
  let outputs = Key(
    optional: "outputs", .list(of: .section(OutputKeys.self), 0...CoreLimits.outputs))
  let deterrents = Key(
    optional: "deterrents", .list(of: .section(DeterrentKeys.self), 0...CoreLimits.deterrents))
  /// Every destination costs a session and a place in each event's list of acknowledgements.
  let destinations = Key(
    optional: "destinations", .list(of: .section(DestinationKeys.self), 0...8))
  let recording = Key(optional: "recording", .section(RecordingKeys.self))
  let outbox = Key(optional: "outbox", .section(OutboxKeys.self))
}

struct HeaderKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let mode = Key("mode", .choice(SiteMode.self))
  let municipality = Key(optional: "municipality", .later(.text))
  /// UTC where it is not given.
  let timeZone = Key(optional: "timeZone", .later(.text))
  let signOfLife = Key(optional: "signOfLife", .duration(atLeast: .seconds(60)))
  let datum = Key(optional: "datum", .section(DatumKeys.self))
}

struct DatumKeys: Keys {
  let reference = Key("reference", .text)
  let zeroHeight = Key("zeroHeight", .length)
}

struct CurveKeys: Keys {
  let id = Key("id", .reference)
  let x = Key("x", .unit)
  let y = Key("y", .unit)
  let points = Key(
    "points",
    .list(of: .later(.list(.form(.value), 2...2)), 2...CoreLimits.curvePoints))
}

// MARK: Rules

/// A rule over a point or, with `incident`, over the triggers of several.
struct RuleKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let point = Key(optional: "point", .reference)
  let direction = Key(optional: "direction", .word(["rising", "falling"]))
  let incident = Key(optional: "incident", .section(IncidentKeys.self))
  let stages = Key(
    "stages", .list(of: .section(StageKeys.self), 1...CoreLimits.stagesPerRule))
  let version = Key("version", .integer(1...Int(Int32.max)), default: 1)
  let priority = Key("priority", .choice(AlarmPriority.self), default: .medium)
  let activeDuring = Key(optional: "activeDuring", .section(PeriodKeys.self))
  let sampling = Key(
    optional: "sampling", .later(.open(SamplingKeys.self, others: .form(.duration))))
  let suppressedBy = Key(optional: "suppressedBy", .reference)
  let alarm = Key(optional: "alarm", .section(AlarmKeys.self))
}

/// A stage; that of an incident has no limit.
struct StageKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let limit = Key(optional: "limit", .value)
  let deadband = Key(optional: "deadband", .difference)
  let onDelay = Key(optional: "onDelay", .duration())
  let offDelay = Key(optional: "offDelay", .duration())
}

struct IncidentKeys: Keys {
  let points = Key("points", .list(of: .reference, 1...IncidentPlan.mostMembers))
  let triggers = Key("triggers", .integer(1...IncidentPlan.mostMembers))
  /// At most as many as there are points and triggers.
  let sensors = Key("sensors", .later(.integer(1...IncidentPlan.mostMembers)))
  let within = Key("within", .duration())
  let quietGap = Key("quietGap", .duration())
}

/// How often a point is read; beside these keys, periods by the ids of stages.
struct SamplingKeys: Keys {
  let point = Key("point", .reference)
  let normal = Key("normal", .duration(atLeast: .milliseconds(1)))
}

struct AlarmKeys: Keys {
  let acknowledge = Key("acknowledge", .word(["onReturn", "byPerson"]), default: "onReturn")
  let latch = Key("latch", .truth, default: false)
  let reAlarm = Key(optional: "reAlarm", .duration(atLeast: .seconds(1)))
  let longestShelving = Key(
    "longestShelving", .duration(), default: AlarmPlan().longestShelving)
  let highestShelvedStage = Key(optional: "highestShelvedStage", .reference)
  let chatter = Key(
    optional: "chatter", .later(.either([.words(["off"]), .section(ChatterKeys.self)])))
}

struct ChatterKeys: Keys {
  let raises = Key("raises", .integer(2...Int(ChatterPlan.mostRaises)))
  let within = Key("within", .duration(atLeast: .seconds(1)))
  let hold = Key("hold", .duration(atLeast: .seconds(1)))
}

/// Times by the clock on the wall; all that is given must hold.
struct PeriodKeys: Keys {
  static let weekdayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  let hours = Key(optional: "hours", .pair(of: .timeOfDay))
  let months = Key(optional: "months", .pair(of: .integer(1...12)))
  let weekdays = Key(optional: "weekdays", .list(of: .word(weekdayNames), 1...7))
}

// MARK: Outputs

struct OutputKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let device = Key("device", .reference)
  let quantity = Key("quantity", .later(.text))
  let timer = Key(optional: "timer", .later(.text))
  let follows = Key(optional: "follows", .section(FollowedKeys.self))
  let maximumOnTime = Key("maximumOnTime", .duration(atLeast: .seconds(1)))
}

/// A rule, and the stage from which on something is to happen.
struct FollowedKeys: Keys {
  let rule = Key("rule", .reference)
  let fromStage = Key("fromStage", .reference)
}

struct DeterrentKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let followed = FollowedKeys()
  let outputs = Key("outputs", .list(of: .reference, 1...DeterrentPlan.mostOutputs))
  let delay = Key("delay", .later(.list(.form(.duration), 2...2)))
  let length = Key("length", .later(.list(.form(.duration), 2...2)))
  let coolDown = Key("coolDown", .duration())
  let repeatAfter = Key(optional: "repeatAfter", .duration(atLeast: .seconds(1)))
  let mostPerNight = Key("mostPerNight", .integer(1...Int(UInt16.max)))
  let quietHours = Key(optional: "quietHours", .section(PeriodKeys.self))
  /// By default the deterrent's place in the file.
  let seed = Key(optional: "seed", .integer(1...Int(Int32.max)))
}

// MARK: Destinations and storage

struct DestinationKeys: Keys {
  let id = Key("id", .reference)
  let host = Key("host", .text)
  let security = Key(
    "security", .later(.either([.words(["none", "tls"]), .section(SecurityKeys.self)])))
  /// By default that of the protocol, 1883, or 8883 with TLS.
  let port = Key(optional: "port", .port)
  let username = Key(optional: "username", .text)
  let passwordFile = Key(optional: "passwordFile", .path)
  let commands = Key(optional: "commands", .section(CommandKeys.self))
  let topicRoot = Key("topicRoot", .topicRoot, default: "nomori/v1")
  let keepAlive = Key("keepAlive", .duration(atLeast: .seconds(5)), default: .seconds(30))
}

struct SecurityKeys: Keys {
  let tls = Key("tls", .section(TLSKeys.self))
}

struct TLSKeys: Keys {
  let authorityFile = Key(optional: "authorityFile", .path)
  let certificateFile = Key(optional: "certificateFile", .path)
  let keyFile = Key(optional: "keyFile", .path)
}

struct CommandKeys: Keys {
  let operators = Key("operators", .list(of: .text, 1...32))
}

struct RecordingKeys: Keys {
  private static let usual = RecordingSettings()

  let folder = Key("folder", .path, default: usual.folder)
  let maximumSize = Key("maximumSize", .size, default: usual.maximumBytes)
  let chunkInterval = Key(
    "chunkInterval", .duration(atLeast: .seconds(1)), default: usual.chunkInterval)
}

struct OutboxKeys: Keys {
  private static let usual = OutboxSettings()

  let path = Key("path", .path, default: usual.path)
  let maximumSize = Key("maximumSize", .size, default: usual.maximumBytes)
}
