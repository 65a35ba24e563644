import DetectionCore
import DeviceProfiles

// What comes on the line, byte by byte.
extension FramedSchedule {
  mutating func hear(_ bytes: [UInt16], _ stamp: Stamp, into readings: inout [Reading]) {
    guard !bytes.isEmpty else { return }
    if question != nil {
      if !bytes.allSatisfy({ UInt8(truncatingIfNeeded: $0).endsLine }) {
        question?.heard(at: stamp.time)
      }
    } else {
      let span = plan.link.time(bytes: bytes.count)
      for index in sensors.indices where sensors[index].isFreeRunning {
        count(index) { $0.busy.nanoseconds &+= span.nanoseconds }
      }
    }
    var isStray = false
    for word in bytes {
      let byte = UInt8(truncatingIfNeeded: word)
      if question == nil, !byte.endsLine { isStray = true }
      hear(byte, stamp, into: &readings)
    }
    if isStray { keepSilent(at: stamp.time) }
  }

  /// Something came that nobody waits for: nothing is asked before its end, or the rest of it would
  /// be taken for an answer.
  private mutating func keepSilent(at now: Instant) {
    guard !isFreeRunning else { return }
    lineFreeAt = max(lineFreeAt, now + PollingLimits.drainSilence)
    if noisySince == nil { noisySince = now }
  }

  /// True where the line has not fallen silent for long though something is to be asked.
  func isBabbling(at now: Instant) -> Bool {
    guard let noisySince, now - noisySince >= PollingLimits.longestDrain else { return false }
    return sensors.contains { sensor in
      sensor.setup.isDue
        || sensor.members.contains { $0.slot != nil && sensor.isAsked(for: $0) }
    }
  }

  private mutating func hear(_ byte: UInt8, _ stamp: Stamp, into readings: inout [Reading]) {
    transcript.hear(byte)
    let before = readings.count
    var isFrame = false
    var taker: Int?
    var damaged: Int?
    for index in sensors.indices {
      switch sensors[index].framer.take(byte) {
      case .none: break
      case .frame:
        isFrame = true
        if hearFrame(index, stamp, into: &readings) { taker = index }
      case .damaged:
        if hearDamage(index, stamp, into: &readings) { damaged = index }
      }
    }
    if let taker {
      if readings.count > before {
        transcript.keepHeard(.message, device: taker, stamp)
      } else {
        transcript.drop()
      }
    } else if let damaged {
      transcript.keepHeard(.damaged, device: damaged, stamp)
    } else if isFrame {
      ignoredFrames += 1
      transcript.keepHeard(.unknown, device: nil, stamp)
    }
  }

  /// Takes a sensor's frame; false where it holds nothing that the sensor sends by itself or was
  /// asked for.
  private mutating func hearFrame(
    _ index: Int, _ stamp: Stamp, into readings: inout [Reading]
  ) -> Bool {
    let frame = sensors[index].framer.content
    let asked = question.flatMap { $0.asked.sensor == index ? $0.asked.message : nil }
    guard let message = sensors[index].line.message(in: frame, asked: asked, fields: &fields)
    else { return false }
    var isSuspect = false
    if sensors[index].requests[message].isEmpty {
      count(index) { $0.unasked += 1 }
    } else {
      guard let answered = question, message == asked else { return false }
      isSuspect = take(answered, at: stamp.time)
    }
    count(index) { $0.answers += 1 }
    sensors[index].heard(at: stamp.time)
    sensors[index].take(
      message: message, frame, fields: fields, isSuspect: isSuspect, stamp, into: &readings)
    return true
  }

  /// The question has been answered; true where the answer may be a late one to another.
  private mutating func take(_ answered: OpenQuestion, at now: Instant) -> Bool {
    let (sensor, message) = (answered.asked.sensor, answered.asked.message)
    let isSuspect = owed[form(of: answered.asked)].answered(
      answered.asked, sentAt: answered.askedAt, latest: answered.latest)
    if answered.askedAt >= sensors[sensor].measuredFrom, let heardAt = answered.heardAt {
      let delay = TimeSpan(
        nanoseconds: (heardAt - answered.askedAt).nanoseconds - answered.sending.nanoseconds)
      sensors[sensor].responseTimes[message].take(delay)
      count(sensor) { $0.responses.count(delay) }
    }
    noisySince = nil
    service.hasAnswered = true
    close(answered, silence: .zero, at: now)
    return isSuspect
  }

  /// Noise is no reason to give up at once: what came damaged is asked for again. False where nobody
  /// waits for the sensor.
  private mutating func hearDamage(
    _ index: Int, _ stamp: Stamp, into readings: inout [Reading]
  ) -> Bool {
    let isAsked = question?.asked.sensor == index
    guard sensors[index].isFreeRunning || isAsked else { return false }
    count(index) {
      if !isAsked { $0.unasked += 1 }
      $0.count(.badChecksum, recovery: .retryNow)
    }
    sensors[index].isDamaged = true
    if isAsked, let question { fail(question, .badChecksum, stamp, into: &readings) }
    return true
  }

  /// The question ends without an answer, which may still come.
  mutating func fail(
    _ question: OpenQuestion, _ fault: BusFault, _ stamp: Stamp, into readings: inout [Reading]
  ) {
    let now = stamp.time
    let (sensor, message) = (question.asked.sensor, question.asked.message)
    owed[form(of: question.asked)].failed(question.asked, latest: question.latest, at: now)
    sensors[sensor].measuredFrom = question.allowedUntil
    close(question, silence: isFreeRunning ? .zero : PollingLimits.drainSilence, at: now)
    charge(sensor, min(now, question.answerBy) - question.askedAt, at: now)
    let isOver = sensors[sensor].missAnswer(
      to: message, fault, isTolerant: !probeBudget.isSpent, at: now)
    guard isOver else { return }
    sensors[sensor].settle(
      .message(message), flag: fault == .timeout ? .missing : .fail, stamp, into: &readings)
  }

  private mutating func close(_ question: OpenQuestion, silence: TimeSpan, at now: Instant) {
    let sensor = question.asked.sensor
    count(sensor) { $0.busy.nanoseconds &+= (now - question.askedAt).nanoseconds }
    lineFreeAt =
      now + max(silence, .milliseconds(Int64(sensors[sensor].timing.guardMs ?? 0)))
    self.question = nil
  }
}

extension UInt8 {
  /// True for CR and LF: the end of a line may follow the byte that closes its frame.
  fileprivate var endsLine: Bool { self == 0x0D || self == 0x0A }
}
