/// The alarm about a sensor itself: raised when its readings have been failed or missing for the
/// delay, cleared when they have been neither for as long.
///
/// It is raised by a reading or by a deadline, since a dead sensor may send nothing at all; it is
/// cleared by a reading only, since silence is no sign of health.
struct SensorAlarm: BitwiseCopyable {
  /// True from raise to clear.
  private(set) var isActive = false
  private var isBad = false
  /// The reading that last turned good into bad or bad into good.
  private var turned = Instant(nanoseconds: 0)

  /// Takes the next assessed reading's flag; true when the alarm turned on or off.
  mutating func take(
    _ flag: QualityFlag, at time: Instant, delay: TimeSpan
  ) -> Bool {
    if flag.isBad != isBad {
      isBad = flag.isBad
      turned = time
    }
    guard isBad != isActive, time - turned >= delay else { return false }
    isActive = isBad
    return true
  }

  /// Goes on as an earlier run left it.
  mutating func resume(isActive: Bool, at now: Instant) {
    self.isActive = isActive
    isBad = isActive
    turned = now
  }

  /// Nobody looked until `now`: a delay that runs begins anew.
  mutating func resume(at now: Instant) {
    if isBad && !isActive { turned = now }
  }

  /// True while nothing is wrong and nothing was: another good reading changes nothing.
  var isAtRest: Bool { !isBad && !isActive }

  /// When the alarm is raised if no reading comes before; nil when none is due.
  func deadline(delay: TimeSpan) -> Instant? {
    isBad && !isActive ? turned + delay : nil
  }

  /// The deadline has passed.
  mutating func raise() { isActive = true }
}
