import DetectionCore
import DeviceProfiles

/// A message that a line sensor can be asked for.
struct LineQuestion: AnsweredRequest {
  /// The sensor's place on the line.
  let sensor: Int
  /// The message's place in its protocol.
  let message: Int

  /// Only questions of one form are held against each other.
  func hasAnswer(like other: LineQuestion) -> Bool { true }

  var answerProvesItself: Bool { false }

  /// The form of each message that is asked for: those of one sensor that can be taken for each
  /// other have the same. Forms count from 0, over all sensors.
  ///
  /// Messages of different sensors of a line differ: the site sees to that.
  static func forms(of devices: [LineDevicePlan]) -> [[Int]] {
    var first = 0
    return devices.map { device in
      let messages = device.line.messages
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
  let asked: LineQuestion
  let askedAt: Instant
  /// How long the request is on the line.
  let sending: TimeSpan
  let answerBy: Instant
  /// Until then the answer may come though nobody waits for it any more.
  let latest: Instant
  /// When the first byte came since.
  var heardAt: Instant?
  /// True where frames came damaged since.
  var isDamaged = false
}
