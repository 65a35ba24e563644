internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import Recording

/// Where the gateway's time line stood, by all clocks, as the outbox keeps it for the next start.
struct TimeLineMark: Codable, Equatable, Sendable {
  /// Which start of the machine it was.
  var boot: String
  /// How far the time line was ahead of the time since that start, in nanoseconds.
  var leadNs: Int64
  /// Where it stood, in nanoseconds.
  var timeNs: Int64
  /// What the wall clock showed, in nanoseconds since 1970.
  var wallNs: Int64
  /// True when the wall clock had a time source.
  var synchronized: Bool
}

extension TimeLineMark {
  /// Where `clock` stands now, in the machine's start `boot`.
  init(_ clock: any GatewayClock, boot: String) {
    let wallTime = clock.wallTime
    self.init(
      boot: boot, leadNs: clock.lead.nanoseconds, timeNs: clock.now.nanoseconds,
      wallNs: wallTime.nanosecondsSince1970, synchronized: wallTime.synchronized)
  }
}

/// Where a new start stands on the time line that all starts of a gateway share.
///
/// It goes on by what is known of the time that went by: all of it in the same start of the machine; by the
/// wall clock where that had a time source at both ends; else nothing is added, and the outage may have been
/// longer. It never goes back.
struct RestartMoment: Sendable {
  /// How far the time line is ahead of the time since the machine's start.
  let lead: TimeSpan
  /// Where it stands.
  let instant: Instant
  /// The wall clock then.
  let wallTime: WallTime
  /// How what was kept is to be moved here.
  let timeLine: TimeLine

  /// Finds the moment of a start.
  ///
  /// - Parameters:
  ///   - mark: Where the line was last, if an earlier start left that.
  ///   - newest: The latest moment of anything else that it left.
  ///   - sinceBoot: How long the machine has been running, as its monotonic clock says it.
  ///   - wallTime: What the wall clock shows.
  ///   - boot: Which start of the machine this is.
  init(
    after mark: TimeLineMark?, newest: Instant?, sinceBoot: Instant, wallTime: WallTime,
    boot: String
  ) {
    self.wallTime = wallTime
    guard let mark else {
      // A version that began its time line anew with the machine, or nothing at all.
      instant = max(sinceBoot, newest ?? sinceBoot)
      lead = instant - sinceBoot
      timeLine = newest == nil ? .continued(isOutageKnown: true) : .begunAnew
      return
    }
    let last = Instant(nanoseconds: mark.timeNs)
    let reached = max(last, newest ?? last)
    let wallSpan = TimeSpan(nanoseconds: wallTime.nanosecondsSince1970 &- mark.wallNs)
    if mark.boot == boot, !boot.isEmpty {
      instant = max(reached, sinceBoot + TimeSpan(nanoseconds: mark.leadNs))
      timeLine = .continued(isOutageKnown: true)
    } else if mark.synchronized, wallTime.synchronized, wallSpan >= .zero {
      instant = max(reached, last + wallSpan)
      timeLine = .continued(isOutageKnown: true)
    } else {
      instant = reached
      timeLine = .continued(isOutageKnown: false)
    }
    lead = instant - sinceBoot
  }
}

extension RestartMoment {
  /// Whether all of the time since the last start has gone by on the line.
  var isOutageKnown: Bool { timeLine != .continued(isOutageKnown: false) }

  /// What `message` has become by this start.
  func moved(_ message: StateMessage) -> StateMessage {
    let span: TimeSpan?
    switch timeLine {
    case .continued: span = instant - message.time
    case .begunAnew: span = message.wallSpan(until: wallTime)
    }
    return message.moved(
      by: span ?? .zero, to: instant, wallTime, isSpanKnown: span != nil && isOutageKnown)
  }
}

/// What is known of the time between something that was kept and the start that goes on from it.
enum TimeLine: Equatable, Sendable {
  /// All starts share one line; where the outage is not known, more time may have gone by than it says.
  case continued(isOutageKnown: Bool)
  /// Each start had a line of its own: only the wall clock tells, where it can be trusted at both ends.
  case begunAnew
}
