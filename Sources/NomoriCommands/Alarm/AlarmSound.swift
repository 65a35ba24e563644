internal import Alerting
internal import DetectionCore

/// What is to be heard of an event: an alarm that begins to stand rings once, one that becomes worse twice, an end not
/// at all. Nor does what is silenced.
enum AlarmSound: Int {
  case new = 1
  case worse = 2

  init?(_ news: WatchedSites.News) {
    guard case .event(let event) = news, event.isWorse, !event.received.marks.silenced else {
      return nil
    }
    self = event.previousStage?.level == 0 ? .new : .worse
  }
}

/// Rings the bell of a terminal, as often as is due, so that each can be heard.
struct Bell {
  /// Writes one bell; nil where none is wanted or nobody hears it.
  let ring: (() -> Void)?
  private var due = 0
  private var next = Instant(nanoseconds: 0)
  /// Bells that follow each other faster sound like one.
  private static let pause = TimeSpan.milliseconds(400)

  init(_ ring: (() -> Void)?) { self.ring = ring }

  mutating func sound(_ sound: AlarmSound?) { due = max(due, sound?.rawValue ?? 0) }

  mutating func turn(at now: Instant) {
    guard let ring, due > 0, next <= now else { return }
    ring()
    due -= 1
    next = now + Self.pause
  }
}
