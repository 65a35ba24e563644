internal import Delivery
internal import DetectionCore
internal import FieldLog
internal import Recording

/// What an edit of the site file removed since the last start: the facts that end it, and what the outbox
/// keeps from now on.
struct SiteEdit: Sendable {
  /// In the order of their numbers in this start, from 1.
  let facts: [Fact]
  /// States that are new, or of no bytes where nothing has to be kept any more.
  let states: [StoredState]

  /// Finds what `stored` knows of and the site of `source` no longer has.
  init(from stored: [StoredState], for source: FactSource, at start: RestartMoment) {
    let site = source.site
    let announced = stored.first { $0.kind == StoredState.announcedSite }
      .flatMap(AnnouncedSite.init(stored:))
    let removals = announced?.removals(in: site) ?? []
    facts = removals.enumerated().map { index, removal in
      let origin = stored.first { $0.kind == StoredState.alarmOrigin && $0.id == removal.id }
      return source.fact(
        removal, after: removal.isAlarm ? Self.snapshot(ofRule: removal.id, stored) : nil,
        incident: origin.flatMap(AlarmOrigin.init(stored:))?.incident, number: UInt64(index + 1),
        at: start.instant, start.wallTime)
    }
    let names = SubjectNames(site)
    let forgotten = stored.filter { state in
      names.ids(of: state.kind).map { !$0.contains(state.id) } ?? false
    }.map { StoredState(kind: $0.kind, id: $0.id, value: []) }
    let current = AnnouncedSite(site)
    states = forgotten + (current == announced ? [] : [StoredState(current)])
  }

  private static func snapshot(ofRule id: String, _ stored: [StoredState]) -> AlarmSnapshot? {
    let state = stored.first { $0.kind == SubjectNames.rule && $0.id == id }
    guard let message = state.flatMap({ try? StateMessage(decoding: $0.value[...]) }),
      case .rule(let snapshot)? = message.state
    else { return nil }
    return snapshot
  }
}
