internal import Delivery
internal import DetectionCore

// Formats of receivers that collect things and values: Home Assistant, NGSI-LD, SensorThings.

struct HomeAssistantKeys: Keys {
  let discoveryPrefix = Key(
    "discoveryPrefix", .topicRoot, default: HomeAssistantPlan.standardPrefix)
  let language = Key("language", .choice(HomeAssistantPlan.Language.self), default: .english)
}

struct NGSIKeys: Keys {
  let form = Key("form", .choice(NGSIPlan.Form.self), default: .normalized)
  let position = Key(optional: "position", .section(PositionKeys.self))
  let points = Key(
    optional: "points", .entries(of: .words(NGSIAttribute.all.map(\.fullName))))
  let alerts = Key(optional: "alerts", .section(NGSIAlertKeys.self))
}

struct NGSIAlertKeys: Keys {
  let category = Key("category", .choice(NGSIPlan.Category.self))
  let subCategory = Key(optional: "subCategory", .word(NGSIPlan.subCategories))
}

struct SensorThingsKeys: Keys {
  let path = Key("path", .topicRoot, default: SensorThingsPlan.standardPath)
  let position = Key(optional: "position", .section(PositionKeys.self))
  let datastreams = Key(
    optional: "datastreams", .entries(of: .either([.integer(Self.numbers), .text])))

  /// Whole numbers that any reader of JSON keeps.
  static let numbers = 0...9_007_199_254_740_991
}

/// Where the site is, for all who read the destination.
struct PositionKeys: Keys {
  let latitude = Key("latitude", .number(-90...90))
  let longitude = Key("longitude", .number(-180...180))
}

extension SiteReader {
  func readHomeAssistant(_ section: Section<HomeAssistantKeys>) -> FormatPlan {
    checkObjects(section.node)
    return .homeAssistant(
      HomeAssistantPlan(discoveryPrefix: section.discoveryPrefix, language: section.language))
  }

  /// Two things must not become one: Home Assistant takes no dot, so `a.b` and `a_b` would.
  func checkObjects(_ node: YAMLNode) {
    for names in [pointNames, ruleNames] {
      var known: [String: String] = [:]
      for id in names.declared {
        guard let other = known.updateValue(id, forKey: HomeAssistantFormat.objectID(id)) else {
          continue
        }
        node.report(
          expected: both(
            "another format: Home Assistant could not tell \(other) and \(id) apart",
            "別の形式 (Home Assistant は \(other) と \(id) を区別できない)"))
      }
    }
  }

  func readNGSI(_ section: Section<NGSIKeys>) -> FormatPlan {
    let form = section.form
    let position = section.position.flatMap(readPosition)
    let hasPosition = section.has(\.position)
    var feeds: [String: NGSIPlan.Feed] = [:]
    for (id, node) in section.points ?? [] {
      if let feed = readFeed(of: id, node, hasPosition: hasPosition) { feeds[id] = feed }
    }
    let alerts = section.alerts
    let category = alerts?.category
    let subCategory = alerts?.subCategory
    if !section.has(\.points), !section.has(\.alerts) {
      section.node.report(
        expected: both("points, alerts or both", "points か alerts、または両方"))
    }
    return .ngsiLD(
      NGSIPlan(
        form: form, position: position, feeds: feeds, category: category,
        subCategory: subCategory))
  }

  private func readFeed(
    of id: String, _ node: YAMLNode, hasPosition: Bool
  ) -> NGSIPlan.Feed? {
    let names = NGSIAttribute.all.map(\.fullName)
    guard let attribute = node.choice(names).flatMap(NGSIAttribute.named) else { return nil }
    guard let index = pointNames.index(of: id) else {
      node.report(expected: pointNames.expectation(insteadOf: id))
      return nil
    }
    if attribute.model.needsPosition, !hasPosition {
      node.report(
        expected: both(
          "a position beside points: \(attribute.model.rawValue) must say where it is",
          "points と並ぶ position (\(attribute.model.rawValue) には位置が必要)"))
    }
    guard let point = points.indices.contains(index) ? points[index] : nil,
      let unit = Unit.named(attribute.unit)
    else { return nil }
    guard let conversion = point.unit.conversion(to: unit) else {
      node.report(
        expected: both(
          "what is measured in \(attribute.unit); \(id) is in \(point.unit.code)",
          "\(attribute.unit) で測るもの (\(id) の単位は \(point.unit.code))"))
      return nil
    }
    return NGSIPlan.Feed(
      attribute: attribute, factor: conversion.factor, offset: conversion.offset)
  }

  func readSensorThings(_ section: Section<SensorThingsKeys>) -> FormatPlan {
    let path = section.path
    let position = section.position.flatMap(readPosition)
    let datastreams = section.datastreams.map { entries in
      var ids: [String: SensorThingsPlan.EntityID] = [:]
      for (id, node) in entries {
        if pointNames.index(of: id) == nil {
          node.report(expected: pointNames.expectation(insteadOf: id))
        }
        ids[id] = node.entityID()
      }
      return ids
    }
    if !section.has(\.position), !section.has(\.datastreams) {
      section.node.report(
        expected: both(
          "a position, as observations must be of a place; or datastreams of the receiver",
          "position (観測には場所が必要)、または受信側の datastreams"))
    }
    return .sensorThings(
      SensorThingsPlan(path: path, position: position, datastreams: datastreams))
  }

  private func readPosition(_ section: Section<PositionKeys>) -> GeoPosition? {
    let latitude = section.latitude
    let longitude = section.longitude
    guard let latitude, let longitude else { return nil }
    return GeoPosition(latitude: latitude, longitude: longitude)
  }
}

extension YAMLNode {
  /// The name that a receiver gave: a number, or a text, which may be a number in quotes.
  fileprivate func entityID() -> SensorThingsPlan.EntityID? {
    if plainText.flatMap(Int.init) != nil {
      return integer(in: SensorThingsKeys.numbers).map { .number($0) }
    }
    return string().map { .text($0) }
  }
}
