/// What OGC SensorThings 1.1 asks of a destination beside the site: where observations go, and what they are
/// observations of.
public struct SensorThingsPlan: Hashable, Sendable {
  /// How the receiver names an entity.
  public enum EntityID: Hashable, Sendable {
    /// By a number that it gave.
    case number(Int)
    /// By a text.
    case text(String)
  }

  /// The first levels of the receiver's topics.
  public var path: String
  /// Where the site is; nil where nobody is to know.
  public var position: GeoPosition?
  /// The datastreams that the receiver has, by the point's id; points that are not named are not told. Nil where
  /// all points are told, and the box makes their datastreams under names of its own.
  public var datastreams: [String: EntityID]?

  /// Makes a plan.
  public init(
    path: String = Self.standardPath, position: GeoPosition? = nil,
    datastreams: [String: EntityID]? = nil
  ) {
    self.path = path
    self.position = position
    self.datastreams = datastreams
  }

  /// The first level of topics in the standard.
  public static let standardPath = "v1.1"
}

extension JSONWriter {
  /// Writes a member: a link to an entity.
  mutating func member(_ key: String, _ id: SensorThingsPlan.EntityID) {
    member(key) { $0.id(id) }
  }

  /// Writes the member by which an entity is named.
  mutating func id(_ id: SensorThingsPlan.EntityID) {
    switch id {
    case .number(let number): member("@iot.id", number)
    case .text(let text): member("@iot.id", text)
    }
  }
}
