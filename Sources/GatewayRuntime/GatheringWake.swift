internal import DetectionCore
internal import LinuxHost
internal import Synchronization

/// Wakes one thread: at once for what is urgent, and for what may wait a little only if the thread is not
/// gathering already. What comes often shares a wake-up then, and what comes alone is seen at once.
final class GatheringWake: Sendable {
  private let signal: WakeSignal
  private let isGathering = Atomic<Bool>(false)

  init() throws(HostError) { signal = try WakeSignal() }

  /// Something must be seen at once.
  func raise() { signal.raise() }

  /// Something may be seen when the thread looks next, which is at once unless it is gathering.
  ///
  /// - Returns: true when that woke the thread.
  @discardableResult
  func raiseUnlessGathering() -> Bool {
    // Acquiring and releasing: what was handed over before is seen by a thread that stops gathering.
    guard !isGathering.exchange(true, ordering: .acquiringAndReleasing) else { return false }
    signal.raise()
    return true
  }

  /// Waits until something is urgent or `timeout` is over, letting the rest come together.
  ///
  /// - Returns: true when it was woken.
  @discardableResult
  func gather(for timeout: TimeSpan) -> Bool { signal.wait(timeout: timeout) }

  /// Stops gathering. The caller looks once more at what it consumes before it waits.
  func stopGathering() { _ = isGathering.exchange(false, ordering: .acquiringAndReleasing) }

  /// Waits until anything comes or `timeout` is over; after `stopGathering`.
  ///
  /// - Returns: true when it was woken.
  @discardableResult
  func wait(timeout: TimeSpan) -> Bool { signal.wait(timeout: timeout) }
}
