import DetectionCore
import DeviceProfiles
import FieldSimulation
import Testing

/// Every quantity of every profile that the project ships: set in the simulation, read by the gateway's
/// own engine, in simulated time.
@Suite struct ProfileSweepTests {
  @Test func `every quantity of every profile reads as it is set, or is refused with a reason`()
    throws
  {
    #expect(ShippedProfile.all.count >= 91)
    let seed = UInt64.random(in: 0...UInt64.max)
    var sweep = ProfileSweep(seed: seed)
    for shipped in ShippedProfile.all {
      try sweep.sweep(shipped.profile)
      try sweep.sweepTogether(shipped.profile)
    }
    let reasons = ProfileSweep.Reason.allCases.map { reason in
      "\(sweep.refusals.count { $0.reason == reason }) \(reason.rawValue)"
    }
    print(
      "seed \(seed): \(ShippedProfile.all.count) profiles, \(sweep.set) values set, "
        + "\(sweep.readBack) read back; refused: \(reasons.joined(separator: ", "))")
    #expect(sweep.failures.isEmpty, "seed \(seed)")
    let writeOnly = ShippedProfile.all.flatMap { shipped in
      shipped.profile.quantities.filter { !$0.isReadable }.map { "\(shipped.id) \($0.id)" }
    }
    #expect(sweep.refused(for: .writeOnly) == writeOnly.sorted())
    #expect(sweep.refused(for: .cannotBeShown) == Self.unshown)
    #expect(sweep.refused(for: .saysFault) == Self.faulty)
    #expect(sweep.refused(for: .otherDevice) == Self.identities)
  }

  /// The end of what the registers hold says that there is no value, and no other content says that a
  /// value is out of range.
  private static let unshown = [
    "lufft/ws dew-point", "lufft/ws gust-speed", "lufft/ws precipitation",
    "lufft/ws precipitation-intensity", "lufft/ws pressure", "lufft/ws radiation",
    "lufft/ws radiation-average", "lufft/ws temperature", "lufft/ws wind-chill",
    "lufft/ws wind-speed", "lufft/ws wind-speed-average", "victron/gx-battery voltage",
    "victron/gx-digital-input type", "victron/gx-solar-charger battery-voltage",
    "victron/gx-system battery-voltage", "victron/gx-tank capacity",
    "victron/gx-temperature battery-voltage", "victron/gx-temperature pressure",
  ]

  /// The end of what the registers hold says that the value is invalid or out of range.
  private static let faulty = [
    "ecowitt/wn69lp battery-voltage", "ecowitt/wn69lp gust-speed", "ecowitt/wn69lp light",
    "ecowitt/wn69lp pressure", "ecowitt/wn69lp rain", "ecowitt/wn69lp recent-rain",
    "ecowitt/wn69lp supply-voltage", "ecowitt/wn69lp temperature", "ecowitt/wn69lp uv-index",
    "ecowitt/wn69lp wind-speed", "ecowitt/wn90lp gust-speed", "ecowitt/wn90lp light",
    "ecowitt/wn90lp pressure", "ecowitt/wn90lp rain", "ecowitt/wn90lp rain-fine",
    "ecowitt/wn90lp temperature", "ecowitt/wn90lp uv-index", "ecowitt/wn90lp wind-speed",
    "keller/36xiw p1-pascal", "truebner/smt100 permittivity", "tsingsense/road-sensor state",
    "wirenboard/wb-m1w2 temperature1", "wirenboard/wb-m1w2 temperature2",
  ]

  /// They say which device it is.
  private static let identities = [
    "dfrobot/sen0575 product-id", "dfrobot/sen0575 vendor-id", "dfrobot/urm12 product-id",
    "dfrobot/urm14 product-id", "dfrobot/urm15 product-id", "ecowitt/wn90lp device-code",
    "in-situ/aqua-troll-400 oxygen-sensor",
  ]

  @Test func `a level is shown as finely as unit and decimal places allow`() throws {
    let shipped = try #require(ShippedProfile.all.first { $0.id == "qdy/qdy30a" })
    let level = try #require(shipped.profile.quantity("level"))
    for value in [-0.003, 0, 0.9876, 1.2345, 12.345, 327] {
      var device = try ModbusReadBack(
        shipped.profile, reading: [level],
        showing: [SimulatedQuantity(id: "level", source: .constant(value))])
      let reading = try #require(device.sample(of: 1)?.first)
      // A 16-bit number of five digits.
      #expect(abs(reading.value - value) <= max(abs(value) / 3_000, 0.000_01), "\(reading.value)")
    }
    #expect(throws: DeviceModelError.cannotShow("level", 4e4, profile: "qdy/qdy30a")) {
      try DeviceModel(
        profile: shipped.profile,
        quantities: [SimulatedQuantity(id: "level", source: .constant(4e4))])
    }
  }

  @Test func `of two quantities in the same registers one can be simulated`() throws {
    let shipped = try #require(ShippedProfile.all.first { $0.id == "qdy/qdy30a" })
    let both = ["level", "pressure"].map { SimulatedQuantity(id: $0, source: .constant(1)) }
    #expect(throws: DeviceModelError.sameRegisters("level", "pressure", profile: "qdy/qdy30a")) {
      try DeviceModel(profile: shipped.profile, quantities: both)
    }
    var model = try DeviceModel(profile: shipped.profile, quantities: [both[1]])
    #expect(throws: DeviceModelError.sameRegisters("level", "pressure", profile: "qdy/qdy30a")) {
      try model.drive(both[0])
    }
    #expect(model.value(of: "pressure", at: .zero) == 1)
  }
}

extension ProfileSweep {
  /// The quantities that were refused for this reason, each once.
  fileprivate func refused(for reason: Reason) -> [String] {
    Set(refusals.filter { $0.reason == reason }.map(\.quantity)).sorted()
  }
}
