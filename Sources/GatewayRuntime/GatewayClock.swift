internal import DetectionCore
internal import LinuxHost

/// The clocks by which the threads' work goes: the machine's, or those of a simulation.
protocol GatewayClock: Sendable {
  /// The monotonic time now.
  var now: Instant { get }
  /// The civil time now.
  var wallTime: WallTime { get }
  /// How far its monotonic time is ahead of the time since the machine's start.
  var lead: TimeSpan { get }
  /// Field seconds per real second.
  var speed: Double { get }
  /// The real time from now until `instant`; zero when it has passed.
  func realTime(until instant: Instant) -> TimeSpan
}

extension HostClock: GatewayClock {}
