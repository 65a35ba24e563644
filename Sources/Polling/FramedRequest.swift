import DetectionCore
import DeviceProfiles

/// A message that a line sensor can be asked for.
struct FramedRequest: AnsweredRequest {
  /// The sensor's place on the line.
  let sensor: Int
  /// The message's place in its protocol.
  let message: Int

  /// Only questions of one form are held against each other.
  func hasAnswer(like other: FramedRequest) -> Bool { true }

  var answerProvesItself: Bool { false }

  /// The form of each message that is asked for: those of one sensor that can be taken for each
  /// other have the same. Forms count from 0, over all sensors.
  ///
  /// Messages of different sensors of a line differ: the site sees to that.
  static func forms(of protocols: [FramedProtocol]) -> [[Int]] {
    var first = 0
    return protocols.map { line in
      let messages = line.messages
      var forms = messages.indices.map { first + $0 }
      first += messages.count
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
}

/// A question that waits for its answer.
struct OpenQuestion {
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
  ///   - patience: How long to wait for the first byte.
  ///   - allowed: How long the whole answer may take by the profile.
  init(
    _ asked: FramedRequest, at now: Instant, sending: TimeSpan, patience: TimeSpan,
    allowed: TimeSpan
  ) {
    self.asked = asked
    askedAt = now
    self.sending = sending
    answerBy = now + sending + patience
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
