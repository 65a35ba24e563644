/// An example that proves a profile: what stands in the device, and what that must decode to; or
/// what is written, and the frame that this must become.
public struct ProfileCase: Hashable, Sendable {
  /// Registers (or bits) with known content.
  public struct Block: Hashable, Sendable {
    /// The table.
    public var table: RegisterTable
    /// The first address, counted from 0.
    public var address: UInt16
    /// The content; of bits, 0 or 1.
    public var words: [UInt16]

    /// Makes a block.
    public init(table: RegisterTable, address: UInt16, words: [UInt16]) {
      self.table = table
      self.address = address
      self.words = words
    }
  }

  /// What a quantity must decode to.
  public enum Outcome: Hashable, Sendable {
    /// A number, give or take `tolerance`.
    case number(Double, tolerance: Double)
    /// One of the faults.
    case fault(Fault)
  }

  /// A quantity and what it must decode to.
  public struct Expectation: Hashable, Sendable {
    /// The quantity's id.
    public var quantity: String
    /// What it must decode to.
    public var outcome: Outcome

    /// Makes an expectation.
    public init(quantity: String, outcome: Outcome) {
      self.quantity = quantity
      self.outcome = outcome
    }
  }

  /// A quantity and the value that is written to it.
  public struct Write: Hashable, Sendable {
    /// The quantity's id.
    public var quantity: String
    /// The value in the quantity's unit.
    public var value: Double

    /// Makes a write.
    public init(quantity: String, value: Double) {
      self.quantity = quantity
      self.value = value
    }
  }

  /// What the case shows.
  public var name: String
  /// What stands in the device besides what the response carries.
  public var registers: [Block]
  /// The request as on the wire, CRC included; empty where the case has no frames.
  public var request: [UInt8]
  /// The response as on the wire, CRC included; empty where the case has no frames.
  public var response: [UInt8]
  /// What a line sensor sends; empty for Modbus.
  public var heard: [UInt8]
  /// What quantities must decode to.
  public var expectations: [Expectation]
  /// What the request writes; nil where it reads.
  public var write: Write?

  /// Makes a case.
  public init(
    name: String, registers: [Block] = [], request: [UInt8] = [], response: [UInt8] = [],
    heard: [UInt8] = [], expectations: [Expectation] = [], write: Write? = nil
  ) {
    self.name = name
    self.registers = registers
    self.request = request
    self.response = response
    self.heard = heard
    self.expectations = expectations
    self.write = write
  }
}

/// Why a case does not prove its profile.
public enum CaseFailure: Hashable, Sendable {
  /// The request is no frame.
  case request(RTUFrame.Fault)
  /// The response is no frame.
  case response(RTUFrame.Fault)
  /// The request is not one that reads what the device has, within the profile's limits.
  case requestNotAllowed
  /// The response does not answer the request.
  case responseNotAnswering
  /// A quantity decodes to something else.
  case decodes(quantity: String, to: DecodedValue)
  /// The value becomes another request; nil: it cannot be written at all.
  case writes(quantity: String, as: [UInt8]?)
}

extension DeviceProfile {
  /// Everything in which `example` and the profile disagree; empty where it is a proof.
  public func failures(of example: ProfileCase) -> [CaseFailure] {
    if let line { return self.failures(of: example, speaking: line) }
    var failures: [CaseFailure] = []
    var blocks = example.registers
    if !example.request.isEmpty {
      let request = frame(example.request, &failures, CaseFailure.request)
      let response = frame(example.response, &failures, CaseFailure.response)
      guard let request, let response else { return failures }
      if let write = example.write {
        failures += self.failures(of: write, request: request, response: response)
      } else if let span = request.readSpan, limits.allows(span) {
        if response.unit == request.unit, let words = response.words(answering: span) {
          blocks.append(
            ProfileCase.Block(table: span.table, address: span.address, words: words))
        } else {
          failures.append(.responseNotAnswering)
        }
      } else {
        failures.append(.requestNotAllowed)
      }
    }
    for expectation in example.expectations {
      guard let quantity = quantity(expectation.quantity) else { continue }
      let decoded = quantity.decode { table, address in
        blocks.lazy.compactMap { $0.word(table, address) }.first
      }
      if !expectation.outcome.accepts(decoded) {
        failures.append(.decodes(quantity: quantity.id, to: decoded))
      }
    }
    return failures
  }

  private func frame(
    _ bytes: [UInt8], _ failures: inout [CaseFailure],
    _ failure: (RTUFrame.Fault) -> CaseFailure
  ) -> RTUFrame? {
    do {
      return try RTUFrame(bytes: bytes)
    } catch {
      failures.append(failure(error))
      return nil
    }
  }

  private func failures(
    of write: ProfileCase.Write, request: RTUFrame, response: RTUFrame
  ) -> [CaseFailure] {
    guard let quantity = quantity(write.quantity),
      let pdu = quantity.encode(write.value).flatMap(quantity.writeRequest)
    else { return [.writes(quantity: write.quantity, as: nil)] }
    guard pdu == request.pdu else {
      let bytes = RTUFrame(unit: request.unit, pdu: pdu).bytes
      return [.writes(quantity: write.quantity, as: bytes)]
    }
    // Function codes 5 and 6 are echoed; 15 and 16 are answered with their first five bytes.
    guard response.unit == request.unit, response.pdu == Array(request.pdu.prefix(5)) else {
      return [.responseNotAnswering]
    }
    return []
  }
}

extension ProfileCase.Block {
  fileprivate func word(_ table: RegisterTable, _ address: UInt16) -> UInt16? {
    guard table == self.table, address >= self.address else { return nil }
    let index = Int(address - self.address)
    return index < words.count ? words[index] : nil
  }
}

extension ProfileCase.Outcome {
  /// True where `decoded` is that.
  func accepts(_ decoded: DecodedValue) -> Bool {
    switch (self, decoded) {
    case (.number(let number, let tolerance), .value(let value)):
      (value - number).magnitude <= tolerance
    case (.fault(.invalid), .invalid(.unreadable)), (.fault(.invalid), .invalid(.unknownScale)):
      true
    case (.fault(let fault), _):
      decoded == DecodedValue(fault)
    case (.number, .missing), (.number, .invalid): false
    }
  }
}

extension ReadLimits {
  /// True where `span` may be read in one request.
  public func allows(_ span: RegisterSpan) -> Bool {
    let maximum = span.table.isBits ? maximumBits : maximumRegisters
    return span.count >= 1 && span.count <= maximum && span.end <= 0x1_0000
      && !(evenStart && span.address % 2 == 1)
      && !forbidden.contains { $0.overlaps(span) }
  }
}

extension RegisterSpan {
  /// True where the two have an address in common.
  public func overlaps(_ other: RegisterSpan) -> Bool {
    table == other.table && Int(address) < other.end && Int(other.address) < end
  }
}
