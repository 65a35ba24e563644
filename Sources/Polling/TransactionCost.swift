public import DetectionCore
public import DeviceProfiles

/// How long transactions with one device keep its bus busy: what reads are planned by, and what
/// the load of a bus is computed with.
///
/// On a serial line: request + response delay + answer + inter-frame delay, with frame lengths and that delay as in
/// `TransmissionTime`; the delay is the device's guard time where that is longer, and behind a
/// write the time that it needs to store what was written. Over TCP: the response delay, a round trip,
/// and the bytes of both frames.
///
/// Worked example: two registers at 9600 8N1, response delay 5 ms: 8.333 + 5 + 9.375 + 3.646 ms
/// = 26.354 ms.
public struct TransactionCost: Hashable, Sendable {
  /// A round trip in a wired network of a field box, its switches and both protocol stacks
  /// included.
  public static var roundTrip: TimeSpan { .milliseconds(1) }
  /// A byte at 10 Mbit/s, the slowest Ethernet that field devices have.
  private static let nanosecondsPerNetworkByte: Int64 = 800
  /// What a Modbus TCP frame has more than an RTU frame: its header (7 bytes) instead of unit and
  /// checksum (3), and around it TCP (20), IP (20) and Ethernet (38, preamble and gap included).
  private static let networkOverhead: Int64 = 7 - 3 + 20 + 20 + 38

  /// A byte, rounded up: costs are whole multiples of it, so that equal ones compare as equal.
  private let byte: TimeSpan
  /// All that does not depend on the frames' lengths, without the delay behind the answer.
  private let overhead: TimeSpan
  private let delay: TimeSpan
  private let delayAfterWrite: TimeSpan

  /// Makes the cost of transactions over `link` with a device that needs the times of `timing`.
  public init(link: Link, timing: DeviceTiming) {
    var overhead = Int64(timing.responseDelayMs) * 1_000_000
    let line = link.transmission
    if let line {
      byte = line.time(bytes: 1)
    } else {
      byte = TimeSpan(nanoseconds: Self.nanosecondsPerNetworkByte)
      overhead += Self.roundTrip.nanoseconds + 2 * Self.networkOverhead * byte.nanoseconds
    }
    self.overhead = TimeSpan(nanoseconds: overhead)
    let guardMs = timing.guardMs ?? 0
    let least = line?.interFrameDelay ?? .zero
    delay = max(least, .milliseconds(Int64(guardMs)))
    delayAfterWrite = max(least, .milliseconds(Int64(max(guardMs, timing.afterWriteMs))))
  }

  /// From the first bit of `request` to the moment when the next request may start, where the
  /// device answers after its usual response delay.
  public func time(_ request: BusRequest) -> TimeSpan {
    let bytes = Int64(request.requestBytes + request.answerBytes)
    let rest = request.isWrite ? delayAfterWrite : delay
    return TimeSpan(
      nanoseconds: overhead.nanoseconds + bytes * byte.nanoseconds + rest.nanoseconds)
  }
}
