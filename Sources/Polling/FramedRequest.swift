import DetectionCore
import DeviceProfiles

/// A message that a device on a line can be asked for.
struct FramedRequest: Equatable, Sendable {
  /// The device's index on the bus.
  let device: Int
  /// The message's index in its protocol.
  let message: Int
}

extension FramedProtocol {
  /// The form of each message, counted from 0: those that can be taken for each other have the same.
  ///
  /// Messages of different devices of a line differ: the site sees to that.
  var forms: [Int] {
    var forms = Array(messages.indices)
    for one in messages.indices {
      for other in 0..<one where messages[one].looksLike(messages[other]) {
        // One that looks like several makes them all one form.
        let (old, new) = (forms[other], forms[one])
        for index in forms.indices where forms[index] == old { forms[index] = new }
      }
    }
    return forms
  }
}

/// A request that waits for its answer.
struct OpenRequest {
  let asked: FramedRequest
  let askedAt: Instant
  /// How long the request is on the line.
  let sending: TimeSpan
  /// Until then the answer has to begin, and to be complete from its first byte on.
  private(set) var answerBy: Instant
  /// The end of the time that the profile allows for the whole answer.
  let allowedUntil: Instant
  /// Until then the answer may come though nobody waits for it any more: the sensor may be slower
  /// than its profile says, and the wait for it shorter.
  let latest: Instant
  /// When the first byte came since.
  private(set) var heardAt: Instant?

  /// - Parameters:
  ///   - timeout: How long to wait for the first byte.
  ///   - allowed: How long the whole answer may take by the profile.
  init(
    _ asked: FramedRequest, at now: Instant, sending: TimeSpan, timeout: TimeSpan,
    allowed: TimeSpan
  ) {
    self.asked = asked
    askedAt = now
    self.sending = sending
    answerBy = now + sending + timeout
    allowedUntil = now + sending + allowed
    latest = allowedUntil + min(allowed, PollingLimits.longestSettling)
  }

  /// Something came: an answer that has begun is waited for.
  mutating func heard(at now: Instant) {
    guard heardAt == nil else { return }
    heardAt = now
    answerBy = allowedUntil
  }
}
