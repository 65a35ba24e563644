public import DetectionCore
public import DeviceProfiles

/// What is done before anything else with a device that is heard for the first time, that has come
/// back, or whose port was opened: it must be the one of the profile, and is set up.
struct DeviceStartup: Sendable {
  /// One request.
  enum Step: Sendable {
    /// Read what must be one of the check's values; anything else is another device.
    case identify(IdentityCheck, RegisterSpan)
    /// Ask for the text of function code 17, which must be as the check says.
    case inquire(IdentityCheck)
    /// Write a setting.
    case write(BusRequest)
    /// Read the setting back, which must be this.
    case verify(RegisterSpan, word: UInt16)

    var request: BusRequest {
      switch self {
      case .identify(_, let span), .verify(let span, _): .read(span)
      case .inquire: .serverID
      case .write(let request): request
      }
    }
  }

  let steps: [Step]
  /// The step that is next; the number of steps when all are done.
  private(set) var next = 0

  /// - Throws: `BusPlanError.unsettable` where the device cannot take the fail-safe time.
  init(_ device: ModbusDevice, id: String) throws(BusPlanError) {
    let limits = device.profile.limits
    let checks = device.ignoresIdentity ? [] : device.profile.identity
    var steps: [Step] = checks.map { check in
      switch check {
      case .field(let field, _, _): .identify(check, limits.aligned(field.span))
      case .serverText: .inquire(check)
      }
    }
    if let time = device.failSafe {
      guard let (quantity, word) = device.profile.watchdogSetting(for: time) else {
        throw .unsettable(device: id)
      }
      steps.append(.write(.writeRegister(address: quantity.span.address, value: word)))
      if quantity.isReadable, quantity.readback == .same {
        steps.append(.verify(limits.aligned(quantity.span), word: word))
      }
    }
    self.steps = steps
  }

  /// The step that must be done before anything else, if any.
  var due: Step? { next < steps.count ? steps[next] : nil }

  /// The request that tells the device from others, if one does.
  var identity: BusRequest? {
    switch steps.first {
    case .identify?, .inquire?: steps.first?.request
    case .write?, .verify?, nil: nil
    }
  }

  /// The due step was done.
  mutating func advance() { next += 1 }

  /// The device may be another one now, or have forgotten its settings.
  mutating func restart() { next = 0 }
}

extension DeviceStartup.Step {
  /// What the end of the step says of the device.
  func verdict(on outcome: BusOutcome, words: [UInt16]) -> BusOutcome {
    switch (self, outcome) {
    case (.identify(let check, let span), .done):
      let holds = check.holds { table, address in
        let index = Int(address) - Int(span.address)
        return table == span.table && words.indices.contains(index) ? words[index] : nil
      }
      return holds == true ? .done : .failed(.wrongDevice)
    case (.inquire(let check), .done):
      let text = ServerText.read(words) ?? ""
      return check.holds(in: { _, _ in nil }, serverText: text) == true
        ? .done : .failed(.wrongDevice)
    // The device of the profile has this register, or knows this function.
    case (.identify, .failed(.exception(1...3))), (.inquire, .failed(.exception(1...3))):
      return .failed(.wrongDevice)
    case (.verify(let span, let word), .done):
      // Reads may begin one register earlier, where the device wants even addresses.
      return span.count > 0 && words.last == word ? .done : .failed(.notVerified)
    case (.write, _), (.identify, .failed), (.inquire, .failed), (.verify, .failed): return outcome
    }
  }
}

extension DeviceProfile {
  /// The quantity that is the device's watchdog, and the word that sets it to `time` in whole
  /// seconds; nil where the device has none, or where it does not take that time.
  public func watchdogSetting(for time: TimeSpan) -> (quantity: ProfileQuantity, word: UInt16)? {
    let seconds = time.seconds.rounded(.down)
    guard let watchdog, let quantity = quantity(watchdog),
      quantity.span.table == .holdingRegister, quantity.unit == "s", seconds > 0,
      quantity.range?.contains(seconds) ?? true,
      let words = quantity.encode(seconds), words.count == 1
    else { return nil }
    return (quantity, words[0])
  }
}
