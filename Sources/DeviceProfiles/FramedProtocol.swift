/// How a sensor that does not speak Modbus says what it measures: frames on a line, messages in
/// them, and quantities in the fields of the messages.
public struct FramedProtocol: Hashable, Sendable {
  /// Where frames begin and end.
  public var framing: Framing
  /// What the sensor is sent before it is read, in this order.
  public var setup: [FramedSetting]
  /// What the frames can hold, in the order in which they are tried.
  public var messages: [FramedMessage]
  /// What can be read, each with a unique id.
  public var quantities: [FramedQuantity]

  /// Makes a protocol; each quantity must name a message and fields that exist.
  public init(
    framing: Framing, setup: [FramedSetting] = [], messages: [FramedMessage],
    quantities: [FramedQuantity]
  ) {
    self.framing = framing
    self.setup = setup
    self.messages = messages
    self.quantities = quantities
  }

  /// The quantity `id`, or nil where there is none.
  public func quantity(_ id: String) -> FramedQuantity? { quantities.first { $0.id == id } }

  /// True where a message, its request or a setting holds the device's address.
  public var needsAddress: Bool {
    messages.contains(where: \.needsAddress) || setup.contains { $0.parts.contains(.address) }
  }

  /// True where the sensor sends every message without being asked.
  public var isFreeRunning: Bool { messages.allSatisfy(\.request.isEmpty) }

  /// The protocol of a device with this address.
  public func resolved(address: String) -> FramedProtocol {
    let address = Array(address.utf8)
    var resolved = self
    resolved.messages = messages.map { $0.resolved(address: address) }
    for index in setup.indices {
      resolved.setup[index].parts = setup[index].parts.resolved(address: address)
    }
    return resolved
  }

  /// The most fields that a message has.
  public var mostFields: Int { messages.map(\.fieldCount).max() ?? 0 }

  /// The messages in what a sensor sends from its first byte on.
  func messages(
    heardIn bytes: [UInt8]
  ) -> [(message: Int, content: [UInt8], fields: [Range<Int>])] {
    var framer = FrameReader(framing: framing, isSilentBefore: true)
    var fields = [Range<Int>](repeating: 0..<0, count: mostFields)
    return bytes.compactMap { byte in
      guard framer.take(byte) == .frame,
        let message = message(in: framer.content, fields: &fields)
      else { return nil }
      return (message, framer.content, Array(fields.prefix(messages[message].fieldCount)))
    }
  }

  /// The first message that a frame holds, whose fields then stand in `fields`; nil for none.
  ///
  /// - Parameters:
  ///   - frame: The content of the frame.
  ///   - asked: The message that was asked for: it comes before the others.
  ///   - fields: At least `mostFields` ranges.
  public func message(
    in frame: [UInt8], asked: Int? = nil, fields: inout [Range<Int>]
  ) -> Int? {
    if let asked, messages[asked].isHeld(by: frame, fields: &fields) { return asked }
    return messages.indices.first { messages[$0].isHeld(by: frame, fields: &fields) }
  }
}

/// Something that a sensor is sent so that it measures or speaks as the profile expects.
public struct FramedSetting: Hashable, Sendable {
  /// What is sent.
  public var parts: [FramedMessage.RequestPart]
  /// How long the sensor is then left alone, in milliseconds.
  public var waitMs: UInt32
  /// True where the sensor keeps it without power, in a memory that can be written only so often.
  public var isStored: Bool

  /// Makes a setting.
  public init(parts: [FramedMessage.RequestPart], waitMs: UInt32 = 0, isStored: Bool = false) {
    self.parts = parts
    self.waitMs = waitMs
    self.isStored = isStored
  }

  /// The setting as it is sent.
  public var bytes: [UInt8] { parts.bytes }
}

/// One kind of message.
public struct FramedMessage: Hashable, Sendable {
  /// What a request consists of.
  public enum RequestPart: Hashable, Sendable {
    /// These bytes.
    case bytes([UInt8])
    /// The device's address.
    case address
  }

  /// Where its fields stand.
  public enum Content: Hashable, Sendable {
    /// In a line that looks like this.
    case pattern(FramePattern)
    /// In these bytes of a binary frame.
    case bytes([Range<Int>])
    /// Behind these labels of a block; a field whose label is not there is empty.
    case labels([[UInt8]])
  }

  /// What makes the sensor send it; empty where it does so by itself.
  public var request: [RequestPart]
  /// Where its fields stand.
  public var content: Content

  /// Makes a message.
  public init(request: [RequestPart] = [], content: Content) {
    self.request = request
    self.content = content
  }

  /// The request as it is sent; parts that stand for an address that was not given are left out.
  public var requestBytes: [UInt8] { request.bytes }

  /// How many fields it has.
  public var fieldCount: Int {
    switch content {
    case .pattern(let pattern): pattern.names.count
    case .bytes(let ranges): ranges.count
    case .labels(let labels): labels.count
    }
  }

  var needsAddress: Bool {
    if request.contains(.address) { return true }
    if case .pattern(let pattern) = content { return pattern.needsAddress }
    return false
  }

  func resolved(address: [UInt8]) -> FramedMessage {
    var resolved = self
    resolved.request = request.resolved(address: address)
    if case .pattern(let pattern) = content {
      resolved.content = .pattern(pattern.resolved(address: address))
    }
    return resolved
  }

  /// True where one frame could hold this message or the other.
  public func looksLike(_ other: FramedMessage) -> Bool {
    guard case .pattern(let own) = content, case .pattern(let others) = other.content else {
      return true
    }
    return own.mayFitWhatFits(others)
  }

  /// Whether `frame` holds the message; its fields then stand in `fields`.
  func isHeld(by frame: [UInt8], fields: inout [Range<Int>]) -> Bool {
    switch content {
    case .pattern(let pattern): return pattern.matches(frame, fields: &fields)
    case .bytes(let ranges):
      guard ranges.allSatisfy({ $0.upperBound <= frame.count }) else { return false }
      for (index, range) in ranges.enumerated() { fields[index] = range }
      return true
    case .labels(let labels): return isHeld(by: frame, labels: labels, fields: &fields)
    }
  }

  /// Blocks differ in what they hold: one of the labels is enough.
  private func isHeld(
    by block: [UInt8], labels: [[UInt8]], fields: inout [Range<Int>]
  ) -> Bool {
    for index in labels.indices { fields[index] = 0..<0 }
    var isHeld = false
    for line in block.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }) {
      guard let tab = line.firstIndex(of: 0x09),
        let index = labels.firstIndex(where: { line[..<tab].elementsEqual($0) })
      else { continue }
      fields[index] = (tab + 1)..<line.endIndex
      isHeld = true
    }
    return isHeld
  }
}

extension [FramedMessage.RequestPart] {
  /// As they are sent; an address that was not given is left out.
  fileprivate var bytes: [UInt8] {
    flatMap { part -> [UInt8] in
      if case .bytes(let bytes) = part { bytes } else { [] }
    }
  }

  fileprivate func resolved(address: [UInt8]) -> Self {
    map { $0 == .address ? .bytes(address) : $0 }
  }
}

extension DeviceProfile {
  /// Everything in which what a line sensor sends in `example` and the profile disagree.
  func failures(of example: ProfileCase, speaking line: FramedProtocol) -> [CaseFailure] {
    let line = line.resolved(address: Self.caseAddress)
    var decoded = [DecodedValue](repeating: .missing(.notRead), count: line.quantities.count)
    for heard in line.messages(heardIn: example.heard) {
      for (index, quantity) in line.quantities.enumerated() where quantity.message == heard.message
      {
        decoded[index] = quantity.decode(heard.content, fields: heard.fields)
      }
    }
    return example.expectations.compactMap { expectation in
      guard let index = line.quantities.firstIndex(where: { $0.id == expectation.quantity }),
        !expectation.outcome.accepts(decoded[index])
      else { return nil }
      return .decodes(quantity: expectation.quantity, to: decoded[index])
    }
  }

  /// The address of the device in cases.
  public static var caseAddress: String { "0" }
}
