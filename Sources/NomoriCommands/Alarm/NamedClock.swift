internal import DetectionCore
internal import Delivery
internal import Foundation
internal import Glibc

/// What a clock on the wall shows at some moment, beside UTC, and what its zone is called then.
struct NamedClock: Equatable {
  /// Seconds east of UTC.
  var offsetSeconds: Int
  /// Such as `JST` or `UTC+09:00`.
  var name: String

  /// A clock that nobody has named: by its offset.
  init(offsetSeconds: Int) {
    self.offsetSeconds = offsetSeconds
    let minutes = offsetSeconds.magnitude / 60
    func two(_ number: UInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
    name =
      minutes == 0
      ? "UTC" : "UTC\(offsetSeconds < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
  }

  init(offsetSeconds: Int, name: String) {
    self.offsetSeconds = offsetSeconds
    self.name = name
  }

  /// This machine's clock at a moment, by its `TZ` or `/etc/localtime`.
  static func machine(at time: WallTime) -> NamedClock {
    var seconds = time_t(time.nanosecondsSince1970 / 1_000_000_000)
    var fields = unsafe tm()
    guard unsafe localtime_r(&seconds, &fields) != nil, let zone = unsafe fields.tm_zone else {
      return NamedClock(offsetSeconds: 0)
    }
    return unsafe NamedClock(offsetSeconds: fields.tm_gmtoff, name: String(cString: zone))
  }

  /// Year to second, such as `2026-11-30 17:05:09`.
  func text(_ time: WallTime) -> String {
    let shift = Int64(offsetSeconds) * 1_000_000_000
    let local = WallTime(
      nanosecondsSince1970: time.nanosecondsSince1970 &+ shift, synchronized: time.synchronized)
    return String(CivilTime(local).timestamp.prefix(19).replacing("T", with: " "))
  }
}

/// By which clock people are shown the times of each site: the site's own where one of its events has told it, else
/// this machine's.
struct SiteClocks {
  /// This machine's clock at a moment.
  let machine: @Sendable (WallTime) -> NamedClock
  private var offsets: [String: Int] = [:]

  init(machine: @escaping @Sendable (WallTime) -> NamedClock) { self.machine = machine }

  /// Takes note of a time as a clock of the site shows it, such as `2026-11-30T17:05:09+09:00`.
  mutating func learn(_ localTime: String, at site: String) {
    let parts = localTime.suffix(6).split(separator: ":").map { Int($0) }
    guard localTime.utf8.count == 25, parts.count == 2, let hours = parts[0], let minutes = parts[1]
    else { return }
    let isWest = localTime.utf8.dropFirst(19).first == UInt8(ascii: "-")
    offsets[site] = Int(hours.magnitude * 60 + minutes.magnitude) * 60 * (isWest ? -1 : 1)
  }

  /// The clock for a time of `site`. An offset that is this machine's too goes by this machine's name.
  func clock(of site: String, at time: WallTime) -> NamedClock {
    let own = machine(time)
    guard let offset = offsets[site], offset != own.offsetSeconds else { return own }
    return NamedClock(offsetSeconds: offset)
  }

  /// The clock that all sites which have told one go by; this machine's where there is none.
  func common(at time: WallTime) -> NamedClock {
    let own = machine(time)
    guard let first = offsets.first?.value, first != own.offsetSeconds,
      offsets.values.allSatisfy({ $0 == first })
    else { return own }
    return NamedClock(offsetSeconds: first)
  }
}

extension WallTime {
  /// The moment that a payload names in UTC, such as `2026-11-30T08:05:09.000Z`; nil where it is none.
  init?(payload text: String) {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let date = try? Date(text, strategy: format),
      date.timeIntervalSince1970.magnitude < 9e9
    else { return nil }
    self.init(
      nanosecondsSince1970: Int64((date.timeIntervalSince1970 * 1000).rounded()) * 1_000_000,
      synchronized: true)
  }
}
