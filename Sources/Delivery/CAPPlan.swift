public import DetectionCore

/// What the Common Alerting Protocol asks of a destination beside the site: who speaks, for where, and how
/// grave its stages are.
public struct CAPPlan: Hashable, Sendable {
  /// What kind of event the alarms are about, by the words of CAP 1.2.
  public enum Category: String, CaseIterable, Sendable {
    /// The words of section 3.2.2 of the standard.
    case geo = "Geo", meteorology = "Met", safety = "Safety", security = "Security"
    /// More of them.
    case rescue = "Rescue", fire = "Fire", health = "Health", environment = "Env"
    /// The rest of them.
    case transport = "Transport", infrastructure = "Infra", other = "Other"
  }

  /// How grave a stage is, by the words of CAP 1.2.
  public enum Severity: String, CaseIterable, Sendable {
    /// Minimal threat to life or property.
    case minor = "Minor"
    /// Possible threat.
    case moderate = "Moderate"
    /// Significant threat.
    case severe = "Severe"
    /// Extraordinary threat.
    case extreme = "Extreme"

    /// How fast people have to act.
    var urgency: String {
      switch self {
      case .minor: "Future"
      case .moderate: "Expected"
      case .severe, .extreme: "Immediate"
      }
    }
  }

  /// The circle within which people are concerned.
  public struct Circle: Hashable, Sendable {
    /// Degrees north, WGS 84.
    public var latitude: Double
    /// Degrees east, WGS 84.
    public var longitude: Double
    /// The radius in kilometres.
    public var radiusKilometres: Double

    /// Makes a circle.
    public init(latitude: Double, longitude: Double, radiusKilometres: Double) {
      self.latitude = latitude
      self.longitude = longitude
      self.radiusKilometres = radiusKilometres
    }
  }

  /// Who speaks, unique in the world, such as `bosai@town.example.jp`; no space, comma, `<` or `&`.
  public var sender: String
  /// Who that is for people; nil for the site's name.
  public var senderName: LocalizedText?
  /// What the alarms are about.
  public var category: Category
  /// Where people are concerned, in words.
  public var area: LocalizedText
  /// Where that is; nil where only the words say it.
  public var circle: Circle?
  /// The six digits of the local government's code; nil for none.
  public var municipality: String?
  /// How grave each stage is, mildest first; the last one also stands for those above it.
  public var severities: [Severity]
  /// After this long an alert that still holds is said again. Three times this is how long each holds, so that
  /// those of a box that died end by themselves.
  public var renewal: TimeSpan

  /// Makes a plan.
  public init(
    sender: String, senderName: LocalizedText?, category: Category, area: LocalizedText,
    circle: Circle?, municipality: String?, severities: [Severity], renewal: TimeSpan
  ) {
    self.sender = sender
    self.senderName = senderName
    self.category = category
    self.area = area
    self.circle = circle
    self.municipality = municipality
    self.severities = severities
    self.renewal = renewal
  }

  /// How grave stages are where the site file does not say. `Extreme` is for people to say.
  public static let standardSeverities: [Severity] = [.minor, .moderate, .severe]

  /// How long an alert holds.
  var validityNs: Int64 { 3 * renewal.nanoseconds }

  /// How grave the stage is.
  func severity(ofStage level: UInt8) -> Severity {
    let index = max(min(Int(level), severities.count) - 1, 0)
    return index < severities.count ? severities[index] : .moderate
  }
}
