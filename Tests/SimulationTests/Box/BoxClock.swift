import DetectionCore
import Synchronization

@testable import GatewayRuntime

/// The clocks of a simulated box: a monotonic one that begins anew with each start of the machine, and one on
/// the wall that is wrong until somebody sets it.
final class BoxClock: GatewayClock {
  private struct State {
    /// Since the beginning of the simulation, which nobody in the box knows.
    var time: Int64 = 0
    var bootedAt: Int64 = 0
    /// How wrong the wall clock is.
    var wallError: Int64 = 0
    var isSynchronized = false
  }

  /// What the wall clock shows at the beginning, were it right.
  private static let wallStart: Int64 = 1_790_000_000_000_000_000
  /// How long a machine runs before the gateway is started.
  private static let startUp: Int64 = 8_000_000_000
  private let state = Mutex(State())

  /// Nanoseconds since the beginning of the simulation.
  var time: Int64 {
    get { state.withLock { $0.time } }
    set { state.withLock { $0.time = newValue } }
  }

  /// The machine starts, with a clock on the wall that is wrong by `error`.
  func boot(wallError error: Int64) {
    state.withLock {
      $0.bootedAt = $0.time - Self.startUp
      $0.wallError = error
      $0.isSynchronized = false
    }
  }

  /// The clock on the wall is set, wrong by `error`.
  func set(isSynchronized: Bool, wallError error: Int64 = 0) {
    state.withLock {
      $0.isSynchronized = isSynchronized
      $0.wallError = error
    }
  }

  /// The moment of the simulation that the box calls `instant`.
  func simulated(_ instant: Instant) -> Int64 {
    state.withLock { state in
      let (time, isFar) = instant.nanoseconds.addingReportingOverflow(state.bootedAt)
      return isFar ? .max : time
    }
  }

  var now: Instant { state.withLock { Instant(nanoseconds: $0.time - $0.bootedAt) } }

  var wallTime: WallTime {
    state.withLock {
      WallTime(
        nanosecondsSince1970: Self.wallStart + $0.time + $0.wallError,
        synchronized: $0.isSynchronized)
    }
  }

  var speed: Double { 1 }

  var lead: TimeSpan { .zero }

  func realTime(until instant: Instant) -> TimeSpan {
    TimeSpan(nanoseconds: max(0, (instant - now).nanoseconds))
  }
}

/// The clocks of one start, on the time line that all starts share.
struct BoxFieldClock: GatewayClock {
  let machine: BoxClock
  let lead: TimeSpan

  var now: Instant { machine.now + lead }
  var wallTime: WallTime { machine.wallTime }
  var speed: Double { 1 }

  func realTime(until instant: Instant) -> TimeSpan {
    TimeSpan(nanoseconds: max(0, (instant - now).nanoseconds))
  }

  /// The moment of the simulation that this start calls `instant`.
  func simulated(_ instant: Instant) -> Int64 {
    let (time, isFar) = instant.nanoseconds.subtractingReportingOverflow(lead.nanoseconds)
    return isFar ? .max : machine.simulated(Instant(nanoseconds: time))
  }
}
