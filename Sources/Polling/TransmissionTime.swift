public import DetectionCore
public import DeviceProfiles

/// How long Modbus RTU frames occupy a serial line.
///
/// Source: Modbus over Serial Line V1.02, section 2.5.1 (frame, 3.5 characters of pause,
/// 1.75 ms above 19200 baud).
public struct TransmissionTime: Hashable, Sendable {
  /// The line's settings.
  public let serial: SerialSettings

  /// Makes the times of a line; its baud rate must not be 0.
  public init(serial: SerialSettings) {
    precondition(serial.baud > 0, "a line of 0 baud carries nothing")
    self.serial = serial
  }

  /// The pause that separates two frames.
  public var interFrameDelay: TimeSpan {
    if serial.baud > 19200 { return TimeSpan(nanoseconds: 1_750_000) }
    // 3.5 characters, in tenths of a bit to stay with whole numbers.
    return span(tenthsOfBits: Int64(35 * serial.bitsPerByte))
  }

  /// How long `count` bytes take, rounded up to a nanosecond.
  public func time(bytes count: Int) -> TimeSpan {
    span(tenthsOfBits: Int64(10 * serial.bitsPerByte) * Int64(count))
  }

  /// How long the request takes.
  public func time(request: BusRequest) -> TimeSpan { time(bytes: request.requestBytes) }

  /// How long a good answer to the request takes.
  public func time(answerTo request: BusRequest) -> TimeSpan { time(bytes: request.answerBytes) }

  /// Everything from the request's first bit to the moment when the next request may start.
  ///
  /// - Parameters:
  ///   - request: What is asked.
  ///   - responseDelay: From the request's last bit to the answer's first.
  ///   - guardTime: Pause that the device needs after its answer, if more than `interFrameDelay`.
  public func transaction(
    _ request: BusRequest, responseDelay: TimeSpan, guardTime: TimeSpan = .zero
  ) -> TimeSpan {
    TimeSpan(
      nanoseconds: time(request: request).nanoseconds + responseDelay.nanoseconds
        + time(answerTo: request).nanoseconds + max(interFrameDelay, guardTime).nanoseconds)
  }

  private func span(tenthsOfBits: Int64) -> TimeSpan {
    let baud = Int64(serial.baud)
    return TimeSpan(nanoseconds: (tenthsOfBits * 100_000_000 + baud - 1) / baud)
  }
}

extension BusRequest {
  /// Length of the RTU request: unit, function, address, count or value, checksum.
  public var requestBytes: Int {
    if case .other(_, let data) = self { 4 + data.count } else { 8 }
  }

  /// Length of a good RTU answer.
  public var answerBytes: Int {
    switch self {
    // Unit, function, byte count, data, checksum.
    case .read(let span):
      5 + (span.table.isBits ? (Int(span.count) + 7) / 8 : 2 * Int(span.count))
    // An echo of the request, or of the beginning of a longer one.
    case .writeCoil, .writeRegister, .other: 8
    }
  }
}
