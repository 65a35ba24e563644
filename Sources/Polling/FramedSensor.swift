import DetectionCore
import DeviceProfiles

/// What the engine knows of one device that sends messages of its own, besides its link.
struct FramedSensor: SampledDevice, Sendable {
  /// One point among those of the device.
  struct Member: SampledPoint, Sendable {
    var point: PolledPoint
    let quantity: FramedQuantity
    var group = 0

    var message: Int { quantity.message }
  }

  /// How far a sample has come.
  struct Progress: Sendable {
    /// When it is over without a message.
    var endAt = Instant(nanoseconds: .max)
  }

  /// Which samples end without a message.
  enum Ended {
    /// Those whose time is up.
    case overdue
    /// Those of one message.
    case message(Int)
    /// Those that have to be asked for, and must be complete by then.
    case asked(by: Instant)
    /// Those that must be complete by then.
    case due(by: Instant)
    case all
  }

  let line: FramedProtocol
  /// For each message the number of its form.
  let forms: [Int]
  /// What is sent for each message; empty for those that come by themselves.
  let requests: [[UInt8]]
  /// True where any of its messages comes without a request.
  let isFreeRunning: Bool
  var framer: FrameReader
  var members: [Member]
  var groups: [SampleGroup<Progress>]
  var changes: [PeriodChange] = []
  var lateSamples: UInt64 = 0
  /// What it is sent before it is read.
  var setup: FramedSetup
  /// Answers to what is asked until then say nothing about how long they take.
  var measuredFrom = Instant(nanoseconds: .min)
  /// Requests since the last message or time-out.
  var tries = 0
  /// True from a sample without a message to the next message.
  var isUnheard = false
  /// True where frames came damaged since the last message.
  var isDamaged = false

  static var initialProgress: Progress { Progress() }

  init(_ plan: DevicePlan, start: Instant) {
    guard case .framed(let device) = plan.dialect else {
      preconditionFailure("\(plan.id) sends no messages of its own")
    }
    line = device.line
    forms = device.line.forms
    requests = device.line.messages.map(\.requestBytes)
    isFreeRunning = requests.contains(where: \.isEmpty)
    framer = FrameReader(framing: device.line.framing)
    setup = FramedSetup(device.line.setup)
    members = plan.points.map { point in
      guard case .framed(let quantity) = point.quantity else {
        preconditionFailure("point \(point.point.rawValue) does not stand in a message")
      }
      return Member(point: point, quantity: quantity)
    }
    groups = Self.groups(of: &members, start: start)
  }

  /// What the device's link keeps apart: how long each message takes, and each form of them.
  func link(timing: DeviceTiming, minimumPeriod: TimeSpan) -> DeviceLink {
    DeviceLink(
      timing: timing, minimumPeriod: minimumPeriod, responseTimes: requests.count,
      guards: requests.count)
  }

  mutating func regrouped() {}

  /// Begins anew on a port that was just opened.
  mutating func restart() {
    framer.restart(isSilentBefore: false)
    setup.restart(withStored: true)
  }

  /// True where a sample of the group has to be asked for.
  func isAsked(_ group: SampleGroup<Progress>) -> Bool { !requests[group.message].isEmpty }

  /// True where a sample waits that has to be asked for. A lost device is asked for one: an answer may
  /// be what it counted since the last one.
  var isWaitedFor: Bool { groups.contains { $0.slot != nil && isAsked($0) } }

  /// Begins the samples that are due at `now` and returns how many were passed over.
  ///
  /// - Parameter timeout: How long to wait for what comes by itself.
  mutating func beginSamples(at now: Instant, timeout: TimeSpan) -> UInt64 {
    var passed: UInt64 = 0
    for index in groups.indices {
      guard let skipped = groups[index].take(at: now) else { continue }
      passed += skipped
      let spacing = groups[index].grid.cadence.spacing
      // An answer's time runs from its request, which may have to wait for others.
      groups[index].progress.endAt =
        isAsked(groups[index])
        ? Instant(nanoseconds: .max) : now + (isUnheard ? min(timeout, spacing) : timeout)
    }
    return passed
  }

  /// Gives the open samples that end without a message their flag.
  mutating func settle(
    _ ended: Ended, flag: QualityFlag, _ stamp: Stamp, into readings: inout [Reading]
  ) {
    for index in groups.indices {
      guard let deadline = groups[index].deadline else { continue }
      let isOver =
        switch ended {
        case .overdue: groups[index].progress.endAt <= stamp.time
        case .message(let message): groups[index].message == message
        case .asked(let instant): isAsked(groups[index]) && deadline <= instant
        case .due(let instant): deadline <= instant
        case .all: true
        }
      guard isOver else { continue }
      groups[index].slot = nil
      for member in members where member.group == index {
        readings.append(stamp.reading(member.point.point, .nan, flag))
      }
    }
  }

  /// Gives the open samples of a message their values, suspect ones where they are doubtful.
  mutating func take(
    message: Int, _ frame: [UInt8], fields: [Range<Int>], isDoubtful: Bool, _ stamp: Stamp,
    into readings: inout [Reading]
  ) {
    for index in groups.indices where groups[index].message == message {
      guard let deadline = groups[index].deadline else { continue }
      if stamp.time > deadline { lateSamples += 1 }
      groups[index].slot = nil
      for member in members where member.group == index {
        let (value, flag) = member.point.reading(
          of: member.quantity.decode(frame, fields: fields))
        readings.append(
          stamp.reading(member.point.point, value, isDoubtful && !flag.isBad ? .suspect : flag))
      }
    }
  }
}
