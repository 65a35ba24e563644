import Testing

@testable import SiteConfiguration

/// Units are read and converted as UCUM has them.
@Suite struct UnitTests {
  /// 1 of the first is so many of the second.
  @Test(
    "a unit is converted",
    arguments: [
      ("m3/s", "L/s", 1000), ("L/min", "m3/h", 0.06), ("mm/min", "mm/h", 60),
      ("km/h", "m/s", 1 / 3.6),
      ("mS/cm", "uS/cm", 1000), ("S/m", "mS/cm", 10), ("kW.h", "J", 3_600_000), ("V.A", "W", 1),
      ("g/cm3", "kg/m3", 1000), ("mg/L", "g/m3", 1), ("mmol/L", "mol/m3", 1), ("N/m2", "Pa", 1),
      ("dbar", "kPa", 10), ("[ft_i]2", "m2", 0.09290304), ("m.s-1", "m/s", 1),
      ("1/h", "Hz", 1 / 3600.0),
      ("J/(1)", "", .nan), ("Cel/h", "K/h", .nan), ("m0", "1", .nan), ("m99", "1", .nan),
      ("m//s", "m/s", .nan), ("/s", "Hz", .nan), ("m/s", "rad/s", .nan), ("rad", "1", .nan),
      ("[NTU]", "[pH]", .nan), ("m9.m9", "1", .nan),
    ])
  func converted(source: String, target: String, factor: Double) {
    let conversion = UnitConversion(from: source, to: target)
    #expect(conversion.map(\.factor) == (factor.isNaN ? nil : factor))
  }

  @Test func absoluteTemperaturesHaveAnOffset() {
    let conversion = UnitConversion(from: "Cel", to: "K")
    #expect(conversion?.factor == 1)
    #expect(conversion?.offset == 273.15)
  }

  @Test func everyUnitThatIsOfferedCanBeRead() {
    for code in Unit.codes {
      #expect(Unit.named(code)?.code == code)
    }
  }

  @Test func productsGetTheNamesThatPeopleKnow() throws {
    func product(_ codes: String...) throws -> String {
      var unit = Unit.one
      for code in codes { unit = unit.multiplied(by: try #require(Unit.named(code))) }
      return unit.simplified.code
    }
    #expect(try product("m", "m") == "m2")
    #expect(try product("V", "A") == "W")
    #expect(try product("m2", "mm") == "L")
    #expect(try product("mm/h", "h") == "mm")
    #expect(try product("kPa", "m2", "m2") == "1000.0 m3.kg.s-2")
  }
}
