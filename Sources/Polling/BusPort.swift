public import DetectionCore
public import DeviceProfiles

/// Something that is to be done with the port, and whose end is reported to `BusEngine.finished`.
public enum BusTask: Hashable, Sendable {
  /// Open the port.
  case open
  /// Close the port.
  case close
  /// Read and throw away what comes until the line has been silent for so long.
  case drain(silence: TimeSpan)
  /// Send a Modbus request and read its answer.
  case transact(Transaction)
  /// Send these bytes.
  case send([UInt8])
  /// Wait for bytes until then, and take all that have come.
  case listen(until: Instant)
}

/// What the owner of an engine has to do next.
public enum BusAction: Hashable, Sendable {
  /// Nothing before that instant, unless an output or a period is requested.
  case wait(until: Instant)
  /// Carry this out, then report to `BusEngine.finished`.
  case perform(BusTask)
}

/// How a task ended.
public enum BusOutcome: Hashable, Sendable {
  /// As asked; after a read the words are in the caller's buffer.
  case done
  /// With a fault.
  case failed(BusFault)
}

/// The port of a bus: one connection to a serial line or a TCP server.
///
/// No method may block for longer than the times given to it allow.
public protocol BusPort: ~Copyable {
  /// Opens the port; does nothing where it is open.
  mutating func open() throws(BusFault)
  /// Closes the port; does nothing where it is closed.
  mutating func close()
  /// Throws away what comes until the line has been silent for `silence`; a line that is still
  /// not silent after `PollingLimits.longestDrain` is `BusFault.lineNeverIdle`.
  mutating func drain(silence: TimeSpan) throws(BusFault)
  /// Carries out a transaction; the words of a read, or the bytes of the answer to another request,
  /// one a word, replace `words`.
  mutating func transact(
    _ transaction: Transaction, into words: inout [UInt16]
  ) throws(BusFault)
  /// Sends all of `bytes`, and leaves what has come: part of it could be the beginning of something.
  mutating func send(_ bytes: [UInt8]) throws(BusFault)
  /// Replaces `words` by what has come, one byte a word; waits for it for no longer than `timeout`, and
  /// gives none when that is over.
  mutating func receive(timeout: TimeSpan, into words: inout [UInt16]) throws(BusFault)
}

extension BusPort where Self: ~Copyable {
  /// Carries out `task`; what came of it replaces `words`.
  ///
  /// Give the same buffer each time, with room for `PollingLimits.wordsHeardAtOnce`: then nothing
  /// is allocated.
  ///
  /// - Parameters:
  ///   - task: What to do.
  ///   - listening: How long `BusTask.listen` may wait, in real time.
  ///   - words: The answer to a read, one word a register or bit; of all others one word a byte.
  public mutating func perform(
    _ task: BusTask, listening: TimeSpan = .zero, into words: inout [UInt16]
  ) -> BusOutcome {
    words.removeAll(keepingCapacity: true)
    do throws(BusFault) {
      switch task {
      case .open: try open()
      case .close: close()
      case .drain(let silence): try drain(silence: silence)
      case .transact(let transaction): try transact(transaction, into: &words)
      case .send(let bytes): try send(bytes)
      case .listen: try receive(timeout: listening, into: &words)
      }
      return .done
    } catch {
      return .failed(error)
    }
  }
}

/// A port through which Modbus registers are reached.
public protocol RegisterBus: BusPort, ~Copyable {
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
  /// Carries out one request and waits for its answer.
  public mutating func transact(
    _ transaction: Transaction, into words: inout [UInt16]
  ) throws(BusFault) {
    let unit = transaction.unit
    let timeout = transaction.timeout
    switch transaction.request {
    case .read(let span): try read(unit: unit, span: span, timeout: timeout, into: &words)
    case .writeCoil(let address, let on):
      try writeCoil(unit: unit, address: address, on: on, timeout: timeout)
    case .writeRegister(let address, let value):
      try writeRegister(unit: unit, address: address, value: value, timeout: timeout)
    case .other(let function, let data):
      try send(unit: unit, function: function, data: data, timeout: timeout, into: &words)
    }
  }

  /// Not for a Modbus port: its engine never asks for it.
  public mutating func send(_ bytes: [UInt8]) throws(BusFault) {
    preconditionFailure("a Modbus port sends requests, not bytes")
  }

  /// Not for a Modbus port: its engine never asks for it.
  public mutating func receive(timeout: TimeSpan, into words: inout [UInt16]) throws(BusFault) {
    preconditionFailure("a Modbus port answers requests, and hears nothing else")
  }
}

/// A port that carries bytes as they are.
public protocol ByteLine: BusPort, ~Copyable {}

extension ByteLine where Self: ~Copyable {
  /// Not for a port of bytes: its engine listens all the time.
  public mutating func drain(silence: TimeSpan) throws(BusFault) {
    preconditionFailure("what comes through a port of bytes is heard, not thrown away")
  }

  /// Not for a port of bytes: its engine sends and listens.
  public mutating func transact(
    _ transaction: Transaction, into words: inout [UInt16]
  ) throws(BusFault) {
    preconditionFailure("a port of bytes carries no Modbus requests")
  }
}

extension PollingLimits {
  /// The most bytes that are taken from a line at once: what a kernel holds back of a serial port;
  /// more than the words of any Modbus answer.
  public static var wordsHeardAtOnce: Int { 4096 }
}
