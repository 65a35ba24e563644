public import DetectionCore
public import DeviceProfiles

/// What is written to an output, and where it is read back.
struct WrittenField: Sendable {
  let span: RegisterSpan
  let isVerified: Bool
  private let switchOn: BusRequest
  private let switchOff: BusRequest

  init(_ plan: WrittenOutput) throws(BusPlanError) {
    let quantity = plan.quantity
    span = quantity.span
    guard span.count == 1, span.table == .coil || span.table == .holdingRegister else {
      throw .unwritable(output: plan.output, span)
    }
    isVerified = quantity.isReadable && quantity.readback == .same
    func plain(_ on: Bool) -> BusRequest {
      plan.quantity.span.table == .coil
        ? .writeCoil(address: quantity.span.address, on: on)
        : .writeRegister(address: quantity.span.address, value: on ? 1 : 0)
    }
    switchOff = plain(false)
    guard let timer = plan.timer else {
      switchOn = plain(true)
      return
    }
    guard let request = timer.timerRequest(for: plan.maximumOnTime) else {
      throw .untimable(output: plan.output)
    }
    switchOn = request
  }

  func write(_ on: Bool) -> BusRequest { on ? switchOn : switchOff }
}

extension ProfileQuantity {
  /// The write that sets an output for `time`, which the device then ends by itself; nil where this
  /// quantity is no such timer or does not take that time.
  public func timerRequest(for time: TimeSpan) -> BusRequest? {
    let value: Double
    switch unit {
    case "s": value = time.seconds
    case "ms": value = time.seconds * 1000
    default: return nil
    }
    guard timedOutput != nil, isWritable, range?.contains(value) ?? true,
      let words = encode(value), words.count == 1
    else { return nil }
    let address = field.address
    return switch field.table {
    case .coil: .other(function: 5, data: address.bytes + words[0].bytes)
    case .holdingRegister: .writeRegister(address: address, value: words[0])
    case .discreteInput, .inputRegister: nil
    }
  }
}
