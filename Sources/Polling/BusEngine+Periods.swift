public import DetectionCore

// When samples are due, whatever the devices speak.
extension BusEngine {
  /// Wants `point` to be read each `period` from now on.
  ///
  /// The change waits for the sample or burst that is being read. The next sample then comes a new
  /// period after the last one, or at once where that has passed, but never later than it would
  /// have come before. From there on sample n is due at `start + n * period`; points of a device
  /// that come to the same period share their reads again, on the grid of those that had it first.
  ///
  /// A period that the device or the point's burst does not allow, or one above
  /// `PollingLimits.longestPeriod`, becomes the nearest that is allowed, and is counted: while
  /// water rises, the fastest possible reading is better than a refusal.
  ///
  /// - Parameters:
  ///   - period: Time between two samples or bursts.
  ///   - point: The point in the core's plan.
  ///   - now: The present.
  /// - Returns: The period that the point will have; nil where this bus does not read it.
  @discardableResult
  public mutating func setPeriod(
    _ period: TimeSpan, of point: PointIndex, at now: Instant
  ) -> TimeSpan? {
    for device in links.indices {
      let shortest = links[device].minimumPeriod
      let possible =
        isFramed
        ? sensors[device].setPeriod(period, of: point, atLeast: shortest, at: now)
        : devices[device].reads.setPeriod(period, of: point, atLeast: shortest, at: now)
      guard let possible else { continue }
      if possible != period { count(device) { $0.adjustedPeriods += 1 } }
      return possible
    }
    return nil
  }

  /// The period at which `point` is read now; nil where this bus does not read it.
  public func period(of point: PointIndex) -> TimeSpan? {
    for device in links.indices {
      let polled =
        isFramed
        ? sensors[device].member(of: point)?.point : devices[device].reads.member(of: point)?.point
      if let polled { return polled.period }
    }
    return nil
  }

  /// Begins every sample that is due; those that cannot be read are missing at once.
  mutating func beginSamples(_ stamp: Stamp, into readings: inout [Reading]) {
    let now = stamp.time
    clock?.follow(stamp.wallTime, at: now)
    for device in links.indices {
      let gap = links[device].minimumPeriod
      let late: UInt64
      let changed: UInt64
      let passed: UInt64
      if isFramed {
        late = sensors[device].takeLateSamples()
        changed = sensors[device].changePeriods(atLeast: gap)
        passed = sensors[device].beginSamples(at: now, timeout: links[device].longestResponse)
        if let clock { sensors[device].align(to: clock, atLeast: gap, at: now) }
        if port != .open {
          sensors[device].settle(
            .due(by: port.nextOpening(from: now)), flag: .missing, stamp, into: &readings)
        }
      } else {
        late = devices[device].reads.takeLateSamples()
        changed = devices[device].reads.changePeriods(atLeast: gap)
        let isReadable = port == .open && links[device].isOnline
        passed = devices[device].reads.beginSamples(at: now, isReadable: isReadable) { point in
          readings.append(stamp.reading(point.point, .nan, .missing))
        }
        if let clock { devices[device].reads.align(to: clock, atLeast: gap, at: now) }
      }
      guard late > 0 || changed > 0 || passed > 0 else { continue }
      count(device) {
        $0.missedDeadlines += late
        $0.periodChanges += changed
        $0.missedSlots += passed
      }
    }
  }

  /// The next instant at which a sample is due.
  var nextSample: Instant {
    var next = Instant(nanoseconds: .max)
    for device in links.indices {
      next = min(
        next, isFramed ? sensors[device].nextSample : devices[device].reads.nextSample)
    }
    return next
  }
}
