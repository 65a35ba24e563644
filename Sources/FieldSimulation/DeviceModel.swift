// FieldSimulation: where a simulated field's values come from, and how its devices answer.
// Values and state machines only: no I/O, no thread, no clock, no Foundation; a moment of the
// simulation is always an argument. Nothing here knows an adapter or a real port.

public import DetectionCore
public import DeviceProfiles
public import Polling

/// What a device answers to a request.
public enum DeviceAnswer: Hashable, Sendable {
  /// The registers that were asked for, or one word of 0 or 1 a bit.
  case words([UInt16])
  /// The write was carried out.
  case written
  /// A Modbus exception with this code.
  case exception(UInt8)
  /// No answer.
  case noAnswer

  /// Exception 2: the device does not know the address.
  public static let illegalAddress = DeviceAnswer.exception(2)
  /// Exception 3: the device does not take the value or the count.
  public static let illegalValue = DeviceAnswer.exception(3)
}

/// Why a device model cannot be made.
public enum DeviceModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The profile has no such quantity.
  case unknownQuantity(String, profile: String)
  /// Two sources were given for one quantity.
  case repeatedQuantity(String, profile: String)
  /// Two quantities that stand in the same registers were given a source each.
  case sameRegisters(String, String, profile: String)
  /// A source has a value for which the registers have no content, and which the device cannot call
  /// out of range either.
  case cannotShow(String, Double, profile: String)
  /// A quantity that cannot be read was given a source.
  case writeOnly(String, profile: String)
  /// The profile of a framed sensor has a message that none of its cases shows.
  case noExample(device: String)

  /// The error in one sentence.
  public var description: String {
    switch self {
    case .unknownQuantity(let id, let profile):
      "the profile \"\(profile)\" has no quantity \"\(id)\" that could be simulated"
    case .repeatedQuantity(let id, let profile):
      "the quantity \"\(id)\" of the profile \"\(profile)\" was given two sources"
    case .sameRegisters(let id, let other, let profile):
      "the quantities \"\(id)\" and \"\(other)\" of the profile \"\(profile)\" stand in the same "
        + "registers: only one of them can be simulated at a time"
    case .cannotShow(let id, let value, let profile):
      "the quantity \"\(id)\" of the profile \"\(profile)\" cannot be \(value): its registers hold no "
        + "such value, and the device has no way to say that it is out of range"
    case .writeOnly(let id, let profile):
      "the quantity \"\(id)\" of the profile \"\(profile)\" can only be written, so that no value "
        + "that it is given could be read"
    case .noExample(let device):
      "device \(device): its profile has a message that no case shows, so that nobody knows how the "
        + "sensor writes it"
    }
  }
}

/// One Modbus device of a simulated field: a profile whose quantities have sources.
///
/// What has no source answers 0, or whatever makes the profile's gates, unit codes and identity
/// checks pass; what has none and can be written keeps what is written to it. Unit codes and decimal
/// places stand so that the sources can be shown, as finely as they allow. A missing value
/// becomes the device's own error value or status, and no answer where it has neither. Addresses
/// that the profile does not know get exception 2. Moments are given as time since the simulation began.
public struct DeviceModel: Sendable {
  /// The device's profile.
  public let profile: DeviceProfile
  /// Its address on the bus.
  public let unit: UInt8
  /// One state a quantity of the profile, in the profile's order.
  var states: [QuantityState]
  /// What stands in the registers besides the quantities that have a source.
  var resting: RegisterImage

  /// Makes a device.
  ///
  /// - Parameters:
  ///   - profile: what the device is.
  ///   - unit: its address on the bus; nil: the profile's factory address.
  ///   - quantities: the sources; at most one a quantity of the profile.
  public init(
    profile: DeviceProfile, unit: UInt8? = nil, quantities: [SimulatedQuantity]
  ) throws(DeviceModelError) {
    self.profile = profile
    self.unit = unit ?? profile.defaultUnit
    for (index, given) in quantities.enumerated() {
      guard profile.quantity(given.id) != nil else {
        throw .unknownQuantity(given.id, profile: profile.id)
      }
      guard !quantities[..<index].contains(where: { $0.id == given.id }) else {
        throw .repeatedQuantity(given.id, profile: profile.id)
      }
    }
    states = profile.quantities.map { quantity in
      QuantityState(quantity, shown: quantities.first { $0.id == quantity.id })
    }
    resting = RegisterImage(profile)
    try checkSources()
    try settle()
  }

  /// Lets a quantity show something else from now on.
  public mutating func drive(_ quantity: SimulatedQuantity) throws(DeviceModelError) {
    guard let index = states.firstIndex(where: { $0.quantity.id == quantity.id }) else {
      throw .unknownQuantity(quantity.id, profile: profile.id)
    }
    let before = states[index]
    states[index] = QuantityState(before.quantity, shown: quantity)
    do {
      try checkSources()
      try settle()
    } catch {
      states[index] = before
      throw error
    }
  }

  /// Answers a request of the gateway and keeps what it wrote.
  public mutating func answer(to request: BusRequest, at time: TimeSpan) -> DeviceAnswer {
    switch request {
    case .read(let span): read(span, at: time)
    case .writeCoil(let address, let on):
      write(.coil, address: address, words: [on ? 1 : 0], at: time)
    case .writeRegister(let address, let value):
      write(.holdingRegister, address: address, words: [value], at: time)
    case .other(let function, let data): answer(function: function, data: data, at: time)
    }
  }

  /// What the device shows for the quantity `id` in the profile's unit; nil where it shows
  /// nothing, and for quantities that the profile does not know.
  public func value(of id: String, at time: TimeSpan) -> Double? {
    guard let state = states.first(where: { $0.quantity.id == id }) else { return nil }
    if state.hasSource || state.isDriven { return state.value(at: time) }
    guard case .value(let value) = state.quantity.decode(from: { resting[$0, $1] }) else {
      return nil
    }
    return value
  }

  /// From the first bit of a request to the last bit of a good answer: transmission of both and
  /// the profile's response delay. Over TCP (`serial` nil) the response delay alone.
  public func responseDelay(to request: BusRequest, serial: SerialSettings?) -> TimeSpan {
    let responseDelay = TimeSpan.milliseconds(Int64(profile.timing.responseDelayMs))
    guard let serial else { return responseDelay }
    let line = TransmissionTime(serial: serial)
    return TimeSpan(
      nanoseconds: line.time(request: request).nanoseconds + responseDelay.nanoseconds
        + line.time(answerTo: request).nanoseconds)
  }
}
