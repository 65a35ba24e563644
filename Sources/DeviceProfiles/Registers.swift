/// One of the four tables of the Modbus data model.
public enum RegisterTable: String, Hashable, Sendable, CaseIterable {
  /// Read and written one bit at a time (function codes 1, 5, 15).
  case coil
  /// Read-only bits (function code 2).
  case discreteInput
  /// Read-only 16-bit registers (function code 4).
  case inputRegister
  /// 16-bit registers that may be written (function codes 3, 6, 16).
  case holdingRegister

  /// The function code that reads the table.
  public var readFunctionCode: UInt8 {
    switch self {
    case .coil: 1
    case .discreteInput: 2
    case .holdingRegister: 3
    case .inputRegister: 4
    }
  }

  /// True for the two tables of single bits.
  public var isBits: Bool { self == .coil || self == .discreteInput }
}

/// A run of neighbouring registers (or bits) of one table, as one transaction reads them.
public struct RegisterSpan: Hashable, Sendable {
  /// The table.
  public var table: RegisterTable
  /// The first address, counted from 0 as on the wire.
  public var address: UInt16
  /// How many registers or bits; at least 1.
  public var count: UInt16

  /// Makes a span.
  public init(table: RegisterTable, address: UInt16, count: UInt16) {
    self.table = table
    self.address = address
    self.count = count
  }

  /// The address behind the last one.
  public var end: Int { Int(address) + Int(count) }
}

/// What a device accepts in one read.
public struct ReadLimits: Hashable, Sendable {
  /// The most registers in one read; 125 by the Modbus specification.
  public var maximumRegisters: UInt16
  /// The most coils or discrete inputs in one read; 2000 by the Modbus specification.
  public var maximumBits: UInt16
  /// The most unused registers that a read may bridge between two wanted ones.
  public var maximumHole: UInt16
  /// Spans that must never be part of a read.
  public var forbidden: [RegisterSpan]
  /// True where every read must start at an even address.
  public var evenStart: Bool
  /// Registers that reading clears: no read for anything else holds them.
  public internal(set) var clearing: [RegisterSpan] = []

  /// Makes limits, by default those of the specification without bridging holes.
  public init(
    maximumRegisters: UInt16 = 125, maximumBits: UInt16 = 2000, maximumHole: UInt16 = 0,
    forbidden: [RegisterSpan] = [], evenStart: Bool = false
  ) {
    self.maximumRegisters = maximumRegisters
    self.maximumBits = maximumBits
    self.maximumHole = maximumHole
    self.forbidden = forbidden
    self.evenStart = evenStart
  }
}

/// How much time a device needs, all in milliseconds.
public struct DeviceTiming: Hashable, Sendable {
  /// How long to wait for the first byte of an answer.
  public var responseTimeoutMs: UInt32
  /// The inter-frame delay that the device needs between its answer and the next request; nil: 3.5
  /// characters.
  public var guardMs: UInt32?
  /// The shortest allowed time between two reads of the same value.
  public var minimumPeriodMs: UInt32
  /// How long after power-up the first answer may take.
  public var startupMs: UInt32
  /// How long after power-up values become trustworthy.
  public var warmupMs: UInt32
  /// How long the line must be idle after a write, while the device stores what was written.
  public var afterWriteMs: UInt32
  /// What a typical answer takes from the request's last byte to its own first byte.
  public var responseDelayMs: UInt32

  /// Makes timings; the defaults suit a quick device.
  public init(
    responseTimeoutMs: UInt32 = 500, guardMs: UInt32? = nil, minimumPeriodMs: UInt32 = 0,
    startupMs: UInt32 = 0, warmupMs: UInt32 = 0, afterWriteMs: UInt32 = 0,
    responseDelayMs: UInt32 = 5
  ) {
    self.responseTimeoutMs = responseTimeoutMs
    self.guardMs = guardMs
    self.minimumPeriodMs = minimumPeriodMs
    self.startupMs = startupMs
    self.warmupMs = warmupMs
    self.afterWriteMs = afterWriteMs
    self.responseDelayMs = responseDelayMs
  }
}

/// Line settings of a serial port; eight data bits always, as Modbus RTU demands.
public struct SerialSettings: Hashable, Sendable {
  /// The parity bit.
  public enum Parity: String, Hashable, Sendable, CaseIterable {
    /// No parity bit.
    case none
    /// Even parity.
    case even
    /// Odd parity.
    case odd
  }
  /// The rates that ports can be set to: those that the kernel knows and field devices use.
  public static let rates: [UInt32] = [
    300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200, 230_400, 460_800, 921_600,
  ]

  /// Bits per second; for a serial port, one of `rates`.
  public var baud: UInt32
  /// The parity bit.
  public var parity: Parity
  /// Stop bits, 1 or 2.
  public var stopBits: UInt8

  /// Makes settings.
  public init(baud: UInt32, parity: Parity, stopBits: UInt8) {
    self.baud = baud
    self.parity = parity
    self.stopBits = stopBits
  }

  /// Bits on the line for one byte: start bit, eight data bits, parity, stop bits.
  public var bitsPerByte: Int { 9 + (parity == .none ? 0 : 1) + Int(stopBits) }
}
