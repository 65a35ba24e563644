public import DetectionCore
public import DeviceProfiles

/// Finds out who is on an unknown bus: decides what is asked next, and what was learned.
///
/// The owner asks `next`, carries the probe out and reports with `finished`, until `next` gives
/// nil. Nothing is ever written, and no address is asked that speaks to all units at once.
///
/// First the factory settings of known devices; then, at each line setting, the likely unit
/// addresses; then all others. Line settings at which somebody answered come before the rest, and
/// the rest is left out unless the scan is thorough: a bus that works has one setting. Who answers is
/// asked at once for the registers by which profiles tell their devices.
public struct BusScan: Sendable {
  /// One question.
  public struct Probe: Hashable, Sendable {
    /// The line settings to ask at; nil over TCP.
    public let line: SerialSettings?
    /// The unit address.
    public let unit: UInt8
    /// What is asked: a read, or what it is.
    public let request: BusRequest
    /// How long to wait for the first byte of an answer, beyond the request's own time on the line.
    public let timeout: TimeSpan
    /// The line's index in the plan.
    let lineIndex: Int
    let purpose: Purpose
  }

  enum Purpose: Hashable, Sendable {
    case factory
    case sweep
    case identity
    /// Asked again, with a longer time-out, because something came that was not understood.
    case repetition
  }

  /// An answer that came damaged, twice.
  public struct DamagedAnswer: Hashable, Sendable {
    /// The line settings; nil over TCP.
    public let line: SerialSettings?
    /// The unit that was asked.
    public let unit: UInt8
    /// What came.
    public let fault: BusFault
  }

  /// How far a scan has come; a new one with the same plan goes on from here.
  public struct Bookmark: Hashable, Sendable {
    /// A unit that was found.
    public struct Unit: Hashable, Sendable {
      /// The index of its line settings in the plan.
      public var line: Int
      /// Its address.
      public var unit: UInt8
      /// What it answered to.
      public var span: RegisterSpan
      /// Makes an entry.
      public init(line: Int, unit: UInt8, span: RegisterSpan) {
        self.line = line
        self.unit = unit
        self.span = span
      }
    }
    /// Probes at factory settings that were made.
    public var factoryProbes: Int
    /// For each part of the sweep how many of its units were asked.
    public var sweptUnits: [Int]
    /// What was found.
    public var found: [Unit]
    /// Makes a bookmark.
    public init(factoryProbes: Int = 0, sweptUnits: [Int] = [], found: [Unit] = []) {
      self.factoryProbes = factoryProbes
      self.sweptUnits = sweptUnits
      self.found = found
    }
  }

  /// How long the answer of a unit that is asked again may take at least.
  static var repetitionTimeout: TimeSpan { .seconds(1) }
  /// How many unanswered probes are kept in mind: a second of them, at the usual time-out.
  static var rememberedProbes: Int { 5 }
  /// A TCP server that answers this many addresses in a row answers all of them, being one device.
  static var unitsOfOneServer: Int { 8 }

  /// What is asked.
  public let plan: ScanPlan
  /// The units that answered, in the order in which they were found.
  public private(set) var found: [FoundUnit] = []
  /// What came damaged.
  public private(set) var damagedAnswers: [DamagedAnswer] = []
  /// Probes that were made.
  public private(set) var probeCount = 0
  /// True where a TCP server answers whatever address it is asked at.
  public private(set) var answersEveryUnit = false

  private let factory: [Probe]
  private var factoryProbes: Int
  private var sweeps: [Sweep]
  private var identifying: Int?
  private var unidentified: [Bookmark.Unit]
  private var again: [Probe] = []
  /// The last probes that nobody answered, oldest first: an answer that comes late is to one of them.
  private var unanswered: [Probe] = []
  private var current: Probe?
  private var skippedLines: [Int] = []
  private var answersInRow = 0

  /// A part of the sweep: one question to some units at one line setting.
  private struct Sweep: Sendable {
    let line: Int
    let question: RegisterSpan
    let units: [UInt8]
    var done = 0
  }

  /// Begins a scan, or goes on with one where `bookmark` says.
  public init(plan: ScanPlan, from bookmark: Bookmark = Bookmark()) {
    self.plan = plan
    factory = plan.factoryProbes
    factoryProbes = min(max(0, bookmark.factoryProbes), factory.count)
    sweeps = []
    for units in [plan.units.likely, plan.units.rest] {
      for question in plan.questions {
        for line in plan.lines.indices {
          sweeps.append(Sweep(line: line, question: question, units: units))
        }
      }
    }
    for (index, done) in bookmark.sweptUnits.enumerated().prefix(sweeps.count) {
      sweeps[index].done = min(max(0, done), sweeps[index].units.count)
    }
    unidentified = bookmark.found.filter { plan.lines.indices.contains($0.line) }
  }

  /// How many of the found units were asked about their identity as far as they will be.
  public var identifiedCount: Int { identifying ?? found.count }

  /// Where to go on.
  public var bookmark: Bookmark {
    Bookmark(
      factoryProbes: factoryProbes, sweptUnits: sweeps.map(\.done),
      found: found.map { Bookmark.Unit(line: $0.lineIndex, unit: $0.unit, span: $0.span) }
        + unidentified)
  }

  /// How many probes are left at most, as far as is known now.
  public var remaining: Int {
    let left = factory.count - factoryProbes + again.count
    let identity = identifying.map { found[$0].questions.count } ?? 0
    let open = sweeps.indices.filter { sweep in
      isOpen(sweep) && (found.isEmpty || plan.isThorough || hasAnswers(sweep))
    }
    return left + identity + open.reduce(0) { $0 + sweeps[$1].units.count - sweeps[$1].done }
  }

  /// The next question, or nil when all was asked.
  public mutating func next() -> Probe? {
    let probe = choose()
    current = probe
    return probe
  }

  private mutating func choose() -> Probe? {
    if let index = identifying, let request = found[index].questions.first {
      return identityProbe(found[index], request)
    }
    while !again.isEmpty {
      let probe = again.removeFirst()
      if !isDone(probe.lineIndex, probe.unit) { return probe }
    }
    if !unidentified.isEmpty {
      let unit = unidentified.removeFirst()
      return probe(unit.line, unit.unit, .read(unit.span), .repetition)
    }
    while factoryProbes < factory.count {
      let probe = factory[factoryProbes]
      factoryProbes += 1
      if !isDone(probe.lineIndex, probe.unit) { return probe }
    }
    while let sweep = nextSweep {
      let unit = sweeps[sweep].units[sweeps[sweep].done]
      sweeps[sweep].done += 1
      if !isDone(sweeps[sweep].line, unit) {
        return probe(sweeps[sweep].line, unit, .read(sweeps[sweep].question), .sweep)
      }
    }
    return nil
  }

  /// The part of the sweep that is next: one where somebody was heard already, if there is any.
  private var nextSweep: Int? {
    let answered = sweeps.indices.first { isOpen($0) && hasAnswers($0) }
    guard answered == nil, found.isEmpty || plan.isThorough else { return answered }
    return sweeps.indices.first(where: isOpen)
  }

  private func isOpen(_ sweep: Int) -> Bool {
    sweeps[sweep].done < sweeps[sweep].units.count && !answersEveryUnit
      && !skippedLines.contains(sweeps[sweep].line)
  }

  /// True where somebody answered at the line settings of a part of the sweep.
  private func hasAnswers(_ sweep: Int) -> Bool {
    found.contains { $0.lineIndex == sweeps[sweep].line }
  }

  private func isDone(_ line: Int, _ unit: UInt8) -> Bool {
    skippedLines.contains(line)
      || found.contains { $0.unit == unit && $0.isHeard(at: plan, line) }
  }

  private func probe(
    _ line: Int, _ unit: UInt8, _ request: BusRequest, _ purpose: Purpose
  ) -> Probe {
    Probe(
      line: plan.lines[line], unit: unit, request: request,
      timeout: purpose == .repetition ? max(Self.repetitionTimeout, plan.timeout) : plan.timeout,
      lineIndex: line, purpose: purpose)
  }

  private func identityProbe(_ unit: FoundUnit, _ request: BusRequest) -> Probe {
    let timeout = TimeSpan(nanoseconds: 2 * unit.responseTime.nanoseconds)
    return Probe(
      line: unit.line, unit: unit.unit, request: request, timeout: max(plan.timeout, timeout),
      lineIndex: unit.lineIndex, purpose: .identity)
  }

  /// Takes back the probe that `next` gave out.
  ///
  /// - Parameters:
  ///   - outcome: How it ended; a line setting that the port does not have is left out.
  ///   - words: The answer, one word a register or bit.
  ///   - took: From the request to the end of the answer or of the waiting.
  public mutating func finished(_ outcome: BusOutcome, words: [UInt16], took: TimeSpan) {
    guard let probe = current else { return }
    current = nil
    probeCount += 1
    guard probe.purpose != .identity else { return hearIdentity(probe, outcome, words) }
    switch outcome {
    case .done: answered(probe, took: took)
    case .failed(let fault) where fault.isAnswer: answered(probe, took: took)
    case .failed(.portUnavailable(.unsupportedSettings)): skippedLines.append(probe.lineIndex)
    case .failed(let fault):
      answersInRow = 0
      if fault == .timeout { remember(probe) }
      if fault.isDamage { damaged(probe, fault) }
    }
  }

  private mutating func answered(_ probe: Probe, took: TimeSpan) {
    answersInRow += 1
    // One device that does not look at the address, or a row of neighbours: the former by far.
    if probe.line == nil, answersInRow >= Self.unitsOfOneServer { answersEveryUnit = true }
    guard !isDone(probe.lineIndex, probe.unit), case .read(let span) = probe.request else { return }
    damagedAnswers.removeAll { $0.unit == probe.unit && $0.line == probe.line }
    found.append(FoundUnit(probe, heardBy: span, plan: plan, responseTime: took))
    identifying = found.count - 1
    concludeIdentity()
  }

  private mutating func hearIdentity(_ probe: Probe, _ outcome: BusOutcome, _ words: [UInt16]) {
    guard let index = identifying else { return }
    var isGood = outcome == .done
    if case .read(let span) = probe.request, words.count != Int(span.count) { isGood = false }
    found[index].take(isGood ? words : nil, isUnanswered: outcome == .failed(.timeout))
    concludeIdentity()
  }

  private mutating func concludeIdentity() {
    guard let index = identifying, found[index].questions.isEmpty else { return }
    found[index].conclude(plan: plan)
    identifying = nil
  }

  private mutating func remember(_ probe: Probe) {
    guard probe.purpose != .repetition else { return }
    unanswered.append(probe)
    if unanswered.count > Self.rememberedProbes { unanswered.removeFirst() }
  }

  /// Something came that does not answer the probe: asks again with a longer time-out. The answer of
  /// another unit is most likely that of one before, which is slow.
  private mutating func damaged(_ probe: Probe, _ fault: BusFault) {
    guard probe.purpose != .repetition else {
      let answer = DamagedAnswer(line: probe.line, unit: probe.unit, fault: fault)
      guard !isDone(probe.lineIndex, probe.unit), !damagedAnswers.contains(answer) else { return }
      return damagedAnswers.append(answer)
    }
    let late = fault == .wrongUnit ? unanswered.filter { $0.lineIndex == probe.lineIndex } : []
    unanswered.removeAll()
    for earlier in late.reversed() + [probe] where !isDone(earlier.lineIndex, earlier.unit) {
      again.append(self.probe(earlier.lineIndex, earlier.unit, earlier.request, .repetition))
    }
  }
}

extension ScanPlan {
  /// What known devices are asked at their factory settings, by line and address; never more than
  /// three questions to one address, those that fit most devices.
  fileprivate var factoryProbes: [BusScan.Probe] {
    let mostQuestions = 3
    var probes: [BusScan.Probe] = []
    for index in lines.indices {
      let here = profiles.filter { line(of: $0) == index && allows($0.defaultUnit) }
      for unit in ScanPlan.units(of: here) {
        let spans = here.filter { $0.defaultUnit == unit }.compactMap(\.tellingSpans.first)
        var counted: [(span: RegisterSpan, count: Int)] = []
        for span in spans where !counted.contains(where: { $0.span == span }) {
          counted.append((span, spans.filter { $0 == span }.count))
        }
        // A stable order: by count, then as the profiles come.
        let ranked = counted.enumerated()
          .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
        probes += ranked.prefix(mostQuestions).map {
          BusScan.Probe(
            line: lines[index], unit: unit, request: .read($0.element.span), timeout: timeout,
            lineIndex: index, purpose: .factory)
        }
      }
    }
    return probes
  }

  /// The factory addresses of profiles, each once, in order.
  private static func units(of profiles: [DeviceProfile]) -> [UInt8] {
    profiles.map(\.defaultUnit).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.sorted()
  }
}
