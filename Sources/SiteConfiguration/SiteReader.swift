internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

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

/// Reads a site file section by section. Each section stands in its own file and reports all that
/// is wrong in it; a section that could not be read leaves its ids behind, so that references to
/// them are no further mistakes.
struct SiteReader {
  let log: DiagnosticLog
  /// The profiles that were asked for, in the order of the file; nil where one is unusable.
  var profiles: [(id: String, source: SourceText, profile: DeviceProfile?)] = []
  var header: Header?
  /// Kept apart from `header`, so that a mistake there hides no datum from the points.
  var datum: Datum?

  var busNames = Names("bus", "バス")
  var deviceNames = Names("device", "機器")
  var buses: [BusPlan] = []
  /// Where each bus stands in the file.
  var busNodes: [String: YAMLNode] = [:]
  /// The ports and hosts that have been given to a bus.
  var links: [(name: String, bus: String)] = []
  /// For each declared device, where it stands in `buses`; nil where it could not be read.
  var devices: [DeviceLocation?] = []

  var pointNames = Names("point", "観測点")
  /// One for each declared point; nil where it could not be read.
  var points: [ReadPoint?] = []
  var seasons: [Season] = []
  /// The points that tests compare with each other; judged when all have been read.
  var comparisons: [Comparison] = []

  var curveNames = Names("curve", "曲線")
  /// One for each declared curve; nil where it could not be read.
  var curves: [ExpressionScope.Curve?] = []
  /// What the expressions of points have become.
  var compiled = CompiledExpressions()

  var ruleNames = Names("rule", "ルール")
  var rules: [ReadRule] = []
  var stages: [StagePlan] = []

  var samplings: [SamplingPlan] = []

  var outputNames = Names("output", "出力")
  var outputs: [OutputPlan] = []
  var outputDescriptions: [OutputDescription] = []
  /// The outputs that follow nothing and belong to no deterrent yet, by their indexes.
  var freeOutputs: [Int: YAMLNode] = [:]
  var deterrents: [DeterrentPlan] = []
  var deterrentDescriptions: [OutputDescription] = []

  var destinationNames = Names("destination", "送信先")
  var destinations: [DestinationPlan] = []

  var recording = RecordingSettings()
  var outbox = OutboxSettings()

  /// Where a device stands in the list of buses.
  struct DeviceLocation {
    /// The index of its bus.
    var bus: Int
    /// Its index on that bus.
    var device: Int
    /// Its profile, which says how it speaks.
    var profile: DeviceProfile
  }

  init(log: DiagnosticLog) { self.log = log }

  /// Reads the whole document. Sections come in the order in which they refer to each other.
  mutating func read(_ root: Section<SiteFileKeys>, profiles find: (String) -> SourceText?) {
    if let section = root.site { header = readHeader(section) }
    readBuses(root, profiles: find)
    readCurves(root)
    readPoints(root)
    readRules(root)
    readOutputs(root)
    readDestinations(root)
    readStorage(root)
    markWatchedPoints()
    checkLoads()
  }

  /// The site, once everything has been read without an error.
  func site(from text: SourceText) -> Site? {
    let points = points.compactMap { $0 }
    guard let header, points.count == pointNames.count else { return nil }
    return Site(
      description: SiteDescription(
        id: header.id, name: header.name, mode: header.mode, points: points.map(\.description),
        rules: rules.map(\.description), outputs: outputDescriptions,
        deterrents: deterrentDescriptions, zone: header.rules.zone),
      municipality: header.municipality,
      detection: DetectionPlan(
        points: points.map(\.plan), seasons: seasons, programs: compiled.programs,
        instructions: compiled.instructions, windows: compiled.windows, cells: compiled.cells,
        curves: compiled.curves, curvePoints: compiled.curvePoints, rules: rules.map(\.plan),
        stages: stages, outputs: outputs, deterrents: deterrents, site: header.rules),
      samplings: samplings, sources: [text] + profiles.map(\.source), buses: buses,
      destinations: destinations, recording: recording, outbox: outbox)
  }
}
