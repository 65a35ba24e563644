import DetectionCore
import DeviceProfiles

// What sensors that do not answer may cost the others.
extension FramedSchedule {
  /// Asks a lost sensor whether it is back, once it has been set up.
  mutating func probe(_ due: FramedRequest, _ stamp: Stamp) -> [UInt8]? {
    let now = stamp.time
    let longest = sensors.longestWaiting(at: now).flatMap { self.due(of: $0, at: now)?.question }
    let question = longest ?? due
    let sensor = question.sensor
    if let later = postponement(ofProbe: question, at: now) {
      sensors[sensor].liveness.postponeProbe(until: later, at: now)
      return ask(stamp)
    }
    guard let setting = takeSetting(of: sensor, stamp) else { return ask(question, stamp) }
    charge(sensor, lineFreeAt - now, at: now)
    return setting
  }

  /// How long to wait for the first byte of an answer. The only sensor of a line delays nobody, and
  /// has the time that its profile says.
  func patience(for question: FramedRequest) -> TimeSpan {
    let sensor = sensors[question.sensor]
    guard sensors.count > 1 else { return sensor.responseTimeout }
    return sensor.responseTimes[question.message].patience(
      margin: plan.margin, longest: sensor.responseTimeout, isLost: !sensor.isOnline)
  }

  /// When to think again about a probe that must wait; nil where it may go now.
  private func postponement(ofProbe question: FramedRequest, at now: Instant) -> Instant? {
    let sensor = sensors[question.sensor]
    guard sensors.contains(where: \.isOnline) else { return nil }
    let length =
      sensor.setup.due.map { lineTime(of: $0, for: question.sensor) }
      ?? TimeSpan(
        nanoseconds: plan.link.time(bytes: sensor.requests[question.message].count).nanoseconds
          + patience(for: question).nanoseconds)
    return probeBudget.postponement(
      ofProbe: sensor.liveness, lasting: length, before: nextQuestion(), at: now)
  }

  /// When the next question to a sensor that answers is due; in the past where it waits for the
  /// line.
  private func nextQuestion() -> Instant {
    var next = Instant(nanoseconds: .max)
    for sensor in sensors where sensor.isOnline {
      for member in sensor.members where sensor.isAsked(for: member) {
        next = min(next, member.slot ?? member.grid.next)
      }
    }
    return next
  }

  /// Charges what was spent on a sensor to those that may take only a share of the line.
  mutating func charge(_ sensor: Int, _ span: TimeSpan, at now: Instant) {
    guard sensors.isCharged(sensor) else { return }
    probeBudget.fill(until: now)
    probeBudget.spend(span)
    count(sensor) { $0.dead.nanoseconds &+= span.nanoseconds }
  }
}
