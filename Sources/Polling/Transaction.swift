public import DetectionCore
public import DeviceProfiles

/// What is asked of one Modbus unit.
public enum BusRequest: Hashable, Sendable {
  /// Reads neighbouring registers or bits (function codes 1 to 4).
  case read(RegisterSpan)
  /// Writes one coil (function code 5).
  case writeCoil(address: UInt16, on: Bool)
  /// Writes one holding register (function code 6).
  case writeRegister(address: UInt16, value: UInt16)
  /// Any other request: function code and data, without unit address and checksum.
  case other(function: UInt8, data: [UInt8])

  /// Asks a device what it is (function code 17, report server id).
  public static var serverID: BusRequest { .other(function: 17, data: []) }
}

/// One request and the answer to it.
public struct Transaction: Hashable, Sendable {
  /// The device's index in `BusPlan.devices`.
  public var device: Int
  /// The Modbus unit address.
  public var unit: UInt8
  /// What is asked.
  public var request: BusRequest
  /// How long to wait for the first byte of the answer, counted from handing the request to
  /// the port: the request's own time on the line is included.
  public var timeout: TimeSpan

  /// Makes a transaction.
  public init(device: Int, unit: UInt8, request: BusRequest, timeout: TimeSpan) {
    self.device = device
    self.unit = unit
    self.request = request
    self.timeout = timeout
  }
}
