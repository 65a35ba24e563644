internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// The key `source` of a point: a device's quantity, a series from outside, or another point.

/// What may stand at `source`.
enum SourceKeys {
  static let series = "series"

  static var shapes: [Shape] {
    [
      .words([series]), .section(QuantitySourceKeys.self), .section(HealthSourceKeys.self),
      .section(PressureSourceKeys.self), .section(DistanceSourceKeys.self),
      .section(ElevationSourceKeys.self), .section(ExpressionSourceKeys.self),
    ]
  }
}

struct QuantitySourceKeys: Keys {
  let device = Key("device", .reference)
  let quantity = Key("quantity", .later(.text))
}

struct BurstKeys: Keys {
  let count = Key("count", .integer(Burst.counts))
  let spacing = Key("spacing", .later(.form(.duration)))
}

struct PressureSourceKeys: Keys {
  let levelFromPressure = Key("levelFromPressure", .section(LevelFromPressureKeys.self))
}

struct LevelFromPressureKeys: Keys {
  let point = Key("point", .reference)
  let sensorHeight = Key("sensorHeight", .length)
  let density = Key("density", .later(.text))
}

struct DistanceSourceKeys: Keys {
  let levelFromDistance = Key("levelFromDistance", .section(LevelFromDistanceKeys.self))
}

struct LevelFromDistanceKeys: Keys {
  let point = Key("point", .reference)
  let mountHeight = Key("mountHeight", .length)
}

struct ElevationSourceKeys: Keys {
  let elevationFromLevel = Key("elevationFromLevel", .section(ElevationFromLevelKeys.self))
}

struct ElevationFromLevelKeys: Keys {
  let point = Key("point", .reference)
}

struct ExpressionSourceKeys: Keys {
  let expression = Key("expression", .later(.text))
}

extension SiteReader {
  /// Standard gravity in m/s2, by definition (3rd CGPM, 1901).
  static let standardGravity = 9.80665

  private static let expectedSource = both(
    "series, {device, quantity}, {device or bus, health}, {levelFromPressure}, {levelFromDistance}, "
      + "{elevationFromLevel} or {expression}",
    "series、{device, quantity}、{device または bus, health}、{levelFromPressure}、{levelFromDistance}、"
      + "{elevationFromLevel}、{expression} のいずれか")

  mutating func readSource(_ point: Section<PointKeys>, unit: Unit?) -> ReadSource? {
    guard let node = point.source else { return nil }
    if node.plainText == SourceKeys.series {
      refuseBurst(point)
      return point.needed(\.period)?.duration(atLeast: .milliseconds(1))
        .map { ReadSource(source: .acquired, period: $0) }
    }
    guard node.isMappingNode else {
      node.report(expected: Self.expectedSource)
      return nil
    }
    if let section = Section<HealthSourceKeys>(node, with: \.health) {
      return readLinkSource(section, point: point, unit: unit)
    }
    guard let derived = readDerivedSource(node, unit: unit) else {
      return readDeviceSource(Section(node), point: point, unit: unit)
    }
    point.refuse(
      \.period,
      expected: both(
        "a point of its own; one that is computed has the period of its sources",
        "独立した観測点 (派生点の周期は元の観測点と同じ)"))
    refuseBurst(point)
    return derived
  }

  /// Only what a device delivers can be read in bursts.
  func refuseBurst(_ point: Section<PointKeys>) {
    point.refuse(
      \.burst,
      expected: both(
        "a point with {device, quantity} as source", "source が {device, quantity} の観測点"))
  }

  /// Reads a point that is computed from others. Nil where it is none; a source within is nil where it
  /// is one that could not be read.
  private mutating func readDerivedSource(_ node: YAMLNode, unit: Unit?) -> ReadSource?? {
    if let section = Section<PressureSourceKeys>(node, with: \.levelFromPressure) {
      return .some(section.levelFromPressure.flatMap { readLevel($0, unit: unit) })
    }
    if let section = Section<DistanceSourceKeys>(node, with: \.levelFromDistance) {
      return .some(section.levelFromDistance.flatMap { readLevel($0, unit: unit) })
    }
    if let section = Section<ElevationSourceKeys>(node, with: \.elevationFromLevel) {
      return .some(section.elevationFromLevel.flatMap { readElevation($0, unit: unit) })
    }
    if let section = Section<ExpressionSourceKeys>(node, with: \.expression) {
      return .some(section.expression.flatMap { readExpression($0, unit: unit) })
    }
    return nil
  }

  private func readLevel(_ section: Section<LevelFromDistanceKeys>, unit: Unit?) -> ReadSource? {
    let pointNode = section.point
    let base = section.mountHeight.map { (gain: -1.0, offset: $0) }
    return readDerived(section.node, of: pointNode, base, unit: unit, from: .length)
  }

  private func readElevation(
    _ section: Section<ElevationFromLevelKeys>, unit: Unit?
  ) -> ReadSource? {
    if datum == nil {
      section.node.report(
        expected: both("a site with a datum (site.datum)", "基準面 (site.datum) のあるサイト"))
    }
    let base = datum.map { (gain: 1.0, offset: $0.zeroHeight) }
    return readDerived(section.node, of: section.point, base, unit: unit, from: .length)
  }

  private func readLevel(_ section: Section<LevelFromPressureKeys>, unit: Unit?) -> ReadSource? {
    let pointNode = section.point
    let base = Self.levelFromPressure(section)
    return readDerived(section.node, of: pointNode, base, unit: unit, from: .pressure)
  }

  /// Level = sensor height + pressure / (density * g), all in SI units.
  private static func levelFromPressure(
    _ section: Section<LevelFromPressureKeys>
  ) -> (gain: Double, offset: Double)? {
    let height = section.sensorHeight
    let densityNode = section.density
    guard let height, let density = densityNode?.valueWithUnit(in: "kg/m3") else { return nil }
    guard density > 0 else {
      densityNode?.report(
        expected: both("a density above 0, such as 1000 kg/m3", "0 より大きい密度 (例: 1000 kg/m3)"))
      return nil
    }
    return (gain: 1 / (density * standardGravity), offset: height)
  }

  /// Reads a point that is computed from another one. `base` is gain and offset between the base
  /// units of the two; the points' own units are worked in here.
  private func readDerived(
    _ node: YAMLNode, of pointNode: YAMLNode?, _ base: (gain: Double, offset: Double)?,
    unit: Unit?, from dimension: Unit.Dimension
  ) -> ReadSource? {
    let index = pointNode.flatMap { pointNames.index(of: $0) }
    guard let pointNode, let index else { return nil }
    guard index < points.count else {
      pointNode.report(
        expected: both("a point that stands before this one", "この観測点より前にある観測点"))
      return nil
    }
    guard let source = points[index], let unit, let base else { return nil }
    guard source.unit.dimension == dimension else {
      pointNode.report(
        found: .value("\(source.description.id) in \(source.unit.code)"),
        expected: dimension == .pressure
          ? both("a point with a unit of pressure", "圧力の単位の観測点")
          : both("a point with a unit of length", "長さの単位の観測点"))
      return nil
    }
    guard unit.dimension == .length else {
      node.report(
        found: .value(unit.code),
        expected: both("a point with a unit of length", "長さの単位の観測点"))
      return nil
    }
    guard source.derivedDepth < CoreLimits.derivedDepth else {
      pointNode.report(
        expected: both(
          "at most \(CoreLimits.derivedDepth) derived points in a row",
          "連続する派生点は \(CoreLimits.derivedDepth) 個以下"))
      return nil
    }
    // The base units of pressure and length are Pa and m; neither has an offset.
    let gain =
      base.gain * (source.unit.numerator * unit.denominator)
      / (source.unit.denominator * unit.numerator)
    return ReadSource(
      source: .derived(
        from: PointIndex(rawValue: UInt16(index)), gain: gain,
        offset: base.offset * unit.denominator / unit.numerator),
      period: source.description.period, derivedDepth: source.derivedDepth + 1,
      roots: source.roots)
  }

  private mutating func readDeviceSource(
    _ section: Section<QuantitySourceKeys>, point: Section<PointKeys>, unit: Unit?
  ) -> ReadSource? {
    let index = section.device.flatMap { deviceNames.index(of: $0) }
    let quantityNode = section.quantity
    let quantityID = quantityNode?.string()
    guard let index, let quantityNode, let quantityID, let location = devices[index] else {
      _ = point.needed(\.period)?.duration()
      return nil
    }
    let profile = location.profile
    let period = readPeriod(point, of: profile)
    let burst = point.burst.flatMap { readBurst($0, of: profile, period: period) }
    guard let quantity = readPolled(quantityID, of: profile, at: quantityNode) else { return nil }
    guard quantity.modbus?.isReadable ?? true else {
      quantityNode.report(
        expected: both("a quantity that can be read", "読み出せる量"))
      return nil
    }
    guard let unit, let period else { return nil }
    guard
      let conversion = quantityNode.conversion(of: quantityID, in: quantity.unit, to: unit)
    else { return nil }
    let others = buses[location.bus].devices[location.device].points.lazy.map(\.quantity)
    if let other = others.first(where: { $0.isClearedTogether(with: quantity) }) {
      quantityNode.report(
        expected: both(
          "a quantity whose register no other point reads, as reading clears it; \(other.id) is read already",
          "読み出すと消えるレジスターなので、ほかの観測点が読まない量 (\(other.id) はすでに読み出し対象)"))
      return nil
    }
    buses[location.bus].devices[location.device].points.append(
      PolledPoint(
        point: PointIndex(rawValue: UInt16(points.count)), quantity: quantity,
        unitFactor: conversion.factor, unitOffset: conversion.offset, period: period,
        burst: burst))
    return ReadSource(
      source: .acquired, period: period, isTruth: quantity.isTruth,
      counting: quantity.modbus?.counting(unitFactor: conversion.factor), spacing: burst?.spacing)
  }

  /// The quantity `id` of `profile`, wherever its devices keep it.
  private func readPolled(
    _ id: String, of profile: DeviceProfile, at node: YAMLNode
  ) -> PolledQuantity? {
    guard let line = profile.line else {
      return readQuantity(id, of: profile, at: node).map { .modbus($0) }
    }
    guard let quantity = line.quantity(id) else {
      reportQuantity(id, known: line.quantities.map(\.id), of: profile, at: node)
      return nil
    }
    return .framed(quantity)
  }

  func readPeriod(_ point: Section<PointKeys>, of profile: DeviceProfile) -> TimeSpan? {
    let shortest = TimeSpan.milliseconds(
      Int64(max(profile.timing.minimumPeriodMs, profile.preparationMs)))
    guard let node = point.needed(\.period),
      let period = node.duration(atLeast: .milliseconds(1))
    else { return nil }
    guard period >= shortest else {
      node.report(
        expected: both(
          "at least \(shortest.written), the time that \(profile.id) needs",
          "\(shortest.written) 以上 (\(profile.id) に必要な時間)"))
      return nil
    }
    return period
  }

  /// Samples in quick succession: `{count, spacing}`, which fit into the period.
  func readBurst(
    _ section: Section<BurstKeys>, of profile: DeviceProfile, period: TimeSpan?
  ) -> Burst? {
    let count = section.count
    let shortest = TimeSpan.milliseconds(
      max(1, Int64(profile.timing.minimumPeriodMs), Int64(profile.preparationMs)))
    let spacing = section.spacing?.duration(atLeast: shortest)
    guard let count, let spacing, let period else { return nil }
    let longest = period.nanoseconds / Int64(count)
    guard spacing.nanoseconds <= longest else {
      let length = TimeSpan(nanoseconds: spacing.nanoseconds * Int64(count))
      section.node.report(
        found: .value("\(count) x \(spacing.written) = \(length.written)"),
        expected: both(
          "a burst that fits into the period of \(period.written)",
          "周期 \(period.written) に収まる連続サンプル"))
      return nil
    }
    return Burst(count: count, spacing: spacing)
  }

  /// The quantity `id` of `profile`.
  func readQuantity(
    _ id: String, of profile: DeviceProfile, at node: YAMLNode
  ) -> ProfileQuantity? {
    if let quantity = profile.quantity(id) { return quantity }
    reportQuantity(id, known: profile.quantities.map(\.id), of: profile, at: node)
    return nil
  }

  /// Says that `id` is no quantity of `profile`, and which there are.
  func reportQuantity(
    _ id: String, known ids: [String], of profile: DeviceProfile, at node: YAMLNode
  ) {
    if let near = nearMiss(of: id, among: ids) {
      node.report(
        expected: both(
          "a quantity of \(profile.id); did you mean \"\(near)\"?",
          "\(profile.id) の量 (もしかして \"\(near)\"?)"))
    } else {
      let list = ids.prefix(12).joined(separator: ", ") + (ids.count > 12 ? ", …" : "")
      node.report(
        expected: both(
          "a quantity of \(profile.id): \(list)", "\(profile.id) の量: \(list)"))
    }
  }
}

extension PolledQuantity {
  /// True where the value can only be 0 or 1.
  fileprivate var isTruth: Bool {
    switch self {
    case .modbus(let quantity): return quantity.field.width == 1 && !quantity.field.type.isFloat
    case .framed(let quantity):
      guard case .words(let words) = quantity.coding.field.format else { return false }
      return words.allSatisfy { $0.value == 0 || $0.value == 1 }
    }
  }
}

extension ProfileQuantity {
  /// How it counts up, in a unit that is `unitFactor` times its own; nil where it does not.
  fileprivate func counting(unitFactor: Double) -> SiteReader.Counting? {
    guard let counter else { return nil }
    let ratio = Double(coding.scaling.ratio.numerator) / Double(coding.scaling.ratio.denominator)
    let step = coding.companionScales.isEmpty ? ratio * unitFactor : nil
    var modulus = step
    for _ in 0..<counter.width { modulus = modulus.map { $0 * 2 } }
    return SiteReader.Counting(step: step, modulus: counter.resetsAtPowerUp ? nil : modulus)
  }
}

extension YAMLNode {
  /// How the quantity `id`, which has the UCUM code `code`, becomes a value in `unit`; nil, and said of
  /// this node, where it cannot.
  func conversion(of id: String, in code: String, to unit: Unit) -> UnitConversion? {
    if let conversion = UnitConversion(from: code, to: unit.code) { return conversion }
    report(
      found: .value("\(id) in \(code)"),
      expected: both(
        "a quantity that can be converted to \(unit.code)", "\(unit.code) に換算できる量"))
    return nil
  }
}

extension PolledQuantity {
  /// True where reading one of two quantities clears what the other would have shown.
  fileprivate func isClearedTogether(with other: PolledQuantity) -> Bool {
    guard let own = modbus, let other = other.modbus else { return false }
    return (own.isClearedByReading || other.isClearedByReading) && own.span.overlaps(other.span)
  }
}
