internal import Commissioning
internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import SiteConfiguration

extension SiteStatus {
  /// The newest readings of the points of `site`; `now` is the moment of the status. Points that it
  /// does not have are missing.
  func readings(of site: Site, at now: Instant) -> [LiveReading] {
    site.description.points.map { description in
      var reading = LiveReading(description)
      let point = points.first { $0.id == description.id }
      reading.value = point?.value ?? .nan
      reading.flag = point?.flag ?? .missing
      if point?.flag == nil { reading.remark = .notYet }
      reading.measuredAt = point?.ageSeconds.map {
        now + TimeSpan(nanoseconds: -Int64(min(max(0, $0), 1e9) * 1e9))
      }
      return reading
    }
  }
}
