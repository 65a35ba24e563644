import DetectionCore

extension BusSchedule {
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
  mutating func setPeriod(
    _ period: TimeSpan, of point: PointIndex, at now: Instant
  ) -> TimeSpan? {
    for device in devices.indices {
      guard let polled = devices[device].reads.member(of: point)?.point else { continue }
      let possible = devices[device].possible(period, for: polled)
      if possible != period {
        counters.adjustedPeriods += 1
        devices[device].counters.adjustedPeriods += 1
      }
      devices[device].changes.removeAll { $0.point == point }
      if possible != polled.period {
        devices[device].changes.append(
          PeriodChange(point: point, period: possible, requestedAt: now))
      }
      return possible
    }
    return nil
  }

  /// The period at which `point` is read now; nil where this bus does not read it.
  func period(of point: PointIndex) -> TimeSpan? {
    for device in devices {
      if let member = device.reads.member(of: point) { return member.point.period }
    }
    return nil
  }

  /// Carries out the changes of period that are possible now.
  mutating func changePeriods() {
    for device in devices.indices {
      let applied = devices[device].applyChanges()
      devices[device].counters.periodChanges += applied
      counters.periodChanges += applied
      devices[device].joinGroups()
    }
  }
}
