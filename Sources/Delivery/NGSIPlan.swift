/// What NGSI-LD asks of a destination beside the site: which points are what, where the site is, and what its
/// alarms are about.
public struct NGSIPlan: Hashable, Sendable {
  /// How entities are written.
  public enum Form: String, CaseIterable, Sendable {
    /// Every attribute with its type, its unit and the time at which it was observed.
    case normalized
    /// Every attribute by its value alone, as the schemas of the smart data models have it.
    case keyValues
  }

  /// What of the models a point measures.
  public struct Feed: Hashable, Sendable {
    /// The attribute.
    public var attribute: NGSIAttribute
    /// A value of the point times this …
    public var factor: Double
    /// … plus this is the value in the attribute's unit.
    public var offset: Double

    /// Makes one, by default for a point in the attribute's unit.
    public init(attribute: NGSIAttribute, factor: Double = 1, offset: Double = 0) {
      self.attribute = attribute
      self.factor = factor
      self.offset = offset
    }
  }

  /// What alarms are about, by the words of the model `Alert`.
  public enum Category: String, CaseIterable, Sendable {
    /// Roads.
    case traffic
    /// Floods, slides and their like.
    case naturalDisaster
    /// Rain, snow, ice, heat.
    case weather
    /// Water and air.
    case environment
    /// People's health.
    case health
    /// People's safety.
    case security
    /// Fields and what harms them.
    case agriculture
  }

  /// How entities are written.
  public var form: Form
  /// Where the site is; nil where nobody is to know.
  public var position: GeoPosition?
  /// What points measure, by the point's id; no others are told.
  public var feeds: [String: Feed]
  /// What alarms are about; nil where none are told.
  public var category: Category?
  /// The same more closely, by the words of the model `Alert`; nil where that is not said.
  public var subCategory: String?

  /// Makes a plan.
  public init(
    form: Form = .normalized, position: GeoPosition? = nil, feeds: [String: Feed] = [:],
    category: Category? = nil, subCategory: String? = nil
  ) {
    self.form = form
    self.position = position
    self.feeds = feeds
    self.category = category
    self.subCategory = subCategory
  }

  /// What a natural disaster, weather, a road or a field may be about more closely: the words of `Alert` that a
  /// box can know. Source: smart data models, `dataModel.Alert` 0.0.3.
  public static let subCategories = [
    "flood", "floodRisk", "coastalEvent", "tsunami", "rainfall", "highTemperature",
    "lowTemperature", "heatWave", "coldWave", "ice", "snow", "snow/ice", "wind", "fog",
    "avalancheRisk", "waterPollution", "airPollution", "pothole", "roadClosed", "hazardOnRoad",
    "suspiciousAction", "rodent", "insect", "irrigation",
  ]
}

/// A smart data model of FIWARE.
public enum NGSIModel: String, Sendable {
  /// The level of a water, and how grave it is.
  case floodMonitoring = "FloodMonitoring"
  /// Level and flow of a water.
  case waterObserved = "WaterObserved"
  /// What is in a water.
  case waterQualityObserved = "WaterQualityObserved"
  /// The weather.
  case weatherObserved = "WeatherObserved"
  /// An alarm.
  case alert = "Alert"

  /// True where an entity must say where it is.
  public var needsPosition: Bool {
    switch self {
    case .floodMonitoring, .alert: false
    case .waterObserved, .waterQualityObserved, .weatherObserved: true
    }
  }

  /// The attribute that says when something was observed.
  var time: String { self == .floodMonitoring ? "observationDateTime" : "dateObserved" }

  /// Where the meaning of its attributes is found.
  var context: String {
    let subject =
      switch self {
      case .floodMonitoring, .waterObserved: "Environment"
      case .waterQualityObserved: "WaterQuality"
      case .weatherObserved: "Weather"
      case .alert: "Alert"
      }
    return "https://raw.githubusercontent.com/smart-data-models/dataModel.\(subject)/master/"
      + "context.jsonld"
  }
}

/// An attribute of a smart data model that a point can measure.
public struct NGSIAttribute: Hashable, Sendable {
  /// The model.
  public var model: NGSIModel
  /// The attribute's name.
  public var name: String
  /// UCUM code of the unit that it is published in.
  public var unit: String
  /// The same by UN/CEFACT Recommendation 20; nil for a plain number.
  var commonCode: String?

  /// As it is named in site files, such as `WaterObserved.waterLevel`.
  public var fullName: String { "\(model.rawValue).\(name)" }

  private init(_ model: NGSIModel, _ name: String, _ unit: String, _ commonCode: String?) {
    self.model = model
    self.name = name
    self.unit = unit
    self.commonCode = commonCode
  }

  /// The attribute of this full name.
  public static func named(_ fullName: String) -> NGSIAttribute? {
    all.first { $0.fullName == fullName }
  }

  /// All of them. Sources: smart data models of FIWARE; UN/CEFACT Recommendation 20, revision 17. Where a model
  /// names no unit it is that of its examples.
  public static let all: [NGSIAttribute] = [
    NGSIAttribute(.floodMonitoring, "currentLevel", "m", "MTR"),
    NGSIAttribute(.floodMonitoring, "measuredDistance", "m", "MTR"),
    NGSIAttribute(.waterObserved, "waterLevel", "m", "MTR"),
    NGSIAttribute(.waterObserved, "height", "m", "MTR"),
    NGSIAttribute(.waterObserved, "flow", "m3/s", "MQS"),
    NGSIAttribute(.waterQualityObserved, "temperature", "Cel", "CEL"),
    NGSIAttribute(.waterQualityObserved, "conductivity", "S/m", "D10"),
    NGSIAttribute(.waterQualityObserved, "turbidity", "[NTU]", nil),
    NGSIAttribute(.waterQualityObserved, "pH", "[pH]", "Q30"),
    NGSIAttribute(.waterQualityObserved, "O2", "mg/L", "M1"),
    NGSIAttribute(.waterQualityObserved, "orp", "mV", "2Z"),
    NGSIAttribute(.waterQualityObserved, "tds", "mg/L", "M1"),
    NGSIAttribute(.waterQualityObserved, "salinity", "[ppth]", "NX"),
    NGSIAttribute(.weatherObserved, "temperature", "Cel", "CEL"),
    NGSIAttribute(.weatherObserved, "dewPoint", "Cel", "CEL"),
    NGSIAttribute(.weatherObserved, "relativeHumidity", "1", "C62"),
    NGSIAttribute(.weatherObserved, "atmosphericPressure", "hPa", "A97"),
    NGSIAttribute(.weatherObserved, "precipitation", "mm", "MMT"),
    NGSIAttribute(.weatherObserved, "snowHeight", "cm", "CMT"),
    NGSIAttribute(.weatherObserved, "streamGauge", "cm", "CMT"),
    NGSIAttribute(.weatherObserved, "windSpeed", "m/s", "MTS"),
    NGSIAttribute(.weatherObserved, "gustSpeed", "m/s", "MTS"),
    NGSIAttribute(.weatherObserved, "windDirection", "deg", "DD"),
    NGSIAttribute(.weatherObserved, "solarRadiation", "W/m2", "D54"),
    NGSIAttribute(.weatherObserved, "illuminance", "lx", "LUX"),
  ]
}
