import DetectionCore
import LinuxHost

/// Waits until `condition` holds, looking fifty times a second; false after `seconds`.
package func waitUntil(_ seconds: Double = 25, _ condition: () -> Bool) -> Bool {
  let clock = HostClock()
  let end = clock.now + .milliseconds(Int64(seconds * 1000))
  while !condition() {
    guard clock.now < end else { return false }
    clock.sleep(for: .milliseconds(20))
  }
  return true
}
