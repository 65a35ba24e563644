public import DetectionCore
public import DeviceProfiles

/// A unit that a scan has heard.
public struct FoundUnit: Sendable {
  /// What a unit may be.
  public struct Guess: Hashable, Sendable {
    /// How well founded the guess is.
    public enum Strength: Hashable, Sendable {
      /// All registers by which the profile tells its device say so.
      case recognised
      /// It sits at the profile's factory settings, and so many more of its first quantities read
      /// plausibly than do not read.
      case possible(plausible: Int)
    }
    /// The profile's id.
    public var profile: String
    /// How well founded the guess is.
    public var strength: Strength
    /// Makes a guess.
    public init(profile: String, strength: Strength) {
      self.profile = profile
      self.strength = strength
    }
  }

  /// The line settings at which it answered; nil over TCP.
  public let line: SerialSettings?
  /// Its Modbus unit address.
  public let unit: UInt8
  /// From the request to the end of its first answer.
  public let responseTime: TimeSpan
  /// What it answered to function code 17, report server id; nil where that was no text.
  public internal(set) var serverText: String?
  /// What it may be, best founded first.
  public internal(set) var guesses: [Guess] = []

  /// Its line settings' index in the plan.
  let lineIndex: Int
  /// What it answered to first.
  let span: RegisterSpan
  /// What it was asked about its identity, and what it said; nil words: nothing, or an exception.
  var answers: [(span: RegisterSpan, words: [UInt16]?)] = []
  /// What it is still to be asked.
  var questions: [BusRequest]
  /// Questions in a row that it did not answer.
  var unansweredInRow = 0

  /// A unit that does not answer what it does not know is not asked about each profile for ever; the
  /// waiting takes two or three seconds.
  public static var mostUnansweredInRow: Int { 12 }
  /// How many quantities of a profile are looked at.
  static var samplesPerProfile: Int { 3 }

  init(
    _ probe: BusScan.Probe, heardBy span: RegisterSpan, plan: ScanPlan, responseTime: TimeSpan
  ) {
    line = probe.line
    unit = probe.unit
    lineIndex = probe.lineIndex
    self.span = span
    self.responseTime = responseTime
    questions = [.serverID]
    for span in plan.candidates(line: lineIndex, unit: unit).flatMap(\.tellingSpans)
    where !questions.contains(.read(span)) {
      questions.append(.read(span))
    }
  }

  /// True where it would be heard again at these line settings: some devices do not look at parity,
  /// and no bus has one address twice.
  func isHeard(at plan: ScanPlan, _ line: Int) -> Bool {
    lineIndex == line || self.line?.baud == plan.lines[line]?.baud
  }

  /// Takes an answer to the first question.
  mutating func take(_ words: [UInt16]?, isUnanswered: Bool) {
    guard !questions.isEmpty else { return }
    switch questions.removeFirst() {
    case .read(let span): answers.append((span, words))
    default: serverText = words.flatMap(ServerText.read)
    }
    unansweredInRow = isUnanswered ? unansweredInRow + 1 : 0
    if unansweredInRow >= Self.mostUnansweredInRow { questions.removeAll() }
  }

  /// Concludes from the answers what it may be.
  mutating func conclude(plan: ScanPlan) {
    let candidates = plan.candidates(line: lineIndex, unit: unit)
    // A text tells devices of which no register was asked, too.
    let others = plan.profiles.filter { profile in
      !candidates.contains { $0.id == profile.id }
    }
    let recognised = (candidates + others).filter(isRecognised)
    let possible = candidates.filter { !$0.hasFieldIdentity && isConceivable($0) }
      .filter { profile in !recognised.contains { $0.id == profile.id } }
      .map { ($0, plausibleCount(of: $0)) }.filter { $0.1 > 0 }
    guesses =
      recognised.map { Guess(profile: $0.id, strength: .recognised) }
      + possible.sorted { ($1.1, $0.0.id) < ($0.1, $1.0.id) }
      .map { Guess(profile: $0.0.id, strength: .possible(plausible: $0.1)) }
  }

  private func isRecognised(_ profile: DeviceProfile) -> Bool {
    !profile.identity.isEmpty
      && profile.identity.allSatisfy { $0.holds(in: word, serverText: serverText) == true }
  }

  /// True where nothing that it said of itself speaks against the profile.
  private func isConceivable(_ profile: DeviceProfile) -> Bool {
    profile.identity.allSatisfy { $0.holds(in: word, serverText: serverText) != false }
  }

  /// How many more of the profile's samples read plausibly than do not read at all.
  private func plausibleCount(of profile: DeviceProfile) -> Int {
    var count = 0
    for quantity in profile.samples {
      guard word(quantity.span.table, quantity.span.address) != nil else {
        count -= 1
        continue
      }
      guard case .value(let value) = quantity.decode(from: word) else { continue }
      if quantity.range?.contains(value) ?? true { count += 1 }
    }
    return count
  }

  private func word(_ table: RegisterTable, _ address: UInt16) -> UInt16? {
    for (span, words) in answers
    where span.table == table && address >= span.address && Int(address) < span.end {
      if let words { return words[Int(address - span.address)] }
    }
    return nil
  }
}

extension ScanPlan {
  /// The profiles whose device may be the unit: those that are told by registers, and those that
  /// leave the factory with these settings, which come first.
  func candidates(line: Int, unit: UInt8) -> [DeviceProfile] {
    let factory = profiles.filter { $0.defaultUnit == unit && self.line(of: $0) == line }
    return factory
      + profiles.filter { profile in
        profile.hasFieldIdentity && !factory.contains { $0.id == profile.id }
      }
  }
}

extension DeviceProfile {
  /// True where registers tell the device.
  var hasFieldIdentity: Bool {
    identity.contains { if case .field = $0 { true } else { false } }
  }

  /// The quantities whose values tell most cheaply whether the device may be this one; never one
  /// that reading changes.
  var samples: [ProfileQuantity] {
    let readable = quantities.filter { $0.isReadable && $0.counter?.clearedByReading != true }
    return Array(readable.prefix(FoundUnit.samplesPerProfile))
  }

  /// The registers that tell the device, or that its samples need.
  var tellingSpans: [RegisterSpan] {
    let fields = identity.compactMap { check -> RegisterSpan? in
      if case .field(let field, _, _) = check { field.span } else { nil }
    }
    let spans = fields.isEmpty ? samples.flatMap { [$0.span] + $0.companionSpans } : fields
    return spans.map(limits.aligned)
  }
}
