internal import Delivery
internal import DetectionCore
internal import FieldLog
internal import Foundation
internal import Recording

/// What an earlier run left behind for this one, by the places of this plan.
struct RestoredStates: Sendable {
  /// Rules, sensors, outputs, deterrents, the flood; each in the order of the plan.
  private(set) var messages: [StateMessage] = []

  /// Nothing is left behind.
  init() {}

  /// Finds the stored states of the things that the site still has. What it has no longer is
  /// forgotten; what cannot be read any more is as if it had never been.
  init(
    _ stored: [StoredState], site: SiteDescription, at moment: Instant, _ wallTime: WallTime
  ) {
    let names = SubjectNames(site)
    for kind in SubjectNames.kinds {
      for (place, id) in names.ids(of: kind).enumerated() {
        guard let found = stored.first(where: { $0.kind == kind && $0.id == id }),
          var message = try? StateMessage(decoding: found.value[...]),
          let state = message.state, SubjectNames.kind(of: state) == kind
        else { continue }
        message.subject = UInt16(place)
        messages.append(message.moved(to: moment, wallTime))
      }
    }
  }

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
        lastEvent: origin?.lastEvent)
    }
  }

  /// Lets `detector` go on from here.
  func apply(to detector: inout Detector) {
    for message in messages { _ = message.apply(to: &detector) }
  }
}

/// The names under which states are stored.
struct SubjectNames: Sendable {
  /// In the order in which they are restored: the flood counts the alarms that were before it.
  static let kinds = ["rule", "sensor", "output", "deterrent", "flood"]
  private let site: SiteDescription

  init(_ site: SiteDescription) { self.site = site }

  func ids(of kind: String) -> [String] {
    switch kind {
    case "rule": site.rules.map(\.id)
    case "sensor": site.points.map(\.id)
    case "output", "deterrent": site.outputs.map(\.id)
    default: ["site"]
    }
  }

  static func kind(of state: SubjectState) -> String {
    switch state {
    case .rule: "rule"
    case .sensor: "sensor"
    case .output: "output"
    case .deterrent: "deterrent"
    case .flood: "flood"
    }
  }

  /// The state after `event`, as it is stored.
  func stored(_ state: SubjectState, after event: DetectionEvent) -> StoredState? {
    let kind = Self.kind(of: state)
    let ids = ids(of: kind)
    let place = Int(event.subject)
    guard place < ids.count else { return nil }
    let message = StateMessage(state, of: event.subject, at: event.time, event.wallTime)
    return StoredState(kind: kind, id: ids[place], value: message.encoded())
  }
}

extension StoredState {
  /// The kind under which an alarm's origin is stored.
  static let alarmOrigin = "alarm"

  /// Since when an alarm stands as it does, and after which event.
  init(originOf alarm: AlarmState) {
    // What has only texts and numbers in it is always written.
    let value = (try? JSONEncoder().encode(AlarmOrigin(of: alarm))) ?? Data()
    self.init(kind: Self.alarmOrigin, id: alarm.id, value: [UInt8](value))
  }
}

extension AlarmOrigin {
  /// What was stored; nil where it cannot be read any more.
  init?(stored: StoredState) {
    guard let origin = try? JSONDecoder().decode(Self.self, from: Data(stored.value)) else {
      return nil
    }
    self = origin
  }
}
