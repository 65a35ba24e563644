public import DetectionCore
public import DeviceProfiles

/// What a device answered in a `SingleSample`.
public struct SampleRecord: Sendable {
  /// What was learned of one point.
  public enum Outcome: Hashable, Sendable {
    /// All that it needs was heard; the answer to the last of its registers took so long, which nobody
    /// knows of a message.
    case read(responseTime: TimeSpan?)
    /// It could not be read.
    case failed(BusFault)
  }

  /// The answer to one request.
  private struct Answer: Sendable {
    let request: BusRequest
    let words: [UInt16]
    let sentAt: Instant
    let at: Instant
    /// When the device was last told something before, such as to measure.
    let toldAt: Instant?
  }

  /// The points that were sampled.
  public let points: [PolledPoint]
  /// Why the port cannot be used; nil where it can.
  public internal(set) var portFault: BusFault?
  /// How sure it is that what was to be written stands there; nil where nothing was.
  public internal(set) var written: OutputCertainty?
  private var answers: [Answer] = []
  private var faults: [(request: BusRequest, fault: BusFault)] = []
  private var readings: [Reading] = []
  private var toldAt: Instant?

  init(points: [PolledPoint]) { self.points = points }

  /// True where the device answered anything at all.
  public var hasAnswered: Bool {
    !answers.isEmpty || faults.contains { $0.fault.isAnswer }
      || readings.contains { $0.value.isFinite }
  }

  /// The last request without a good answer ended so.
  public var lastFault: BusFault? { portFault ?? faults.last?.fault }

  /// What was learned of the point at that index.
  public func outcome(ofPoint index: Int) -> Outcome {
    switch points[index].quantity {
    case .modbus(let quantity):
      let answers = answers(for: quantity)
      let isWhole = quantity.sampledSpans.allSatisfy { words(of: $0, in: answers) != nil }
      guard isWhole, let last = answers.last else { return .failed(fault(of: quantity)) }
      return .read(responseTime: last.at - last.sentAt)
    case .framed:
      guard let reading = reading(of: points[index].point), reading.flag != .missing else {
        return .failed(portFault ?? .timeout)
      }
      return .read(responseTime: nil)
    }
  }

  /// What the point at that index shows, in the point's unit; nil where it was not read.
  public func decoded(ofPoint index: Int) -> DecodedValue? {
    guard case .read = outcome(ofPoint: index) else { return nil }
    let point = points[index]
    switch point.quantity {
    case .modbus(let quantity):
      let decoded = quantity.decode(from: { word($0, $1) })
      guard case .value(let value) = decoded else { return decoded }
      let scaled = value * point.unitFactor + point.unitOffset
      return scaled.isFinite ? .value(scaled) : .invalid(.notFinite)
    case .framed:
      let value = reading(of: point.point)?.value ?? .nan
      return value.isFinite ? .value(value) : .invalid(.unreadable)
    }
  }

  /// When the value of the point at that index was measured, as far as is known: when the device was
  /// told to measure, or when it answered; nil where it was not read.
  public func measuredAt(ofPoint index: Int) -> Instant? {
    guard case .read = outcome(ofPoint: index) else { return nil }
    return switch points[index].quantity {
    case .modbus(let quantity): answers(for: quantity).last.map { $0.toldAt ?? $0.at }
    case .framed: reading(of: points[index].point)?.time
    }
  }

  /// The word at an address, or nil where it was not read.
  public func word(_ table: RegisterTable, _ address: UInt16) -> UInt16? {
    Self.word(table, address, in: answers)
  }

  /// The words of a span, one a register or bit; nil where not all of them were read.
  public func words(_ span: RegisterSpan) -> [UInt16]? { words(of: span, in: answers) }

  /// The words of a span as they were read back behind a write; nil where not all of them were.
  public func wordsReadBack(_ span: RegisterSpan) -> [UInt16]? {
    words(of: span, in: answers.filter { $0.toldAt != nil })
  }

  /// The text that the device answered to function code 17; nil where it was not asked, or has none.
  public var serverText: String? {
    answers.last { $0.request == .serverID }.flatMap { ServerText.read($0.words) }
  }

  // MARK: Keeping

  mutating func keep(
    _ outcome: BusOutcome, of request: BusRequest, _ words: [UInt16], sentAt: Instant,
    at now: Instant
  ) {
    // It may have done what it did not answer.
    if request.isWrite { toldAt = sentAt }
    switch outcome {
    case .failed(let fault): faults.append((request, fault))
    case .done:
      if let span = request.span, words.count != Int(span.count) {
        return faults.append((request, .unexpectedAnswer))
      }
      answers.append(
        Answer(request: request, words: words, sentAt: sentAt, at: now, toldAt: toldAt))
    }
  }

  /// Keeps the newest value of a point, and where it has none, that it has none.
  mutating func keep(_ reading: Reading) {
    guard reading.value.isFinite || self.reading(of: reading.point)?.value.isFinite != true else {
      return
    }
    forget(reading.point)
    readings.append(reading)
  }

  mutating func forget(_ point: PointIndex) { readings.removeAll { $0.point == point } }

  func reading(of point: PointIndex) -> Reading? { readings.first { $0.point == point } }

  /// True where none of the registers of the point was asked for.
  func isUnasked(_ point: PolledPoint) -> Bool {
    guard let spans = point.quantity.modbus?.sampledSpans else { return false }
    return !answers.contains { $0.request.reads(anyOf: spans) }
      && !faults.contains { $0.request.reads(anyOf: spans) }
  }

  // MARK: Looking up

  /// The answers that hold registers of the quantity.
  private func answers(for quantity: ProfileQuantity) -> [Answer] {
    let spans = quantity.sampledSpans
    return answers.filter { $0.request.reads(anyOf: spans) }
  }

  /// Why the quantity could not be read: for its own registers, or else for what had to go before.
  private func fault(of quantity: ProfileQuantity) -> BusFault {
    let spans = quantity.sampledSpans
    let own = faults.last { $0.request.reads(anyOf: spans) }
    return portFault ?? own?.fault ?? faults.last?.fault ?? .timeout
  }

  private func words(of span: RegisterSpan, in answers: [Answer]) -> [UInt16]? {
    let words = (Int(span.address)..<span.end).compactMap {
      Self.word(span.table, UInt16(truncatingIfNeeded: $0), in: answers)
    }
    return words.count == Int(span.count) ? words : nil
  }

  private static func word(
    _ table: RegisterTable, _ address: UInt16, in answers: [Answer]
  ) -> UInt16? {
    for answer in answers.reversed() {
      guard let span = answer.request.span, span.table == table, address >= span.address,
        Int(address) < span.end
      else { continue }
      return answer.words[Int(address - span.address)]
    }
    return nil
  }
}

extension BusRequest {
  /// The registers that it reads; nil where it does something else.
  var span: RegisterSpan? { if case .read(let span) = self { span } else { nil } }

  /// True where it reads any of these registers.
  func reads(anyOf spans: [RegisterSpan]) -> Bool {
    guard let span else { return false }
    return spans.contains { $0.overlaps(span) }
  }
}

extension ProfileQuantity {
  /// The registers that a value needs.
  fileprivate var sampledSpans: [RegisterSpan] { [span] + companionSpans }
}
