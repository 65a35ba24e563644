internal import DetectionCore
internal import DeviceProfiles
internal import LinePort
internal import LinuxHost
internal import Polling
internal import SiteConfiguration

// Sensors that do not speak Modbus: they are asked, or listened to, as the gateway does.
extension LiveCheck {
  /// The shortest time for which a line is listened to: most sensors that send by themselves do so
  /// every second or few.
  private static var patience: TimeSpan { .seconds(10) }
  /// Messages that may be missed before a sensor counts as silent.
  private static var chances: Int64 { 3 }

  func listen(to line: FramedPlan, wanted: [String]?, found: (LiveDevice) -> Void) {
    let devices = line.devices.map { device in
      (plan: device, points: places(behind: device.points.map(\.point), wanted: wanted))
    }.filter { wanted == nil || !$0.points.isEmpty }
    guard !devices.isEmpty else { return }
    var heard: [Reading] = []
    var fault: BusFault?
    do throws(BusFault) {
      heard = try hear(line, points: devices.flatMap { $0.points.map { source(of: $0).point } })
    } catch {
      fault = error
    }
    for (device, points) in devices {
      var examined = LiveDevice(device, of: line, at: clock.now)
      examined.portFault = fault
      examined.readings = readings(of: points) { point, description, tests in
        LiveReading(
          heard.last { $0.point == point }, of: description, tests: tests, portFault: fault)
      }
      found(examined)
    }
  }

  /// Carries out what the line's schedule decides until each of `points` was heard, or none will be.
  private func hear(
    _ line: FramedPlan, points: [PointIndex]
  ) throws(BusFault) -> [Reading] {
    let plan = line.askedAgainAtOnce
    let timeouts = line.devices.map { Int64($0.timing.responseTimeoutMs) }
    let wait = max(Self.patience, .milliseconds(Self.chances * (timeouts.max() ?? 0)))
    let end = clock.now + wait
    var schedule = FramedSchedule(plan: plan, start: clock.now)
    let preparation = SerialPreparation(transmitter: plan.transmitter)
    var port = FramedConnection(link: plan.link) { preparation(descriptor: $0) }
    var bytes: [UInt8] = []
    var readings: [Reading] = []
    while clock.now < end {
      switch schedule.next(at: clock.now, wallTime: clock.wallTime, into: &readings) {
      case .wait(let until): clock.sleep(for: min(until, end) - clock.now)
      case .perform(let task):
        var patience = TimeSpan.zero
        if case .listen(let until) = task { patience = clock.realTime(until: min(until, end)) }
        let outcome = port.perform(task, patience: patience, into: &bytes)
        if case .failed(let fault) = outcome { throw fault }
        schedule.finished(
          outcome, bytes: bytes, at: clock.now, wallTime: clock.wallTime, into: &readings)
      }
      let isComplete = points.allSatisfy { point in
        readings.contains { $0.point == point && $0.value.isFinite }
      }
      if isComplete { break }
    }
    // What was heard last counts; what was only missed, where nothing was heard.
    return readings.filter { !$0.value.isFinite } + readings.filter { $0.value.isFinite }
  }
}

extension FramedPlan {
  /// The same line, with its points read as often as their sensors allow: a sample that was missed
  /// is followed by another at once, whatever silent sensors take of the time.
  fileprivate var askedAgainAtOnce: FramedPlan {
    var plan = self
    plan.links = []
    plan.deadShare = 1000
    for device in plan.devices.indices {
      let shortest = TimeSpan.milliseconds(Int64(plan.devices[device].timing.minimumPeriodMs))
      for point in plan.devices[device].points.indices {
        plan.devices[device].points[point].burst = nil
        plan.devices[device].points[point].period = max(.seconds(1), shortest)
      }
    }
    return plan
  }
}
