import CModbus
import DetectionCore
public import DeviceProfiles
import Glibc
import Polling

/// What a master asks of a unit; always a span that can be: 1 to 2000 bits or 125 registers, none
/// behind address 65535.
public enum ServerRequest: Hashable, Sendable {
  /// The contents of a span, one word a register or bit.
  case read(RegisterSpan)
  /// To set a span to these words.
  case write(RegisterSpan, [UInt16])
}

/// What a unit answers.
public enum ServerAnswer: Hashable, Sendable {
  /// The words that were asked for, exactly as many.
  case words([UInt16])
  /// A write was carried out.
  case written
  /// A Modbus exception.
  case exception(UInt8)
  /// Nothing, as a unit that is off.
  case noAnswer
}

/// How frames stand on the descriptor of a server.
public enum ModbusFraming: Hashable, Sendable {
  /// With unit and checksum; requests to other units are left alone.
  case rtu
  /// With the header of Modbus TCP; every unit address is answered.
  case tcp
}

/// How a call to `ModbusServer.serve` ended.
public enum ServerEvent: Hashable, Sendable {
  /// Nothing came in the given time.
  case idle
  /// A request to this unit was handled.
  case served
  /// Something that is no request to this unit was heard and left alone.
  case ignored
  /// The other side closed the line.
  case closed
}

/// One unit on a line: takes requests from a descriptor that is already open and answers them,
/// with libmodbus's own server side.
///
/// `@safe`: the context is owned by this value alone, made by `init` and freed by `deinit`; the
/// tables that libmodbus reads and writes live on the stack of the call that lends them.
@safe
public struct ModbusServer: ~Copyable {
  private let descriptor: Int32
  private let unit: UInt8
  private let framing: ModbusFraming
  private var context: OpaquePointer
  private var request = [UInt8](repeating: 0, count: Int(MODBUS_MAX_ADU_LENGTH))

  /// Makes the server of `unit` on an open descriptor, which stays its opener's to close.
  ///
  /// - Returns: nil where the unit address is not allowed.
  public init?(fileDescriptor: Int32, unit: UInt8, framing: ModbusFraming = .rtu) {
    guard let made = unsafe Self.makeContext(fileDescriptor, unit, framing) else { return nil }
    descriptor = fileDescriptor
    self.unit = unit
    self.framing = framing
    unsafe context = made
  }

  deinit { unsafe modbus_free(context) }

  /// Waits at most `timeoutMs` for a request and has `handler` answer it.
  public mutating func serve(
    timeoutMs: Int32, handler: (ServerRequest) -> ServerAnswer
  ) -> ServerEvent {
    var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let ready = unsafe poll(&waited, 1, timeoutMs)
    if ready == 0 || (ready < 0 && errno == EINTR) { return .idle }
    if ready < 0 { return .closed }
    let length = unsafe request.withUnsafeMutableBufferPointer { buffer in
      unsafe modbus_receive(context, buffer.baseAddress)
    }
    guard length > 0 else {
      if length < 0, case .portLost = BusFault(callErrno: errno) { return .closed }
      return leaveAlone()
    }
    answer(length: length, handler: handler)
    return .served
  }

  /// Skips what was not for this unit up to the next pause, as a real unit does; libmodbus
  /// would take the next frame for another unit's answer, which never comes from an absent one.
  private mutating func leaveAlone() -> ServerEvent {
    do throws(BusFault) {
      try LineDrain.run(
        descriptor: descriptor, silence: .milliseconds(1), limit: .milliseconds(500))
    } catch {
      if error != .lineNeverIdle { return .closed }
    }
    if let fresh = unsafe Self.makeContext(descriptor, unit, framing) {
      unsafe modbus_free(context)
      unsafe context = fresh
    }
    return .ignored
  }

  private func answer(length: Int32, handler: (ServerRequest) -> ServerAnswer) {
    guard let asked = parsedRequest(length: Int(length)) else {
      reply(exception: 1)
      return
    }
    if let code = asked.exception {
      reply(exception: code)
      return
    }
    switch (handler(asked), asked) {
    case (.noAnswer, _): return
    case (.exception(let code), _): reply(exception: code)
    case (.words(let words), .read(let span)) where words.count == Int(span.count):
      reply(length: length, span: span, words: words)
    case (.written, .write(let span, let words)): reply(length: length, span: span, words: words)
    // An answer that does not fit its request: a defect of the unit's model.
    default: reply(exception: 4)
    }
  }

  private func reply(exception code: UInt8) {
    unsafe request.withUnsafeBufferPointer { buffer in
      _ = unsafe modbus_reply_exception(context, buffer.baseAddress, UInt32(code))
    }
  }

  /// Lets libmodbus make the reply from tables that hold just the asked span.
  private func reply(length: Int32, span: RegisterSpan, words: [UInt16]) {
    var registers = words
    var bits = words.map { UInt8($0 == 0 ? 0 : 1) }
    let first = Int32(span.address)
    let count = Int32(span.count)
    unsafe bits.withUnsafeMutableBufferPointer { bits in
      unsafe registers.withUnsafeMutableBufferPointer { registers in
        var mapping = unsafe modbus_mapping_t(
          nb_bits: count, start_bits: first, nb_input_bits: count, start_input_bits: first,
          nb_input_registers: count, start_input_registers: first, nb_registers: count,
          start_registers: first, tab_bits: bits.baseAddress, tab_input_bits: bits.baseAddress,
          tab_input_registers: registers.baseAddress, tab_registers: registers.baseAddress)
        unsafe request.withUnsafeBufferPointer { buffer in
          _ = unsafe modbus_reply(context, buffer.baseAddress, length, &mapping)
        }
      }
    }
  }
}

extension ServerRequest {
  /// The exception that the specification wants for a span that no unit has, or nil.
  fileprivate var exception: UInt8? {
    let (span, maximum) =
      switch self {
      case .read(let span):
        (span, span.table.isBits ? MODBUS_MAX_READ_BITS : MODBUS_MAX_READ_REGISTERS)
      case .write(let span, _):
        (span, span.table.isBits ? MODBUS_MAX_WRITE_BITS : MODBUS_MAX_WRITE_REGISTERS)
      }
    if span.count == 0 || span.count > maximum { return 3 }
    return span.end > 0x1_0000 ? 2 : nil
  }
}

extension ModbusServer {
  /// What the received frame asks, or nil for functions that units here do not have.
  private func parsedRequest(length: Int) -> ServerRequest? {
    let header = Int(unsafe modbus_get_header_length(context))
    func word(_ offset: Int) -> UInt16 {
      UInt16(request[header + offset]) << 8 | UInt16(request[header + offset + 1])
    }
    guard length >= header + 5 else { return nil }
    let address = word(1)
    let value = word(3)
    switch request[header] {
    case 1: return .read(RegisterSpan(table: .coil, address: address, count: value))
    case 2: return .read(RegisterSpan(table: .discreteInput, address: address, count: value))
    case 3: return .read(RegisterSpan(table: .holdingRegister, address: address, count: value))
    case 4: return .read(RegisterSpan(table: .inputRegister, address: address, count: value))
    case 5:
      let span = RegisterSpan(table: .coil, address: address, count: 1)
      return .write(span, [value])
    case 6:
      let span = RegisterSpan(table: .holdingRegister, address: address, count: 1)
      return .write(span, [value])
    case 15:
      let span = RegisterSpan(table: .coil, address: address, count: value)
      guard length >= header + 6 + (Int(value) + 7) / 8 else {
        return nil
      }
      return .write(
        span,
        (0..<Int(value)).map { UInt16(request[header + 6 + $0 / 8] >> UInt8($0 % 8)) & 1 })
    case 16:
      let span = RegisterSpan(table: .holdingRegister, address: address, count: value)
      guard length >= header + 6 + 2 * Int(value) else {
        return nil
      }
      return .write(span, (0..<Int(value)).map { word(6 + 2 * $0) })
    default: return nil
    }
  }

  private static func makeContext(
    _ descriptor: Int32, _ unit: UInt8, _ framing: ModbusFraming
  ) -> OpaquePointer? {
    // The names are never used: the descriptor is open already.
    let made =
      switch framing {
      case .rtu: unsafe modbus_new_rtu("descriptor", 9600, CChar(0x4E), 8, 1)
      case .tcp: unsafe modbus_new_tcp("127.0.0.1", 0)
      }
    guard let made = unsafe made else { return nil }
    guard descriptor >= 0, descriptor < 1024, unsafe modbus_set_slave(made, Int32(unit)) == 0,
      unsafe modbus_set_socket(made, descriptor) == 0
    else {
      unsafe modbus_free(made)
      return nil
    }
    // Some exceptions make libmodbus wait for so long before it answers.
    unsafe modbus_set_response_timeout(made, 0, 1000)
    unsafe modbus_set_byte_timeout(made, 0, 100_000)
    return unsafe made
  }
}
