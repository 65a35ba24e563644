/// What Home Assistant asks of a destination beside the site.
public struct HomeAssistantPlan: Hashable, Sendable {
  /// In which language things are named: Home Assistant keeps one name of each.
  public enum Language: String, CaseIterable, Sendable {
    /// English.
    case english = "en"
    /// Japanese.
    case japanese = "ja"

    /// The text in it.
    func text(_ text: LocalizedText) -> String { self == .english ? text.english : text.japanese }
  }

  /// The first levels of the topics on which Home Assistant looks for devices.
  public var discoveryPrefix: String
  /// In which language things are named.
  public var language: Language

  /// Makes a plan, by default the one of a Home Assistant that nobody has set up otherwise.
  public init(
    discoveryPrefix: String = Self.standardPrefix, language: Language = .english
  ) {
    self.discoveryPrefix = discoveryPrefix
    self.language = language
  }

  /// Where Home Assistant looks unless it was told otherwise.
  public static let standardPrefix = "homeassistant"
}

/// A unit as Home Assistant writes it, and what it takes a quantity of that unit for.
struct HomeAssistantUnit {
  /// The unit; nil for a plain number.
  var unit: String?
  /// The device class of sensors; nil where the unit does not tell what is measured, as with %.
  var deviceClass: String?

  /// The unit with UCUM code `code`: one that Home Assistant knows, or else as it is written.
  ///
  /// Energy has no class, as Home Assistant would take it for a counter. Source: Home Assistant's documentation of
  /// sensors, `SensorDeviceClass` with the units of each.
  init(_ code: String) {
    (unit, deviceClass) = Self.table[code] ?? (code, nil)
  }

  private static let table: [String: (String?, String?)] = [
    "1": (nil, nil), "[pH]": (nil, "ph"),
    "Cel": ("°C", "temperature"), "K": ("K", "temperature"),
    "m": ("m", "distance"), "km": ("km", "distance"), "cm": ("cm", "distance"),
    "mm": ("mm", "distance"), "[ft_i]": ("ft", "distance"), "[in_i]": ("in", "distance"),
    "Pa": ("Pa", "pressure"), "hPa": ("hPa", "pressure"), "kPa": ("kPa", "pressure"),
    "bar": ("bar", "pressure"), "mbar": ("mbar", "pressure"),
    "V": ("V", "voltage"), "mV": ("mV", "voltage"), "kV": ("kV", "voltage"),
    "A": ("A", "current"), "mA": ("mA", "current"),
    "W": ("W", "power"), "kW": ("kW", "power"),
    "W.h": ("Wh", nil), "kW.h": ("kWh", nil), "A.h": ("Ah", nil),
    "ms": ("ms", "duration"), "s": ("s", "duration"), "min": ("min", "duration"),
    "h": ("h", "duration"), "d": ("d", "duration"),
    "kg": ("kg", "weight"), "g": ("g", "weight"), "mg": ("mg", "weight"),
    "m/s": ("m/s", "speed"), "mm/s": ("mm/s", "speed"), "km/h": ("km/h", "speed"),
    "mm/h": ("mm/h", "precipitation_intensity"), "mm/d": ("mm/d", "precipitation_intensity"),
    "m3/s": ("m³/s", "volume_flow_rate"), "m3/h": ("m³/h", "volume_flow_rate"),
    "L/s": ("L/s", "volume_flow_rate"), "L/min": ("L/min", "volume_flow_rate"),
    "mS/cm": ("mS/cm", "conductivity"), "uS/cm": ("μS/cm", "conductivity"),
    "lx": ("lx", "illuminance"), "W/m2": ("W/m²", "irradiance"),
    "Hz": ("Hz", "frequency"), "kHz": ("kHz", "frequency"),
    "deg": ("°", nil), "[NTU]": ("NTU", nil), "[ppm]": ("ppm", nil), "[ppth]": ("‰", nil),
    "ug/L": ("μg/L", nil), "m2": ("m²", "area"), "Ohm": ("Ω", nil), "uS": ("μS", nil),
    "um": ("μm", nil), "m/s2": ("m/s²", nil), "kg/m3": ("kg/m³", nil),
  ]
}
