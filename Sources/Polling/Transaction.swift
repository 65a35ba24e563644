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
  /// The device's place in `BusPlan.devices`.
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

/// Something that is to be done with the port, and whose end is reported to
/// `BusSchedule.finished`.
public enum BusTask: Hashable, Sendable {
  /// Open the port.
  case open
  /// Close the port.
  case close
  /// Read and throw away what comes until the line has been silent for so long.
  case drain(silence: TimeSpan)
  /// Send a request and read its answer.
  case transact(Transaction)
}

/// What the owner of a schedule has to do next.
public enum BusAction: Hashable, Sendable {
  /// Nothing before that instant, unless an output is requested.
  case wait(until: Instant)
  /// Carry this out, then report to `BusSchedule.finished`.
  case perform(BusTask)
}

/// How a task ended.
public enum BusOutcome: Hashable, Sendable {
  /// As asked; after a read the words are in the caller's buffer.
  case done
  /// With a fault.
  case failed(BusFault)
}

/// The port of a bus: one connection to a serial line or a Modbus TCP server.
///
/// No method may block for longer than the times given to it allow.
public protocol RegisterBus: ~Copyable {
  /// Opens the port; does nothing where it is open.
  mutating func open() throws(BusFault)
  /// Closes the port; does nothing where it is closed.
  mutating func close()
  /// Throws away what comes until the line has been silent for `silence`; a line that is still
  /// not silent after `PollingLimits.longestDrain` is `BusFault.babble`.
  mutating func drain(silence: TimeSpan) throws(BusFault)
  /// Replaces `words` by the span's contents, one word a register or bit (0 or 1).
  mutating func read(
    unit: UInt8, span: RegisterSpan, timeout: TimeSpan, into words: inout [UInt16]
  ) throws(BusFault)
  /// Writes one coil.
  mutating func writeCoil(
    unit: UInt8, address: UInt16, on: Bool, timeout: TimeSpan
  ) throws(BusFault)
  /// Writes one holding register.
  mutating func writeRegister(
    unit: UInt8, address: UInt16, value: UInt16, timeout: TimeSpan
  ) throws(BusFault)
  /// Sends any other request, and replaces `bytes` by what the answer of the same function holds
  /// behind the function code, one byte a word; that to a write must repeat the first four bytes
  /// of `data`.
  mutating func send(
    unit: UInt8, function: UInt8, data: [UInt8], timeout: TimeSpan, into bytes: inout [UInt16]
  ) throws(BusFault)
}

extension RegisterBus where Self: ~Copyable {
  /// Carries out `task`; the words of a read, or the bytes of the answer to another request, replace
  /// `words`, which every other task empties.
  ///
  /// Give the same buffer each time, with room for `PollingLimits.wordsPerAnswer`: then nothing
  /// is allocated.
  public mutating func perform(_ task: BusTask, into words: inout [UInt16]) -> BusOutcome {
    words.removeAll(keepingCapacity: true)
    do throws(BusFault) {
      switch task {
      case .open: try open()
      case .close: close()
      case .drain(let silence): try drain(silence: silence)
      case .transact(let transaction):
        let unit = transaction.unit
        let timeout = transaction.timeout
        switch transaction.request {
        case .read(let span):
          try read(unit: unit, span: span, timeout: timeout, into: &words)
        case .writeCoil(let address, let on):
          try writeCoil(unit: unit, address: address, on: on, timeout: timeout)
        case .writeRegister(let address, let value):
          try writeRegister(unit: unit, address: address, value: value, timeout: timeout)
        case .other(let function, let data):
          try send(
            unit: unit, function: function, data: data, timeout: timeout, into: &words)
        }
      }
      return .done
    } catch {
      return .failed(error)
    }
  }
}
