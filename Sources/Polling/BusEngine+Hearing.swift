import DetectionCore
import DeviceProfiles

// What comes on the line, byte by byte.
extension BusEngine {
  mutating func hear(_ words: [UInt16], _ stamp: Stamp, into readings: inout [Reading]) {
    guard !words.isEmpty else { return }
    if line.request != nil {
      if !words.allSatisfy({ UInt8(truncatingIfNeeded: $0).endsLine }) {
        line.request?.heard(at: stamp.time)
      }
    } else {
      let span = plan.link.time(bytes: words.count)
      for index in sensors.indices where sensors[index].isFreeRunning {
        count(index) { $0.busy.nanoseconds &+= span.nanoseconds }
      }
    }
    var isStray = false
    for word in words {
      let byte = UInt8(truncatingIfNeeded: word)
      if line.request == nil, !byte.endsLine { isStray = true }
      hear(byte, stamp, into: &readings)
    }
    if isStray { waitForIdleLine(at: stamp.time) }
  }

  /// Something came that nobody waits for: nothing is asked before its end, or the rest of it would
  /// be taken for an answer.
  private mutating func waitForIdleLine(at now: Instant) {
    guard !line.isFreeRunning else { return }
    lineFreeAt = max(lineFreeAt, now + PollingLimits.drainSilence)
    if line.noisySince == nil { line.noisySince = now }
  }

  private mutating func hear(_ byte: UInt8, _ stamp: Stamp, into readings: inout [Reading]) {
    line.transcript.hear(byte)
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
        line.transcript.keepHeard(.message, device: taker, stamp)
      } else {
        line.transcript.drop()
      }
    } else if let damaged {
      line.transcript.keepHeard(.damaged, device: damaged, stamp)
    } else if isFrame {
      line.ignoredFrames += 1
      line.transcript.keepHeard(.unknown, device: nil, stamp)
    }
  }

  /// Takes a device's frame; false where it holds nothing that the device sends by itself or was
  /// asked for.
  private mutating func hearFrame(
    _ index: Int, _ stamp: Stamp, into readings: inout [Reading]
  ) -> Bool {
    let frame = sensors[index].framer.content
    let asked = line.request.flatMap { $0.asked.device == index ? $0.asked.message : nil }
    guard
      let message = sensors[index].line.message(in: frame, asked: asked, fields: &line.fields)
    else { return false }
    var isSuspect = false
    if sensors[index].requests[message].isEmpty {
      count(index) { $0.unasked += 1 }
    } else {
      guard let answered = line.request, message == asked else { return false }
      isSuspect = take(answered, at: stamp.time)
    }
    count(index) { $0.answers += 1 }
    _ = links[index].heard(at: stamp.time)
    sensors[index].tries = 0
    sensors[index].isUnheard = false
    sensors[index].isDamaged = false
    sensors[index].take(
      message: message, frame, fields: line.fields,
      isDoubtful: isSuspect || stamp.time < links[index].warmAt, stamp, into: &readings)
    return true
  }

  /// The request has been answered; true where the answer may be a late one to another.
  private mutating func take(_ answered: OpenRequest, at now: Instant) -> Bool {
    let (device, message) = (answered.asked.device, answered.asked.message)
    let isSuspect = links[device].guards[sensors[device].forms[message]].answered(
      .message(message), sentAt: answered.askedAt, latest: answered.latest)
    if answered.askedAt >= sensors[device].measuredFrom, let heardAt = answered.heardAt {
      let delay = TimeSpan(
        nanoseconds: (heardAt - answered.askedAt).nanoseconds - answered.sending.nanoseconds)
      links[device].responseTimes[message].take(delay)
      count(device) { $0.responses.count(delay) }
    }
    line.noisySince = nil
    service.hasAnswered = true
    close(answered, silence: .zero, at: now)
    return isSuspect
  }

  /// Noise is no reason to give up at once: what came damaged is asked for again. False where nobody
  /// waits for the device.
  private mutating func hearDamage(
    _ index: Int, _ stamp: Stamp, into readings: inout [Reading]
  ) -> Bool {
    let isAsked = line.request?.asked.device == index
    guard sensors[index].isFreeRunning || isAsked else { return false }
    count(index) {
      if !isAsked { $0.unasked += 1 }
      $0.count(.badChecksum, recovery: .retryNow)
    }
    sensors[index].isDamaged = true
    if isAsked, let request = line.request { fail(request, .badChecksum, stamp, into: &readings) }
    return true
  }

  /// The request ends without an answer, which may still come.
  mutating func fail(
    _ request: OpenRequest, _ fault: BusFault, _ stamp: Stamp, into readings: inout [Reading]
  ) {
    let now = stamp.time
    let (device, message) = (request.asked.device, request.asked.message)
    links[device].guards[sensors[device].forms[message]].failed(
      .message(message), latest: request.latest, at: now)
    sensors[device].measuredFrom = request.allowedUntil
    close(request, silence: line.isFreeRunning ? .zero : PollingLimits.drainSilence, at: now)
    charge(device, min(now, request.answerBy) - request.askedAt, at: now)
    let isLost = links[device].failed(fault, of: message, isTolerant: !probeBudget.isSpent)
    if isLost { backOff(device, at: now) }
    let retry = fault.retryOfMessage
    guard isLost || sensors[device].tries >= retry.tries else { return }
    sensors[device].tries = 0
    sensors[device].settle(.message(message), flag: retry.last, stamp, into: &readings)
  }

  private mutating func close(_ request: OpenRequest, silence: TimeSpan, at now: Instant) {
    let device = request.asked.device
    count(device) { $0.busy.nanoseconds &+= (now - request.askedAt).nanoseconds }
    lineFreeAt = now + max(silence, .milliseconds(Int64(links[device].timing.guardMs ?? 0)))
    line.request = nil
  }
}

extension UInt8 {
  /// True for CR and LF: the end of a line may follow the byte that closes its frame.
  fileprivate var endsLine: Bool { self == 0x0D || self == 0x0A }
}
