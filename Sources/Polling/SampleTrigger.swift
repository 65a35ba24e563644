import DetectionCore
public import DeviceProfiles

/// What is done before each sample of a device that does not measure by itself.
///
/// All points of the device share a measurement: what was begun after a sample was due serves it.
struct SampleTrigger: Sendable {
  /// What must happen before a block is read.
  enum Demand: Equatable {
    case request(BusRequest)
    case wait(until: Instant)
    case nothing
  }

  let steps: [(request: BusRequest, wait: TimeSpan)]
  private var next: Int
  /// When the last measurement was begun.
  private var beganAt = Instant(nanoseconds: .min)
  /// The device must be left alone until then.
  private var readyAt = Instant(nanoseconds: .min)

  /// - Throws: `BusPlanError.unpreparable` where a step is no request that a bus carries.
  init(_ device: ModbusDevice, id: String) throws(BusPlanError) {
    var steps: [(request: BusRequest, wait: TimeSpan)] = []
    for step in device.profile.preparation {
      guard let request = step.busRequest else { throw .unpreparable(device: id) }
      steps.append((request, .milliseconds(Int64(step.waitMs))))
    }
    self.steps = steps
    next = steps.count
  }

  /// The time of a sample that falls to each request and to the reads, where the waits behind the
  /// requests are cut equally out of the `deadline` of the whole.
  func partOfDeadline(_ deadline: TimeSpan) -> TimeSpan {
    let waits = steps.reduce(0) { $0 + $1.wait.nanoseconds }
    return TimeSpan(
      nanoseconds: max(0, deadline.nanoseconds - waits) / Int64(steps.count + 1))
  }

  /// When what is next for the sample that was due at `slot`, a request or the reads, should be
  /// complete; `deadline` is that of the reads.
  func deadline(slot: Instant, reads deadline: Instant) -> Instant {
    let done = beganAt < slot ? 0 : next
    guard done < steps.count else { return deadline }
    let waits = steps[done...].reduce(0) { $0 + $1.wait.nanoseconds }
    let parts = Int64(steps.count - done) * partOfDeadline(deadline - slot).nanoseconds
    return deadline + TimeSpan(nanoseconds: -(waits + parts))
  }

  /// What must happen before a block of the sample that was due at `slot` is read.
  mutating func demand(slot: Instant, at now: Instant) -> Demand {
    guard !steps.isEmpty else { return .nothing }
    if now < readyAt { return .wait(until: readyAt) }
    if beganAt < slot {
      beganAt = now
      next = 0
    }
    return next < steps.count ? .request(steps[next].request) : .nothing
  }

  /// The request that was demanded has been answered.
  mutating func advance(at now: Instant) {
    readyAt = now + steps[next].wait
    next += 1
  }
}

extension SampleTriggerStep {
  /// The step as a request that a bus carries; nil where there is none for it.
  public var busRequest: BusRequest? {
    switch request {
    case .read(let span): .read(span)
    case .write(.coil, let address, let words) where words.count == 1:
      .writeCoil(address: address, on: words[0] != 0)
    case .write(.holdingRegister, let address, let words) where words.count == 1:
      .writeRegister(address: address, value: words[0])
    case .write(.holdingRegister, let address, let words) where (2...123).contains(words.count):
      .other(
        function: 16,
        data: [address, UInt16(words.count)].flatMap(\.bytes) + [UInt8(2 * words.count)]
          + words.flatMap(\.bytes))
    case .other(let bytes) where (1...Self.longestRequest).contains(bytes.count):
      .other(function: bytes[0], data: Array(bytes.dropFirst()))
    case .write, .other: nil
    }
  }

  /// Function code and data, by the Modbus specification.
  private static var longestRequest: Int { 253 }
}

extension UInt16 {
  /// As on the wire.
  var bytes: [UInt8] { [UInt8(self >> 8), UInt8(self & 0xFF)] }
}

extension DeviceProfile {
  /// How long the device takes to prepare a sample, in milliseconds: no period may be shorter.
  public var preparationMs: UInt32 {
    UInt32(clamping: preparation.reduce(0) { $0 + Int64($1.waitMs) })
  }
}
