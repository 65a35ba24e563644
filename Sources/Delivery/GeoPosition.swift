/// Where something is, as its site file publishes it to one destination; nothing else says it.
public struct GeoPosition: Hashable, Sendable {
  /// Degrees north, WGS 84.
  public var latitude: Double
  /// Degrees east, WGS 84.
  public var longitude: Double

  /// Makes a position.
  public init(latitude: Double, longitude: Double) {
    self.latitude = latitude
    self.longitude = longitude
  }
}

extension JSONWriter {
  /// Writes a member: the position as a GeoJSON point (RFC 7946), which names the longitude first.
  mutating func member(_ key: String, _ position: GeoPosition) {
    member(key) { point in
      point.member("type", "Point")
      point.member("coordinates", numbers: [position.longitude, position.latitude])
    }
  }
}
