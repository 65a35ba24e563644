import DetectionCore
import DeviceProfiles
@testable import FieldSimulation
import Polling

/// Sets values of a profile's quantities in the simulation and reads them with the gateway's engine.
struct ProfileSweep {
  /// A value that did not come back.
  struct Refusal: Hashable {
    var quantity: String
    var reason: Reason
  }

  /// Why it did not.
  enum Reason: String, Hashable, CaseIterable {
    /// The quantity can only be written: the simulation takes no source for it.
    case writeOnly = "can only be written"
    /// The content for the value says something else, and the device cannot say that it is out of
    /// range: the simulation takes no such source.
    case cannotBeShown = "cannot be shown"
    /// The content for the value says something else: the device says that it is out of range, or
    /// invalid.
    case saysFault = "is told as a fault"
    /// With this value the device is another one, which the gateway does not read.
    case otherDevice = "is another device"
  }

  var random: SplitMix64
  private(set) var set = 0
  private(set) var readBack = 0
  private(set) var refusals: [Refusal] = []
  /// What should not be: in words.
  private(set) var failures: [String] = []

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// Sweeps all quantities of a profile, each alone.
  mutating func sweep(_ profile: DeviceProfile) throws {
    if let line = profile.line {
      for quantity in line.quantities { try sweep(quantity, of: profile) }
    } else {
      for quantity in profile.quantities { try sweep(quantity, of: profile) }
    }
  }

  /// A value between two ends, or one of them.
  private mutating func values(_ range: ClosedRange<Double>) -> [Double] {
    let inside = (0..<5).map { _ in
      range.lowerBound + random.nextUnit() * (range.upperBound - range.lowerBound)
    }
    return [range.lowerBound, range.upperBound] + inside
  }

  private mutating func note(
    _ reading: Reading?, of value: Double, refusal: Reason?, tolerance: Double = 0, _ name: String
  ) {
    set += 1
    switch (refusal, reading) {
    case (.cannotBeShown?, nil):
      refusals.append(Refusal(quantity: name, reason: .cannotBeShown))
    case (let reason?, let reading?) where !reading.value.isFinite:
      refusals.append(Refusal(quantity: name, reason: reason))
    case (nil, let reading?)
    where reading.flag == .notEvaluated && abs(reading.value - value) <= tolerance:
      readBack += 1
    case (_, let reading):
      let found = reading.map { "\($0.value) \($0.flag)" } ?? "nothing"
      failures.append("\(name): \(value) was read as \(found), tolerance \(tolerance)")
    }
  }

  // MARK: Modbus

  private mutating func sweep(_ quantity: ProfileQuantity, of profile: DeviceProfile) throws {
    let name = "\(profile.id) \(quantity.id)"
    guard quantity.isReadable else {
      do {
        _ = try DeviceModel(
          profile: profile, quantities: [SimulatedQuantity(id: quantity.id, source: .constant(0))])
        failures.append("\(name): a source was taken for what cannot be read")
      } catch DeviceModelError.writeOnly {
        refusals.append(Refusal(quantity: name, reason: .writeOnly))
      }
      return
    }
    var device = try ModbusReadBack(profile, reading: [quantity], showing: [])
    for value in values(of: quantity) {
      do {
        try device.model.drive(SimulatedQuantity(id: quantity.id, source: .constant(value)))
      } catch DeviceModelError.cannotShow {
        note(nil, of: value, refusal: Self.refusal(of: value, quantity, profile), name)
        continue
      }
      _ = device.sample(of: 1)
      let reading = device.sample(of: 1)?.first
      note(
        reading, of: value, refusal: Self.refusal(of: value, quantity, profile),
        tolerance: device.resolution(of: quantity, at: value), name)
    }
    if !device.refusals.isEmpty {
      failures.append("\(name): \(device.refusals.prefix(2))")
    }
  }

  /// The ends of what a quantity can be, and values between them.
  private mutating func values(of quantity: ProfileQuantity) -> [Double] {
    if !quantity.labels.isEmpty {
      return quantity.labels.compactMap { label in
        if case .value(let value) = quantity.decode(
          words: quantity.field.words(for: label.raw))
        {
          value
        } else {
          nil
        }
      } + [0]
    }
    return values(quantity.range ?? Self.range(of: quantity))
  }

  /// What a field can hold, where the maker says nothing of a range.
  private static func range(of quantity: ProfileQuantity) -> ClosedRange<Double> {
    let field = quantity.field
    if field.type.isFloat { return -1_000...1_000 }
    let isSigned = field.type.isSigned && field.bits == nil
    // Doubles are exact up to 2⁵³.
    let bits = min(Int(field.width) - (isSigned ? 1 : 0), 53)
    let most = (0..<bits).reduce(1.0) { power, _ in power * 2 } - 1
    let ends = [isSigned ? -most - 1 : 0, most].map { number in
      let scaling = quantity.coding.scaling
      return (number + scaling.before) * Double(scaling.ratio.numerator)
        / Double(scaling.ratio.denominator) + scaling.after
    }
    let usual = quantity.coding.companionScales.isEmpty ? ends : ends.map { $0 / 1_000 }
    return min(usual[0], usual[1])...max(usual[0], usual[1])
  }

  /// Why a value should not come back; nil where it should.
  private static func refusal(
    of value: Double, _ quantity: ProfileQuantity, _ profile: DeviceProfile
  ) -> Reason? {
    let coding = quantity.coding
    guard coding.companionScales.isEmpty else { return nil }
    let scaling = coding.scaling
    let number =
      (value - scaling.after) * Double(scaling.ratio.denominator)
      / Double(scaling.ratio.numerator) - scaling.before
    guard let raw = quantity.field.raw(of: number) else { return .saysFault }
    if coding.sentinels.contains(where: { $0.pattern == .raw(raw) }) {
      let faults: [Fault] = [value > 0 ? .overflow : .underflow, .invalid]
      let canSay = coding.sentinels.contains { faults.contains($0.fault) } || !coding.gates.isEmpty
      return canSay ? .saysFault : .cannotBeShown
    }
    return profile.isTold(by: raw, in: quantity.field) ? .otherDevice : nil
  }

  /// Sets all quantities at once that a device can show side by side, and reads them together.
  mutating func sweepTogether(_ profile: DeviceProfile) throws {
    guard profile.line == nil else { return try sweepTogetherFramed(profile) }
    let quantities = profile.independentQuantities
    let shown = quantities.map { quantity in
      let possible = values(of: quantity).filter { Self.refusal(of: $0, quantity, profile) == nil }
      return SimulatedQuantity(id: quantity.id, source: .constant(possible[possible.count / 2]))
    }
    guard !quantities.isEmpty else { return }
    var device = try ModbusReadBack(profile, reading: quantities, showing: shown)
    let readings = device.sample(of: quantities.count)
    for (index, quantity) in quantities.enumerated() {
      let value = device.model.value(of: quantity.id, at: .zero) ?? .nan
      note(
        readings?[index], of: value, refusal: nil,
        tolerance: device.resolution(of: quantity, at: value),
        "\(profile.id) \(quantity.id), beside others")
    }
  }

  private mutating func sweepTogetherFramed(_ profile: DeviceProfile) throws {
    let quantities = profile.line?.quantities ?? []
    let values = quantities.map { quantity in
      let possible = self.values(of: quantity)
      return possible[possible.count / 2]
    }
    var sensor = try FramedReadBack(
      profile, reading: quantities,
      showing: zip(quantities, values).map {
        SimulatedQuantity(id: $0.id, source: .constant($1))
      })
    _ = sensor.sample(of: quantities.count)
    let readings = sensor.sample(of: quantities.count)
    for (index, quantity) in quantities.enumerated() {
      note(
        readings?[index], of: values[index], refusal: nil,
        tolerance: sensor.step(of: quantity) * 0.5000001 + abs(values[index]) * 1e-12,
        "\(profile.id) \(quantity.id), beside others")
    }
  }

  // MARK: Framed

  private mutating func sweep(_ quantity: FramedQuantity, of profile: DeviceProfile) throws {
    let name = "\(profile.id) \(quantity.id)"
    var sensor = try FramedReadBack(profile, reading: [quantity], showing: [])
    for value in values(of: quantity) {
      try sensor.model.drive(SimulatedQuantity(id: quantity.id, source: .constant(value)))
      _ = sensor.sample(of: 1)
      let reading = sensor.sample(of: 1)?.first
      note(
        reading, of: value, refusal: nil,
        tolerance: sensor.step(of: quantity) * 0.5000001 + abs(value) * 1e-12, name)
    }
  }

  private mutating func values(of quantity: FramedQuantity) -> [Double] {
    switch quantity.field.format {
    case .words(let words): words.map(\.value)
    case .bytes, .hexadecimal: values(quantity.range ?? 0...100)
    case .decimal, .degreesMinutes, .text: values(quantity.range ?? 0...900)
    }
  }
}

extension DeviceProfile {
  /// True where a device with this content in `field` is not the profile's.
  fileprivate func isTold(by raw: UInt64, in field: RawField) -> Bool {
    identity.contains { check in
      guard case .field(let told, _, let accepted) = check, told.span == field.span else {
        return false
      }
      let shift = UInt64(field.bits?.shift ?? 0)
      let ones = (UInt64(1) << UInt64(field.width)) &- 1
      return !accepted.contains { ($0 >> shift) & ones == raw }
    }
  }

  /// The quantities that can be read and neither decide about others or who the device is, nor share
  /// their registers with one before them.
  fileprivate var independentQuantities: [ProfileQuantity] {
    let companions = quantities.flatMap { quantity in
      quantity.coding.gates.map(\.companion) + quantity.coding.companionScales.map(\.companion)
    }
    var independent: [ProfileQuantity] = []
    for quantity in quantities where quantity.isReadable && !companions.contains(quantity.id) {
      let isShared = independent.contains { $0.field.sharesBits(with: quantity.field) }
      let isIdentity = identity.contains { check in
        if case .field(let field, _, _) = check { return field.span == quantity.span }
        return false
      }
      if !isShared, !isIdentity { independent.append(quantity) }
    }
    return independent
  }
}
