internal import Delivery
internal import DetectionCore

// The section `site`: who the box is.

struct HeaderKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let mode = Key("mode", .choice(SiteMode.self))
  let municipality = Key(optional: "municipality", .later(.text))
  /// UTC where it is not given.
  let timeZone = Key(optional: "timeZone", .later(.text))
  let signOfLife = Key(optional: "signOfLife", .duration(atLeast: .seconds(60)))
  let datum = Key(optional: "datum", .section(DatumKeys.self))
}

struct DatumKeys: Keys {
  let reference = Key("reference", .text)
  let zeroHeight = Key("zeroHeight", .length)
}

extension SiteReader {
  /// What the section says.
  struct Header {
    var id: String
    var name: LocalizedText
    var mode: SiteMode
    var municipality: String?
    var rules: SiteRules
  }

  /// What heights are counted from.
  struct Datum {
    /// The reference surface, such as `T.P.`.
    var reference: String
    /// The height of the station's zero above it, in metres.
    var zeroHeight: Double
  }

  /// The name of the station's own zero among datums.
  static let stationZero = "station-zero"

  mutating func readHeader(_ section: Section<HeaderKeys>) -> Header? {
    var names = Names("site", "サイト")
    let id = names.declare(section.id)
    let name = section.name
    let mode = section.mode
    let municipality = section.municipality.flatMap(readMunicipality)
    datum = section.datum.flatMap(readDatum)
    let rules = SiteRules(
      zone: section.timeZone.flatMap(readZone) ?? .utc, signOfLife: section.signOfLife)
    guard let id, let name, let mode else { return nil }
    return Header(id: id, name: name, mode: mode, municipality: municipality, rules: rules)
  }

  private func readMunicipality(_ node: YAMLNode) -> String? {
    guard let code = node.string() else { return nil }
    guard (5...6).contains(code.utf8.count), code.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
    else {
      node.report(
        expected: both(
          "a local government code of five digits, or six with the check digit",
          "5 桁 (検査数字を含めれば 6 桁) の全国地方公共団体コード"))
      return nil
    }
    return code
  }

  private func readDatum(_ section: Section<DatumKeys>) -> Datum? {
    let reference = section.reference
    let zeroHeight = section.zeroHeight
    guard let reference, let zeroHeight else { return nil }
    return Datum(reference: reference, zeroHeight: zeroHeight)
  }
}

extension YAMLNode {
  /// A length or height with its unit, in metres.
  func length() -> Double? { valueWithUnit(in: "m") }

  /// A value whose unit must be written, converted to the unit with code `code`.
  func valueWithUnit(in code: String) -> Double? {
    guard let unit = Unit.named(code) else { return nil }
    guard let text = plainText, let (number, written) = numberAndUnit(text),
      let conversion = Unit.named(written)?.conversion(to: unit)
    else {
      report(
        expected: both(
          "a number with its unit, such as 1.5 \(code)",
          "単位の付いた数値 (例: 1.5 \(code))"))
      return nil
    }
    return conversion(number)
  }
}
