internal import Alerting

/// What of the sites is to be shown; all of it without any wish.
struct WatchFilter: Equatable {
  /// The id of the alarm that alone counts.
  var alarm: String?
  /// The id of the point that alone counts.
  var point: String?
  /// The kinds of events that alone count; empty for all.
  var kinds: [String] = []
  /// The lowest stage that counts; 0 for all, and for what has no stage.
  var level = 0
  /// The incident that alone counts: its whole id, or its end as lines show it behind `#`.
  var incident: String?

  /// True for an event that counts. The end of a stage counts like its beginning.
  func takes(_ event: WatchedEvent) -> Bool {
    let received = event.received
    let level = max(received.stage?.level ?? 0, event.previousStage?.level ?? 0)
    return fits(alarm, received.alarm?.id) && fits(point, received.point?.id)
      && (kinds.isEmpty || kinds.contains(received.kind)) && level >= self.level
      && isFollowed(received.incident)
  }

  /// True for the state of an alarm that counts. Only events name the point that an alarm watches: `point` is
  /// the one that they have named.
  func takes(_ state: ReceivedAlarm, of point: String?) -> Bool {
    fits(alarm, state.alarm.id) && fits(self.point, point) && state.stage.level >= level
      && isFollowed(state.incident)
  }

  /// True where no alarm, point, kind, stage or incident is asked for, so that whole sites count.
  var takesAll: Bool { self == WatchFilter() }

  private func fits(_ wish: String?, _ id: String?) -> Bool { wish == nil || wish == id }

  private func isFollowed(_ id: String?) -> Bool {
    guard let incident else { return true }
    return id.map { $0 == incident || $0.hasSuffix("-" + incident) } ?? false
  }
}
