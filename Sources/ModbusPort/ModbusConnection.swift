import CModbus
public import DetectionCore
public import DeviceProfiles
import Glibc
public import Polling

/// A serial line, a Modbus TCP connection or a serial server, through libmodbus.
///
/// No call takes longer than the given time-out plus the time of one frame; opening a TCP
/// connection takes at most `connectTimeout` for each address of the host, plus the time of the
/// name's resolution. Made and used on one thread.
///
/// `@safe`: the context is owned by this value alone, handed out to nobody, made by `open` and
/// freed exactly once by `close`; libmodbus copies what it is given.
@safe
public struct ModbusConnection: ~Copyable, RegisterBus {
  /// What is connected to.
  public let link: BusLink
  private let prepare: @Sendable (_ descriptor: Int32) -> PortProblem?
  private var context: OpaquePointer?
  /// libmodbus gives a byte for each bit; as many as were read at once so far.
  private var bits: [UInt8] = []

  /// Longest wait for a TCP connection.
  static var connectTimeout: TimeSpan { .seconds(3) }
  /// How long a serial server may leave what it was sent without its TCP acknowledgement: several
  /// retransmissions, and less than operators wait.
  static var deadPeerTimeout: TimeSpan { .seconds(15) }

  /// Makes a connection that is not open yet.
  ///
  /// - Parameters:
  ///   - link: What to connect to.
  ///   - prepare: Called with the descriptor of a serial port that was just opened; gives what
  ///     forbids using the port, or nil.
  public init(
    link: BusLink,
    prepare: @escaping @Sendable (_ descriptor: Int32) -> PortProblem? = { _ in nil }
  ) {
    self.link = link
    self.prepare = prepare
    unsafe context = nil
  }

  deinit {
    if let context = unsafe context { unsafe Self.release(context) }
  }

  /// Opens the port; does nothing where it is open.
  ///
  /// - Throws: `BusFault.portUnavailable`. A serial port that another program has locked, as
  ///   this one locks its own, is in use.
  public mutating func open() throws(BusFault) {
    guard unsafe context == nil else { return }
    let made = try unsafe Self.connect(link)
    if let number = unsafe Self.claim(made, of: link) {
      unsafe Self.release(made)
      throw .portUnavailable(PortProblem(openErrno: number))
    }
    if case .serial = link, let refusal = prepare(unsafe modbus_get_socket(made)) {
      unsafe Self.release(made)
      throw .portUnavailable(refusal)
    }
    let (byteSeconds, byteMicroseconds) = byteTimeout.timeval
    unsafe modbus_set_byte_timeout(made, byteSeconds, byteMicroseconds)
    unsafe Self.discardInput(made, of: link)
    unsafe context = made
  }

  /// Closes the port; does nothing where it is closed.
  public mutating func close() {
    guard let open = unsafe context else { return }
    unsafe Self.release(open)
    unsafe context = nil
  }

  /// Throws away what comes until the line has been silent for `silence`.
  ///
  /// - Throws: `BusFault.babble` where it is still not silent after
  ///   `PollingLimits.longestDrain`, `BusFault.portLost` where the port fails.
  public mutating func drain(silence: TimeSpan) throws(BusFault) {
    guard let context = unsafe context else { throw .portLost(EBADF) }
    try LineDrain.run(
      descriptor: unsafe modbus_get_socket(context), silence: silence,
      limit: PollingLimits.longestDrain)
  }

  /// Replaces `words` by the span's contents, one word a register or bit.
  public mutating func read(
    unit: UInt8, span: RegisterSpan, timeout: TimeSpan, into words: inout [UInt16]
  ) throws(BusFault) {
    let context = try unsafe prepared(unit: unit, timeout: timeout)
    let address = Int32(span.address)
    let count = Int(span.count)
    words.removeAll(keepingCapacity: true)
    guard count <= PollingLimits.wordsPerAnswer else { throw .unexpectedAnswer }
    var result: Int32
    if span.table.isBits {
      if count > bits.count { bits = Array(repeating: 0, count: count) }
      result = unsafe bits.withUnsafeMutableBufferPointer { buffer in
        span.table == .coil
          ? unsafe modbus_read_bits(context, address, Int32(count), buffer.baseAddress)
          : unsafe modbus_read_input_bits(context, address, Int32(count), buffer.baseAddress)
      }
      guard result == Int32(count) else { throw Self.fault(result) }
      for index in 0..<count { words.append(UInt16(bits[index])) }
    } else {
      for _ in 0..<count { words.append(0) }
      result = unsafe words.withUnsafeMutableBufferPointer { buffer in
        span.table == .holdingRegister
          ? unsafe modbus_read_registers(context, address, Int32(count), buffer.baseAddress)
          : unsafe modbus_read_input_registers(context, address, Int32(count), buffer.baseAddress)
      }
      guard result == Int32(count) else {
        let fault = Self.fault(result)
        words.removeAll(keepingCapacity: true)
        throw fault
      }
    }
  }

  /// Writes one coil.
  public mutating func writeCoil(
    unit: UInt8, address: UInt16, on: Bool, timeout: TimeSpan
  ) throws(BusFault) {
    let context = try unsafe prepared(unit: unit, timeout: timeout)
    let result = unsafe modbus_write_bit(context, Int32(address), on ? 1 : 0)
    guard result == 1 else { throw Self.fault(result) }
  }

  /// Writes one holding register.
  public mutating func writeRegister(
    unit: UInt8, address: UInt16, value: UInt16, timeout: TimeSpan
  ) throws(BusFault) {
    let context = try unsafe prepared(unit: unit, timeout: timeout)
    let result = unsafe modbus_write_register(context, Int32(address), value)
    guard result == 1 else { throw Self.fault(result) }
  }

  /// Sends any other request, and replaces `bytes` by what the answer of the same function holds
  /// behind the function code, one byte a word; that to a write must repeat the first four bytes
  /// of `data`.
  public mutating func send(
    unit: UInt8, function: UInt8, data: [UInt8], timeout: TimeSpan, into bytes: inout [UInt16]
  ) throws(BusFault) {
    let context = try unsafe prepared(unit: unit, timeout: timeout)
    guard data.count <= Self.longestData else { throw .unexpectedAnswer }
    var request = [unit, function]
    request.append(contentsOf: data)
    guard unsafe modbus_send_raw_request(context, request, Int32(request.count)) >= 0 else {
      throw BusFault(callErrno: errno)
    }
    var answer = [UInt8](repeating: 0, count: Int(MODBUS_MAX_ADU_LENGTH))
    let length = unsafe modbus_receive_confirmation(context, &answer)
    guard length >= 0 else { throw BusFault(callErrno: errno) }
    // libmodbus leaves another unit's answer aside, and says so by a length of 0.
    guard length > 0 else { throw .wrongUnit }
    let header = Int(unsafe modbus_get_header_length(context))
    let checksum = link.transmission == nil ? 0 : 2
    guard Int(length) >= header + 2 + checksum else { throw .unexpectedAnswer }
    guard answer[header - 1] == unit else { throw .wrongUnit }
    let body = answer[(header + 1)..<(Int(length) - checksum)]
    if answer[header] == function | 0x80, let code = body.first { throw .exception(code) }
    let isWrite = [5, 6, 15, 16].contains(function)
    guard answer[header] == function, !isWrite || body.elementsEqual(data.prefix(4)) else {
      throw .unexpectedAnswer
    }
    bytes.removeAll(keepingCapacity: true)
    for byte in body { bytes.append(UInt16(byte)) }
  }

  /// The most data of a request, by the Modbus specification.
  private static var longestData: Int { 252 }

  /// The open context, aimed at `unit`, with nothing left over from earlier answers.
  private func prepared(unit: UInt8, timeout: TimeSpan) throws(BusFault) -> OpaquePointer {
    guard let context = unsafe context else { throw .portLost(EBADF) }
    guard unsafe modbus_set_slave(context, Int32(unit)) == 0 else { throw .wrongUnit }
    let (seconds, microseconds) = max(timeout, .milliseconds(1)).timeval
    unsafe modbus_set_response_timeout(context, seconds, microseconds)
    unsafe Self.discardInput(context, of: link)
    return unsafe context
  }

  /// The silence inside an answer that ends it as broken: what USB adapters (16 ms), busy
  /// kernels and slow lines can cause between two bytes, or what networks can, with a margin.
  private var byteTimeout: TimeSpan {
    guard case .serial(_, let settings) = link else { return .milliseconds(500) }
    return TimeSpan(
      nanoseconds: TimeSpan.milliseconds(50).nanoseconds
        + TransmissionTime(serial: settings).time(bytes: 4).nanoseconds)
  }

  /// The fault behind a call's result; a wrong count is an answer that does not fit.
  private static func fault(_ result: Int32) -> BusFault {
    result < 0 ? BusFault(callErrno: errno) : .unexpectedAnswer
  }
}
