internal import DetectionCore
internal import DeviceProfiles
internal import LinuxHost
internal import Polling
internal import SiteConfiguration

// Sensors that do not speak Modbus: they are asked, or listened to, as the gateway does.
extension LiveCheck {
  /// The shortest time for which a line is listened to: most sensors that send by themselves do so
  /// every second or few.
  private static var shortestWait: TimeSpan { .seconds(10) }
  /// Messages that may be missed before a sensor counts as silent.
  private static var chances: Int64 { 3 }

  func listen(
    to bus: BusPlan, _ devices: [Asked], found: (LiveDevice) -> Void
  ) throws(BusFault) {
    let heard = try hear(bus, points: devices.flatMap { $0.points.map { source(of: $0).point } })
    for device in devices {
      var examined = LiveDevice(device.plan, of: bus, at: clock.now)
      examined.readings = readings(of: device.points) { point, description, tests in
        LiveReading(
          heard.last { $0.point == point }, of: description, tests: tests, portFault: nil)
      }
      found(examined)
    }
  }

  /// Carries out what the line's schedule decides until each of `points` was heard, or none will be.
  private func hear(
    _ line: BusPlan, points: [PointIndex]
  ) throws(BusFault) -> [Reading] {
    let plan = line.askedAgainAtOnce
    let timeouts = line.devices.map { Int64($0.timing.responseTimeoutMs) }
    let wait = max(Self.shortestWait, .milliseconds(Self.chances * (timeouts.max() ?? 0)))
    let end = clock.now + wait
    guard var engine = try? BusEngine(plan: plan, start: clock.now) else {
      preconditionFailure("the plan was checked with its site")
    }
    var port = FieldPort(plan)
    var words: [UInt16] = []
    var readings: [Reading] = []
    while clock.now < end {
      switch engine.next(at: clock.now, wallTime: clock.wallTime, into: &readings) {
      case .wait(let until): clock.sleep(for: min(until, end) - clock.now)
      case .perform(let task):
        var listening = TimeSpan.zero
        if case .listen(let until) = task { listening = clock.realTime(until: min(until, end)) }
        let outcome = port.perform(task, listening: listening, into: &words)
        if case .failed(let fault) = outcome { throw fault }
        engine.finished(
          outcome, words: words, at: clock.now, wallTime: clock.wallTime, into: &readings)
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

extension BusPlan {
  /// The same line, with its points read as often as their sensors allow: a sample that was missed
  /// is followed by another at once, whatever silent sensors take of the time.
  fileprivate var askedAgainAtOnce: BusPlan {
    var plan = self
    plan.links = []
    plan.deadShare = 1000
    for device in plan.devices.indices {
      let shortest = plan.devices[device].minimumPeriod
      for point in plan.devices[device].points.indices {
        plan.devices[device].points[point].burst = nil
        plan.devices[device].points[point].period = max(.seconds(1), shortest)
      }
    }
    return plan
  }
}
