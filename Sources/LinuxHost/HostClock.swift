internal import CLinux
public import DetectionCore
internal import Glibc
private import Synchronization

/// The machine's clocks, optionally running faster than real time.
///
/// At `speed` 1 these are CLOCK_BOOTTIME (counts suspend) and CLOCK_REALTIME. At another speed both
/// run that much faster from the moment the clock was made, so that a whole gateway (periods,
/// delays, time stamps) lives in the field's time and a flood of days is seen in minutes.
///
/// A clock that goes on from an earlier run's is ahead of CLOCK_BOOTTIME by `lead`.
public struct HostClock: Sendable {
  /// Field seconds per real second; above 0.
  public let speed: Double
  /// What the machine itself needs to carry an answer while it plays a field fast, in real time: no
  /// time-out gets shorter there.
  package static let shortestTimeout = TimeSpan.milliseconds(50)
  private let bootOrigin: Int64
  private let wallOrigin: Int64
  private let wallIsSimulated: Bool
  /// How far its monotonic time is ahead of the time since the machine's start.
  public private(set) var lead = TimeSpan.zero

  /// Makes a clock.
  ///
  /// - Parameters:
  ///   - speed: Field seconds per real second.
  ///   - wallStart: What the wall clock shows now, in nanoseconds since 1970; nil: the machine's time.
  public init(speed: Double = 1, wallStart: Int64? = nil) {
    precondition(speed > 0, "a clock's speed must be above 0, got \(speed)")
    self.speed = speed
    bootOrigin = Self.read(CLOCK_BOOTTIME)
    wallOrigin = wallStart ?? Self.read(CLOCK_REALTIME)
    wallIsSimulated = wallStart != nil || speed != 1
  }

  /// The monotonic time now.
  public var now: Instant {
    let elapsed = Self.read(CLOCK_BOOTTIME) - bootOrigin
    return Instant(nanoseconds: bootOrigin + fieldTime(elapsed) + lead.nanoseconds)
  }

  /// This clock, ahead of the time since the machine's start by `lead`.
  public func ahead(by lead: TimeSpan) -> HostClock {
    var clock = self
    clock.lead = lead
    return clock
  }

  /// The civil time now. A simulated clock counts as synchronised: its time is what it says.
  public var wallTime: WallTime {
    guard wallIsSimulated else {
      let time = Self.read(CLOCK_REALTIME)
      return WallTime(
        nanosecondsSince1970: time,
        synchronized: TimeSource.isSynchronized(inSecond: time / 1_000_000_000))
    }
    let elapsed = Self.read(CLOCK_BOOTTIME) - bootOrigin
    return WallTime(nanosecondsSince1970: wallOrigin + fieldTime(elapsed), synchronized: true)
  }

  /// False where the machine keeps from this process whether its clock is synchronised, which then counts as not.
  public static var canTellSynchronization: Bool {
    isClockSynchronized(inSecond: read(CLOCK_REALTIME) / 1_000_000_000) != nil
  }

  /// The real time from now until `instant` of field time; zero when it has passed.
  public func realTime(until instant: Instant) -> TimeSpan {
    let span = max(0, (instant - now).nanoseconds)
    return TimeSpan(nanoseconds: speed == 1 ? span : Int64(Double(span) / speed))
  }

  /// Lets the calling thread sleep for `span` of field time.
  public func sleep(for span: TimeSpan) {
    let real = Int64(Double(span.nanoseconds) / speed)
    guard real > 0 else { return }
    var wanted = timespec(tv_sec: Int(real / 1_000_000_000), tv_nsec: Int(real % 1_000_000_000))
    var rest = timespec()
    while unsafe nanosleep(&wanted, &rest) != 0 && errno == EINTR { wanted = rest }
  }

  private func fieldTime(_ realNanoseconds: Int64) -> Int64 {
    speed == 1 ? realNanoseconds : Int64(Double(realNanoseconds) * speed)
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    let code = unsafe clock_gettime(clock, &time)
    precondition(code == 0, "clock_gettime(\(clock)) failed")
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// What the kernel calls this start of the machine: times of `HostClock.now` count in it.
public let machineBoot: String = {
  let bytes = (try? readFile("/proc/sys/kernel/random/boot_id", maximumBytes: 64)) ?? []
  return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
}()

/// Whether the wall clock follows a time source; nil where this process cannot find out.
///
/// The kernel says so, but not to a service that is kept from all calls that could set a clock. There it shows by the
/// file that systemd-timesyncd touches whenever it has synchronised the clock.
///
/// - Parameters:
///   - second: What the clock shows now, in seconds since 1970.
///   - kernel: What the kernel says: 1 yes, 0 no, negative where it says nothing.
///   - path: The file of systemd-timesyncd.
package func isClockSynchronized(
  inSecond second: Int64, kernel: Int32 = clinux_clock_synchronized(),
  noted path: String = "/run/systemd/timesync/synchronized"
) -> Bool? {
  guard kernel < 0 else { return kernel == 1 }
  // The kernel believes a clock for as long: it counts an error of 500 ppm, and up to 16 s of it are good.
  let longestBelief: Int64 = 32_000
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return nil }
  return (0...longestBelief).contains(second - Int64(status.st_mtim.tv_sec))
}

/// Whether the wall clock follows a time source. It is asked once in each second of that clock, as
/// asking costs a system call; a clock that is set is in another second.
private enum TimeSource {
  /// The second in which it was asked, times two, and 1 more where it said yes.
  private static let answer = Atomic<Int64>(.min)

  static func isSynchronized(inSecond second: Int64) -> Bool {
    let known = answer.load(ordering: .relaxed)
    if known >> 1 == second { return known & 1 == 1 }
    let isSynchronized = isClockSynchronized(inSecond: second) ?? false
    answer.store(second << 1 | (isSynchronized ? 1 : 0), ordering: .relaxed)
    return isSynchronized
  }
}
