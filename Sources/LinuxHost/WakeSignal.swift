internal import CLinux
public import DetectionCore
internal import Glibc

/// Lets one thread wake another without a lock; raising it twice before it is seen counts once.
public final class WakeSignal: Sendable {
  /// Readable while the signal is raised; for those who wait for more than one thing.
  public let descriptor: Int32

  /// Makes a signal that is not raised.
  ///
  /// - Throws: `HostError` when the process is out of descriptors.
  public init() throws(HostError) {
    descriptor = try HostError.check(clinux_wake_open(), "make a wake signal")
  }

  deinit { close(descriptor) }

  /// Raises the signal; never blocks.
  public func raise() { _ = clinux_wake_signal(descriptor) }

  /// Waits until the signal is raised or `timeout` of real time is over (nil: no limit).
  ///
  /// - Returns: true when it was raised; it is lowered again.
  @discardableResult
  public func wait(timeout: TimeSpan?) -> Bool {
    clinux_wake_wait(descriptor, timeout?.nanoseconds ?? -1) == 1
  }
}
