internal import Delivery
internal import DetectionCore
internal import FieldLog
internal import Foundation
internal import LinuxHost
internal import Recording
internal import SiteConfiguration

/// What an earlier run left behind for this one: the core as it was at its last checkpoint, and the states of
/// what events were about since, by the indexes of this plan.
struct RestoredStates: Sendable {
  /// The state of one thing.
  private struct Kept: Sendable {
    var message: StateMessage
    /// True where an event led to it that the checkpoint does not know.
    var isNewer: Bool
  }

  /// Rules, sensors, outputs, deterrents, the flood; each in the order of the plan.
  private var kept: [Kept] = []
  /// The whole core; nil where there is none to go on from.
  private let core: KeptCore?
  /// When this run begins.
  let start: RestartMoment
  /// True where the outbox does not keep the site's texts as they are now.
  let isEdited: Bool

  /// Finds the stored states of the things that the site still has. What it has no longer is
  /// forgotten; what cannot be read any more is as if it had never been.
  ///
  /// - Parameters:
  ///   - stored: What the outbox keeps, in the order in which it was stored.
  ///   - clock: The machine's clocks.
  ///   - boot: Which start of the machine this is.
  init(_ stored: [StoredState], site: Site, clock: any GatewayClock, boot: String) {
    let messages = stored.map { try? StateMessage(decoding: $0.value[...]) }
    let mark = stored.first { $0.kind == StoredState.timeLine }.flatMap(TimeLineMark.init(stored:))
    let ofSubjects = zip(stored, messages).filter { SubjectNames.kinds.contains($0.0.kind) }
    start = RestartMoment(
      after: mark, newest: ofSubjects.compactMap { $0.1?.time }.max(), sinceBoot: clock.now,
      wallTime: clock.wallTime, boot: boot)
    let boundary = stored.lastIndex { $0.kind == StoredState.checkpoint }
    let texts = stored.first { $0.kind == StoredState.siteTexts }.flatMap(SiteTexts.init(stored:))
    isEdited = texts != SiteTexts(of: site)
    // Without the time line its times would mean nothing.
    core =
      mark == nil
      ? nil : boundary.flatMap { KeptCore(stored[$0].value, of: texts, for: site) }
    let names = SubjectNames(site.description)
    for kind in SubjectNames.kinds {
      for (index, id) in (names.ids(of: kind) ?? []).enumerated() {
        guard let position = stored.firstIndex(where: { $0.kind == kind && $0.id == id }),
          var message = messages[position], let state = message.state,
          SubjectNames.kind(of: state) == kind
        else { continue }
        message.subject = UInt16(index)
        if let core { message.mapLevels { core.level($0, ofRule: index) } }
        kept.append(
          Kept(message: start.moved(message), isNewer: boundary.map { position > $0 } ?? true))
      }
    }
  }

  /// True where the core goes on from a checkpoint.
  var isContinuation: Bool { core != nil }

  /// The states, as a recording says them.
  var messages: [StateMessage] { kept.map(\.message) }

  /// The states, each with the place of what it is of.
  var states: [(subject: Int, state: SubjectState)] {
    messages.compactMap { message in message.state.map { (Int(message.subject), $0) } }
  }

  /// The state of each alarm of `site`, as it is published: since when, and after which event, where `stored`
  /// still says so.
  func alarms(
    of site: SiteDescription, _ stored: [StoredState], since start: FactTime
  ) -> [AlarmState] {
    var snapshots = Array(repeating: AlarmSnapshot(), count: site.rules.count)
    for case (let rule, .rule(let snapshot)) in states { snapshots[rule] = snapshot }
    return zip(site.rules, snapshots).enumerated().map { index, alarm in
      let origin = stored.first { $0.kind == StoredState.alarmOrigin && $0.id == alarm.0.id }
        .flatMap(AlarmOrigin.init(stored:))
      return AlarmState(
        rule: index, id: alarm.0.id, snapshot: alarm.1, since: origin?.since ?? start,
        lastEvent: origin?.lastEvent, incident: origin?.incident)
    }
  }

  /// Lets `detector` go on from here, its events counted from `firstSequence`.
  func apply(to detector: inout Detector, firstSequence: UInt64) {
    let isWhole = core?.apply(to: &detector) ?? false
    for state in kept where state.isNewer || !isWhole { _ = state.message.apply(to: &detector) }
    guard isWhole else { return }
    detector.resume(
      at: start.instant, start.wallTime, isOutageKnown: start.isOutageKnown,
      firstSequence: firstSequence)
  }
}

/// The names under which states are stored.
struct SubjectNames: Sendable {
  /// In the order in which they are restored: the flood counts the alarms that were before it.
  static let kinds = [rule, "sensor", "output", "deterrent", "flood"]
  static let rule = "rule"
  private let site: SiteDescription

  init(_ site: SiteDescription) { self.site = site }

  /// The ids of what the site has of a kind; nil for a kind of no subjects.
  func ids(of kind: String) -> [String]? {
    switch kind {
    case Self.rule, StoredState.alarmOrigin: site.rules.map(\.id)
    case "sensor": site.points.map(\.id)
    case "output", "deterrent": site.outputs.map(\.id)
    case "flood": ["site"]
    default: nil
    }
  }

  static func kind(of state: SubjectState) -> String {
    switch state {
    case .rule: rule
    case .sensor: "sensor"
    case .output: "output"
    case .deterrent: "deterrent"
    case .flood: "flood"
    }
  }

  /// The state after `event`, as it is stored.
  func stored(_ state: SubjectState, after event: DetectionEvent) -> StoredState? {
    let kind = Self.kind(of: state)
    let index = Int(event.subject)
    guard let ids = ids(of: kind), index < ids.count else { return nil }
    let message = StateMessage(state, of: event.subject, at: event.time, event.wallTime)
    return StoredState(kind: kind, id: ids[index], value: message.encoded())
  }
}

extension StoredState {
  /// The kind under which an alarm's origin is stored.
  static let alarmOrigin = "alarm"
  /// The kind under which the whole core is stored.
  static let checkpoint = "checkpoint"
  /// The kind under which it is stored where the time line stood.
  static let timeLine = "timeLine"

  /// The kind under which it is stored what destinations know of.
  static let announcedSite = "announcedSite"

  /// Since when an alarm stands as it does, and after which event.
  init(originOf alarm: AlarmState) {
    self.init(kind: Self.alarmOrigin, id: alarm.id, encoding: AlarmOrigin(of: alarm))
  }

  /// What destinations know of.
  init(_ site: AnnouncedSite) { self.init(kind: Self.announcedSite, id: "site", encoding: site) }

  /// Where the time line stands.
  init(_ mark: TimeLineMark) { self.init(kind: Self.timeLine, id: "site", encoding: mark) }

  /// The kind under which the texts of the site of the checkpoint are stored.
  static let siteTexts = "siteTexts"

  /// The texts of the site that a checkpoint is of.
  init(_ texts: SiteTexts) { self.init(kind: Self.siteTexts, id: "site", encoding: texts) }

  /// The whole core.
  init(checkpoint: [UInt8]) { self.init(kind: Self.checkpoint, id: "site", value: checkpoint) }

  /// A state that is kept as JSON.
  init(kind: String, id: String, encoding value: some Encodable) {
    // What has only texts and numbers in it is always written.
    let data = (try? JSONEncoder().encode(value)) ?? Data()
    self.init(kind: kind, id: id, value: [UInt8](data))
  }
}

extension Decodable {
  /// What was stored; nil where it cannot be read any more.
  init?(stored: StoredState) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(stored.value)) else {
      return nil
    }
    self = value
  }
}
