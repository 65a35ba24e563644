public import DetectionCore
public import DeviceProfiles

/// What is written to an output, and what it reads as then.
struct WrittenField: Sendable {
  /// What one of the two states is in the device.
  private struct State: Sendable {
    /// The write; nil where the register's other bits must be read first.
    let request: BusRequest?
    /// The raw value of the quantity.
    let raw: UInt64
  }

  /// What is read back, and before the other bits of a register are kept.
  let span: RegisterSpan
  /// True where the device shows what was written.
  let isVerified: Bool
  /// True where the device switches off by itself.
  let hasTimer: Bool
  private let quantity: ProfileQuantity
  private let on: State
  private let off: State

  /// - Throws: `BusPlanError.unwritable` where the quantity cannot express the two values, or no request
  ///   writes it; `BusPlanError.untimable`.
  init(_ plan: WrittenOutput, limits: ReadLimits = ReadLimits()) throws(BusPlanError) {
    quantity = plan.quantity
    span = limits.aligned(plan.quantity.span)
    isVerified = plan.quantity.isReadable && plan.quantity.readback == .same
    hasTimer = plan.timer != nil
    off = try Self.state(plan.values.off, of: plan, request: nil)
    var timed: BusRequest?
    if let timer = plan.timer {
      timed = timer.timerRequest(for: plan.maximumOnTime)
      if timed == nil { throw .untimable(output: plan.output) }
    }
    on = try Self.state(plan.values.on, of: plan, request: timed)
  }

  private static func state(
    _ value: Double, of plan: WrittenOutput, request: BusRequest?
  ) throws(BusPlanError) -> State {
    let quantity = plan.quantity
    guard let words = quantity.encode(value),
      let raw = quantity.field.read(from: { words[Int($1 - quantity.field.address)] }),
      let plain = quantity.busRequest(words: words)
    else { throw .unwritable(output: plan.output, quantity.span) }
    return State(request: request ?? (quantity.keepsNeighbours ? nil : plain), raw: raw)
  }

  /// True where the rest of the register must be read before the write.
  func needsNeighbours(_ on: Bool) -> Bool { (on ? self.on : off).request == nil }

  /// The write that brings the output to a state.
  ///
  /// - Parameter words: What stands in the device now, for a field that `needsNeighbours`.
  func write(_ on: Bool, over words: [UInt16] = []) -> BusRequest? {
    let state = on ? self.on : off
    if let request = state.request { return request }
    let field = quantity.field
    guard let current = quantity.span.words(in: words, readAs: span) else { return nil }
    return quantity.busRequest(
      words: field.words(for: state.raw) { current[current.startIndex + Int($1 - field.address)] })
  }

  /// Whether what was read back is the state.
  func shows(_ on: Bool, in words: [UInt16]) -> Bool {
    let field = quantity.field
    let first = span.address
    let raw = field.read { _, address in
      let index = Int(address) - Int(first)
      return words.indices.contains(index) ? words[index] : nil
    }
    return raw == (on ? self.on : off).raw
  }

  /// True for a write of one of the two states, whatever the register's other bits.
  func permits(_ request: BusRequest) -> Bool {
    if request == on.request || request == off.request { return true }
    guard on.request == nil || off.request == nil else { return false }
    let field = quantity.field
    guard let words = request.writtenWords(at: quantity.span) else { return false }
    let raw = field.read { words[Int($1 - field.address)] }
    return raw == on.raw || raw == off.raw
  }
}

extension RegisterSpan {
  /// The span's own words in those of a read that may have begun earlier; nil where they are not all
  /// there.
  fileprivate func words(in words: [UInt16], readAs read: RegisterSpan) -> ArraySlice<UInt16>? {
    let first = Int(address) - Int(read.address)
    guard first >= 0, first + Int(count) <= words.count else { return nil }
    return words[first..<(first + Int(count))]
  }
}

extension BusRequest {
  /// The words that it writes to exactly these registers; nil where it does something else.
  fileprivate func writtenWords(at span: RegisterSpan) -> [UInt16]? {
    switch self {
    case .writeRegister(span.address, let value) where span.count == 1: return [value]
    case .other(function: 16, let data)
    where data.count == 5 + 2 * Int(span.count) && data.starts(with: span.address.bytes):
      return (0..<Int(span.count)).map {
        UInt16(data[5 + 2 * $0]) << 8 | UInt16(data[6 + 2 * $0])
      }
    case .read, .writeCoil, .writeRegister, .other: return nil
    }
  }
}

extension ProfileQuantity {
  /// The request that writes `words`, as `encode` gave them; nil where it cannot be written.
  func busRequest(words: [UInt16]) -> BusRequest? {
    guard let function = writeFunction, let bytes = writeRequest(words: words) else { return nil }
    return switch (function, field.type) {
    case (.singleCoil, .bit): .writeCoil(address: field.address, on: words[0] != 0)
    case (.singleRegister, _): .writeRegister(address: field.address, value: words[0])
    case (.singleCoil, _), (.multipleCoils, _), (.multipleRegisters, _), (.maskRegister, _):
      .other(function: function.rawValue, data: Array(bytes.dropFirst()))
    }
  }

  /// The write that sets an output for `time`, which the device then ends by itself; nil where this
  /// quantity is no such timer or does not take that time.
  public func timerRequest(for time: TimeSpan) -> BusRequest? {
    let value: Double
    switch unit {
    case "s": value = time.seconds
    case "ms": value = time.seconds * 1000
    default: return nil
    }
    guard timedOutput != nil, !keepsNeighbours, range?.contains(value) ?? true,
      let words = encode(value)
    else { return nil }
    return busRequest(words: words)
  }
}
