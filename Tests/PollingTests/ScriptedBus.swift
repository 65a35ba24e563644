import DetectionCore
import DeviceProfiles
import Polling

/// Runs a schedule against a hand-driven clock and an answer function, and writes down all tasks.
struct ScriptedBus: ~Copyable {
  /// One answer: what came, its words, and how long it took.
  struct Answer {
    var outcome = BusOutcome.done
    var words: [UInt16] = []
    var tookMs: Int64 = 10

    static func failed(_ fault: BusFault, tookMs: Int64 = 10) -> Answer {
      Answer(outcome: .failed(fault), tookMs: tookMs)
    }

    /// Nothing comes for as long as the transaction waits.
    static func noAnswer(_ transaction: Transaction) -> Answer {
      .failed(.timeout, tookMs: (transaction.timeout.nanoseconds - 1) / 1_000_000 + 1)
    }

    /// Each register holds its own address, each bit is 1 at odd addresses; requests of other kinds
    /// are answered with the beginning of their data, a byte a word.
    static func echo(_ request: BusRequest, tookMs: Int64 = 10) -> Answer {
      if case .other(_, let data) = request {
        return Answer(words: data.prefix(4).map { UInt16($0) }, tookMs: tookMs)
      }
      guard case .read(let span) = request else { return Answer(tookMs: tookMs) }
      let words = (Int(span.address)..<span.end).map { address in
        span.table.isBits ? UInt16(address % 2) : UInt16(address)
      }
      return Answer(words: words, tookMs: tookMs)
    }
  }

  var schedule: BusEngine
  /// True where the line is silent for as long as a drain wants it, rather than at once.
  var drainsTakeTime = false
  private(set) var nowMs: Int64 = 0
  /// What the clock on the wall shows at `nowMs` 0, and whether it has been set.
  var wallStartMs: Int64 = 1_700_000_000_000
  var isClockSet = true
  var readings: [Reading] = []
  private(set) var transcript: [String] = []

  init(_ plan: BusPlan) throws(BusPlanError) {
    schedule = try BusEngine(plan: plan, start: Instant(nanoseconds: 0))
  }

  /// Runs until nothing is left to do before `endMs`. Opening and closing take no time, nor does
  /// draining without `drainsTakeTime`; all succeed unless `port` says otherwise.
  mutating func run(
    untilMs endMs: Int64, port: (BusTask, Int64) -> BusOutcome = { _, _ in .done },
    answer: (Transaction, Int64) -> Answer
  ) {
    while nowMs < endMs {
      let start = nowMs
      switch schedule.next(at: instant, wallTime: wallTime, into: &readings) {
      case .wait(let until):
        nowMs = min(endMs, max(nowMs, (until.nanoseconds - 1) / 1_000_000 + 1))
      case .perform(.transact(let transaction)):
        let answer = answer(transaction, nowMs)
        nowMs += answer.tookMs
        note(start, ">> " + Self.frame(transaction), answer.outcome)
        finish(answer.outcome, answer.words)
      case .perform(let task):
        let outcome = port(task, nowMs)
        switch task {
        case .drain(let silence):
          if drainsTakeTime { nowMs += silence.nanoseconds / 1_000_000 }
          note(start, "drain \(silence.nanoseconds / 1_000_000) ms", outcome)
        default: note(start, "\(task)", outcome)
        }
        finish(outcome, [])
      }
    }
  }

  mutating func request(output: UInt16, on: Bool) {
    schedule.request(output: output, on: on, at: instant)
  }

  @discardableResult
  mutating func setPeriod(ms: Int64, of point: UInt16) -> TimeSpan? {
    schedule.setPeriod(.milliseconds(ms), of: PointIndex(rawValue: point), at: instant)
  }

  mutating func shutDown(byMs endMs: Int64? = nil) {
    schedule.shutDown(at: instant, by: endMs.map { Instant(nanoseconds: $0 * 1_000_000) })
  }

  /// The transcript so far, which then begins anew.
  mutating func takeTranscript() -> [String] {
    defer { transcript = [] }
    return transcript
  }

  private var instant: Instant { Instant(nanoseconds: nowMs * 1_000_000) }
  private var wallTime: WallTime {
    WallTime(
      nanosecondsSince1970: (wallStartMs + nowMs) * 1_000_000, synchronized: isClockSet)
  }

  private mutating func finish(_ outcome: BusOutcome, _ words: [UInt16]) {
    schedule.finished(outcome, words: words, at: instant, wallTime: wallTime, into: &readings)
  }

  private mutating func note(_ atMs: Int64, _ text: String, _ outcome: BusOutcome) {
    switch outcome {
    case .done: transcript.append("\(atMs): \(text)")
    case .failed(let fault): transcript.append("\(atMs): \(text) ! \(fault)")
    }
  }

  /// The request as on the wire, without checksum.
  private static func frame(_ transaction: Transaction) -> String {
    let bytes: [UInt8]
    func halves(_ word: UInt16) -> [UInt8] { [UInt8(word >> 8), UInt8(word & 0xFF)] }
    switch transaction.request {
    case .read(let span):
      bytes = [span.table.readFunctionCode] + halves(span.address) + halves(span.count)
    case .writeCoil(let address, let on):
      bytes = [5] + halves(address) + halves(on ? 0xFF00 : 0)
    case .writeRegister(let address, let value): bytes = [6] + halves(address) + halves(value)
    case .other(let function, let data): bytes = [function] + data
    }
    return ([transaction.unit] + bytes).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return digits.count == 1 ? "0" + digits : digits
    }.joined(separator: " ")
  }
}

/// Plans for tests.
enum Sample {
  static let line = Link.serial(
    path: "/dev/bus", SerialSettings(baud: 9600, parity: .none, stopBits: 1))

  static func quantity(
    _ address: UInt16, _ type: RawType = .uint16, table: RegisterTable = .holdingRegister,
    gates: [Gate<RawField>] = [], sentinels: [Sentinel<UInt64>] = [], access: Access = .read
  ) -> ProfileQuantity {
    ProfileQuantity(
      id: "q\(address)", field: RawField(table: table, address: address, type: type), unit: "1",
      sentinels: sentinels, gates: gates, access: access)
  }

  /// A device whose points stand at `addresses` and are numbered from `firstPoint`.
  static func device(
    unit: UInt8, addresses: [UInt16], periodMs: Int64 = 1000, firstPoint: UInt16 = 0,
    outputs: [WrittenOutput] = [], limits: ReadLimits = ReadLimits(),
    exceptions: [ExceptionMeaning] = []
  ) -> DevicePlan {
    let points = addresses.enumerated().map { index, address in
      PolledPoint(
        point: PointIndex(rawValue: firstPoint + UInt16(index)), quantity: quantity(address),
        period: .milliseconds(periodMs))
    }
    return device(
      unit: unit, points: points, outputs: outputs, limits: limits, exceptions: exceptions)
  }

  static func device(
    unit: UInt8, points: [PolledPoint], outputs: [WrittenOutput] = [],
    limits: ReadLimits = ReadLimits(), exceptions: [ExceptionMeaning] = [],
    minimumPeriodMs: UInt32 = 0
  ) -> DevicePlan {
    DevicePlan(
      id: "d\(unit)", unit: unit,
      profile: DeviceProfile(
        id: "maker/model", maker: "Maker", model: "Model", serial: nil, defaultUnit: 1,
        limits: limits,
        timing: DeviceTiming(responseTimeoutMs: 200, minimumPeriodMs: minimumPeriodMs),
        exceptions: exceptions,
        quantities: points.compactMap(\.quantity.modbus)),
      points: points, outputs: outputs)
  }

  static func lamp(
    _ output: UInt16, coil: UInt16, maximumOnTime: TimeSpan = .seconds(3600),
    isMomentary: Bool = false
  ) -> WrittenOutput {
    WrittenOutput(
      output: output, quantity: quantity(coil, .bit, table: .coil, access: .readWrite),
      maximumOnTime: maximumOnTime, isMomentary: isMomentary)
  }

  /// A device with points at neighbouring addresses, one a period.
  static func device(periodsMs: [Int64]) -> DevicePlan {
    device(
      unit: 1,
      points: periodsMs.enumerated().map { index, periodMs in
        PolledPoint(
          point: PointIndex(rawValue: UInt16(index)), quantity: quantity(UInt16(index)),
          period: .milliseconds(periodMs))
      })
  }

  static func bus(_ devices: [DevicePlan], link: Link = line) -> BusPlan {
    BusPlan(id: "bus", link: link, devices: devices)
  }
}
