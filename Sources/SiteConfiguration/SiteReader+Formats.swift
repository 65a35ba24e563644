internal import Delivery
internal import DetectionCore

// The key `format` of a destination: how its receiver is spoken to.

/// A format with what it takes; one of them.
struct FormatKeys: Keys {
  let cap = Key(optional: "cap", .section(CAPKeys.self))
  let homeAssistant = Key(optional: "homeAssistant", .section(HomeAssistantKeys.self))
  let ngsiLD = Key(optional: "ngsiLD", .section(NGSIKeys.self))
  let sensorThings = Key(optional: "sensorThings", .section(SensorThingsKeys.self))
  let sparkplug = Key(optional: "sparkplug", .section(SparkplugKeys.self))
}

struct SparkplugKeys: Keys {
  let group = Key("group", .later(.text))
  let primaryHost = Key(optional: "primaryHost", .later(.text))
}

struct CAPKeys: Keys {
  let sender = Key("sender", .later(.text))
  let senderName = Key(optional: "senderName", .localizedText)
  let category = Key("category", .choice(CAPPlan.Category.self), default: .other)
  let area = Key("area", .localizedText)
  let circle = Key(optional: "circle", .section(CircleKeys.self))
  let severities = Key(
    optional: "severities",
    .list(of: .choice(CAPPlan.Severity.self), 1...CoreLimits.stagesPerRule))
  let renewal = Key("renewal", .duration(atLeast: .seconds(60)), default: .seconds(1_800))
}

struct CircleKeys: Keys {
  let latitude = Key("latitude", .number(-90...90))
  let longitude = Key("longitude", .number(-180...180))
  let radius = Key("radius", .length)
}

extension SiteReader {
  /// The words that stand for formats that need nothing else.
  static let formatWords = ["native", "homeAssistant"]

  func readFormat(_ node: YAMLNode) -> FormatPlan? {
    guard node.isMappingNode else {
      switch node.scalarText {
      case "native": return .native
      case "homeAssistant":
        checkObjects(node)
        return .homeAssistant(HomeAssistantPlan())
      default:
        let words = Self.formatWords.joined(separator: ", ")
        let names = FormatKeys().declarations.map { "{\($0.name): {…}}" }.joined(separator: ", ")
        node.report(expected: both("one of \(words), \(names)", "\(words)・\(names) のいずれか"))
        return nil
      }
    }
    let section = Section<FormatKeys>(node)
    guard section.declarations.count(where: { node.optional($0.name) != nil }) == 1 else {
      node.report(expected: both("one format", "一つの形式"))
      return nil
    }
    return section.cap.flatMap(readCAP) ?? section.homeAssistant.map(readHomeAssistant)
      ?? section.ngsiLD.map(readNGSI) ?? section.sensorThings.map(readSensorThings)
      ?? section.sparkplug.flatMap(readSparkplug)
  }

  private func readSparkplug(_ section: Section<SparkplugKeys>) -> FormatPlan? {
    let group = section.group.flatMap(readSparkplugIdentifier)
    let host = section.primaryHost.map(readSparkplugIdentifier)
    guard let group, host != .some(nil) else { return nil }
    return .sparkplug(SparkplugPlan(group: group, primaryHost: host ?? nil))
  }

  private func readSparkplugIdentifier(_ node: YAMLNode) -> String? {
    guard let text = node.string() else { return nil }
    guard SparkplugPlan.isIdentifier(text) else {
      node.report(
        expected: both(
          "a name without +, / and #, and not STATE", "+・/・# を含まない、STATE 以外の名前"))
      return nil
    }
    return text
  }

  private func readCAP(_ section: Section<CAPKeys>) -> FormatPlan? {
    let sender = section.sender.flatMap(readSender)
    let senderName = section.senderName
    let category = section.category
    let area = section.area
    let circle = section.circle.flatMap(readCircle)
    let severities = section.severities
    let renewal = section.renewal
    guard let sender, let area else { return nil }
    return .cap(
      CAPPlan(
        sender: sender, senderName: senderName, category: category, area: area, circle: circle,
        municipality: header?.municipality.flatMap(Self.sixDigits),
        severities: severities ?? CAPPlan.standardSeverities, renewal: renewal))
  }

  private func readSender(_ node: YAMLNode) -> String? {
    guard let text = node.string() else { return nil }
    guard !text.unicodeScalars.contains(where: { " ,<&\t\n\r".unicodeScalars.contains($0) }) else {
      node.report(
        expected: both(
          "a name without spaces, commas, < and &, such as bosai@town.example.jp",
          "空白・コンマ・<・& を含まない名前 (例: bosai@town.example.jp)"))
      return nil
    }
    return text
  }

  private func readCircle(_ section: Section<CircleKeys>) -> CAPPlan.Circle? {
    let latitude = section.latitude
    let longitude = section.longitude
    let radius = section.radius
    guard let latitude, let longitude, let radius else { return nil }
    return CAPPlan.Circle(
      latitude: latitude, longitude: longitude, radiusKilometres: radius / 1_000)
  }

  /// A local government's code with its check digit: the digits times 6, 5, 4, 3 and 2 add up to s, and the
  /// digit is the last one of 11 - s mod 11. Source: JIS X 0402.
  static func sixDigits(_ code: String) -> String {
    guard code.utf8.count == 5 else { return code }
    let sum = zip(code.utf8, [6, 5, 4, 3, 2]).reduce(0) { $0 + (Int($1.0) - 0x30) * $1.1 }
    return code + "\((11 - sum % 11) % 10)"
  }
}
