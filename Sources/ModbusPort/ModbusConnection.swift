import CModbus
public import DetectionCore
public import DeviceProfiles
import Glibc
public import Polling

/// A serial line, a Modbus TCP connection or a serial server. libmodbus opens it; requests are framed and
/// answers are found here, because libmodbus compares neither the unit of an answer over TCP, nor
/// finds an answer behind a stray byte or the adapter's own copy of the request.
///
/// No call takes longer than the given time-out plus the time of one frame; opening a TCP
/// connection takes at most `PollingLimits.connectTimeout` for each address of the host, plus the time of the
/// name's resolution. Made and used on one thread.
///
/// `@safe`: the context is owned by this value alone, handed out to nobody, made by `open` and
/// freed exactly once by `close`; libmodbus copies what it is given.
@safe
public struct ModbusConnection: ~Copyable, RegisterBus {
  /// What is connected to.
  public let link: Link
  private let prepare: @Sendable (_ descriptor: Int32) -> PortProblem?
  private var context: OpaquePointer?
  private var request: RequestFrame
  private var answer = AnswerSearch()

  /// How long the other end of a connection may leave what it was sent without its TCP
  /// acknowledgement: several retransmissions, and less than operators wait.
  static var unacknowledgedTimeout: TimeSpan { .seconds(15) }

  /// Makes a connection that is not open yet.
  ///
  /// - Parameters:
  ///   - link: What to connect to.
  ///   - prepare: Called with the descriptor of a serial port that was just opened; gives what
  ///     forbids using the port, or nil.
  public init(
    link: Link,
    prepare: @escaping @Sendable (_ descriptor: Int32) -> PortProblem? = { _ in nil }
  ) {
    self.link = link
    self.prepare = prepare
    request = RequestFrame(framing: link.framing)
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
    let descriptor = unsafe modbus_get_socket(made)
    if case .serial = link, let refusal = prepare(descriptor) {
      unsafe Self.release(made)
      throw .portUnavailable(refusal)
    }
    if case .serial = link { tcflush(descriptor, TCIOFLUSH) }
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
  /// - Throws: `BusFault.lineNeverIdle` where it is still not silent after
  ///   `PollingLimits.longestDrain`, `BusFault.portLost` where the port fails.
  public mutating func drain(silence: TimeSpan) throws(BusFault) {
    try LineDrain.run(
      descriptor: try descriptor(), silence: silence, limit: PollingLimits.longestDrain)
  }

  /// Replaces `words` by the span's contents, one word a register or bit.
  public mutating func read(
    unit: UInt8, span: RegisterSpan, timeout: TimeSpan, into words: inout [UInt16]
  ) throws(BusFault) {
    words.removeAll(keepingCapacity: true)
    let count = Int(span.count)
    let bytes = span.table.isBits ? (count + 7) / 8 : 2 * count
    guard (1...250).contains(bytes) else { throw .unexpectedAnswer }
    request.begin(unit: unit, function: span.table.readFunctionCode, form: .data(bytes: bytes))
    request.append(word: span.address)
    request.append(word: span.count)
    let body = try exchange(timeout: timeout)
    for index in 0..<count {
      let first = body.lowerBound + 1
      words.append(
        span.table.isBits
          ? UInt16(answer.heard[first + index / 8] >> UInt8(index % 8)) & 1
          : UInt16(answer.heard[first + 2 * index]) << 8
            | UInt16(answer.heard[first + 2 * index + 1]))
    }
  }

  /// Writes one coil.
  public mutating func writeCoil(
    unit: UInt8, address: UInt16, on: Bool, timeout: TimeSpan
  ) throws(BusFault) {
    try write(unit: unit, function: 5, address: address, value: on ? 0xFF00 : 0, timeout)
  }

  /// Writes one holding register.
  public mutating func writeRegister(
    unit: UInt8, address: UInt16, value: UInt16, timeout: TimeSpan
  ) throws(BusFault) {
    try write(unit: unit, function: 6, address: address, value: value, timeout)
  }

  private mutating func write(
    unit: UInt8, function: UInt8, address: UInt16, value: UInt16, _ timeout: TimeSpan
  ) throws(BusFault) {
    request.begin(unit: unit, function: function, form: .echo(bytes: 4))
    request.append(word: address)
    request.append(word: value)
    _ = try exchange(timeout: timeout)
  }

  /// Sends any other request, and replaces `bytes` by what the answer of the same function holds
  /// behind the function code, one byte a word; that to a write must repeat its address and value,
  /// or how much it wrote.
  public mutating func send(
    unit: UInt8, function: UInt8, data: [UInt8], timeout: TimeSpan, into bytes: inout [UInt16]
  ) throws(BusFault) {
    guard data.count <= Self.longestData else { throw .unexpectedAnswer }
    request.begin(
      unit: unit, function: function,
      form: RequestFrame.AnswerForm(function: function, data: data))
    for byte in data { request.append(byte) }
    let body = try exchange(timeout: timeout)
    bytes.removeAll(keepingCapacity: true)
    for byte in answer.heard[body] { bytes.append(UInt16(byte)) }
  }

  /// The most data of a request, by the Modbus specification.
  private static var longestData: Int { 252 }

  private func descriptor() throws(BusFault) -> Int32 {
    guard let context = unsafe context else { throw .portLost(EBADF) }
    return unsafe modbus_get_socket(context)
  }

  /// Sends the request and waits for its answer.
  ///
  /// - Returns: Where the contents of the answer stand in what was heard.
  private mutating func exchange(timeout: TimeSpan) throws(BusFault) -> Range<Int> {
    let descriptor = try descriptor()
    request.end()
    answer.begin()
    let start = LineDrain.monotonicNow()
    try Transmission.discardInput(of: descriptor, link: link)
    try Transmission.send(request.bytes, to: descriptor, link: link, until: start + timeout)
    var wait = AnswerWait(
      answerBy: start + max(timeout, .milliseconds(1)), gap: link.longestGap,
      completion: TimeSpan(
        nanoseconds: link.longestGap.nanoseconds + link.lineTime(of: request).nanoseconds))
    while true {
      let isHeard: Bool
      do throws(BusFault) {
        isHeard = try Transmission.hear(&answer, descriptor, link: link, wait: &wait)
      } catch {
        // Nothing comes any more that could tell the copy from the answer.
        if let body = wait.ambiguous { return body }
        throw error
      }
      switch isHeard ? answer.find(request) : .nothing {
      case .answer(let body): return body
      case .fault(let fault): throw fault
      case .ambiguous(let body): wait.ambiguous = body
      case .nothing: break
      }
      if wait.isOver || answer.isFull {
        if let body = wait.ambiguous { return body }
        throw answer.fault(of: request) ?? answer.faultAtEnd(of: request)
      }
      guard !isHeard, wait.ambiguous == nil else { continue }
      if let fault = answer.fault(of: request) { throw fault }
    }
  }
}

extension Link {
  var framing: ModbusFraming {
    switch self {
    case .serial, .rtuOverTCP: .rtu
    // `open` refuses a connection of raw bytes.
    case .tcp, .rawTCP: .tcp
    }
  }

  /// The longest pause inside an answer: what USB adapters (16 ms), busy kernels and slow lines can
  /// cause between two bytes, or what networks can, with a margin.
  var longestGap: TimeSpan {
    guard case .serial(_, let settings) = self else { return .milliseconds(500) }
    return TimeSpan(
      nanoseconds: TimeSpan.milliseconds(50).nanoseconds
        + TransmissionTime(serial: settings).time(bytes: 4).nanoseconds)
  }

  /// How long an answer to the request is on the line.
  func lineTime(of request: borrowing RequestFrame) -> TimeSpan {
    let bytes =
      switch request.form {
      case .data(let count): 5 + count
      case .echo(let count): 4 + count
      case .counted, .open: 256
      }
    return transmission?.time(bytes: bytes) ?? .zero
  }
}
