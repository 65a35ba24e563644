import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Scans of buses that nobody knows.
@Suite struct BusScanTests {
  /// One unit of a bus.
  struct Unit {
    var line: SerialSettings?
    var unit: UInt8
    var holding: [UInt16: UInt16] = [:]
    var input: [UInt16: UInt16] = [:]
    /// True where it says nothing to what it does not know.
    var isTaciturn = false
    /// What it answers to function code 17.
    var says: String?

    func answer(_ request: BusRequest) -> (BusOutcome, [UInt16]) {
      guard case .read(let span) = request else {
        guard request == .serverID, let says else {
          return (.failed(isTaciturn ? .timeout : .exception(1)), [])
        }
        let bytes = [0x2A] + Array(says.utf8) + [0xFF]
        return (.done, [UInt16(bytes.count)] + bytes.map(UInt16.init))
      }
      let table = span.table == .holdingRegister ? holding : input
      let words = (Int(span.address)..<span.end).map { table[UInt16($0)] }
      let known = words.compactMap(\.self)
      if known.count == words.count { return (.done, known) }
      return (.failed(isTaciturn ? .timeout : .exception(2)), [])
    }
  }

  /// A scan against units, and each probe that was made.
  struct Run {
    var scan: BusScan
    var probes: [BusScan.Probe] = []

    init(_ plan: ScanPlan, from bookmark: BusScan.Bookmark = BusScan.Bookmark()) {
      scan = BusScan(plan: plan, from: bookmark)
    }

    /// Goes on for at most `limit` probes, with an answer for each of them.
    mutating func go(
      limit: Int = 100_000, answer: (BusScan.Probe) -> (BusOutcome, [UInt16])
    ) {
      for _ in 0..<limit {
        guard let probe = scan.next() else { return }
        probes.append(probe)
        let (outcome, words) = answer(probe)
        let took = outcome == .failed(.timeout) ? probe.timeout : .milliseconds(20)
        scan.finished(outcome, words: words, took: took)
      }
      #expect(limit < 100_000, "the scan does not end")
    }

    mutating func go(limit: Int = 100_000, on bus: [Unit]) {
      go(limit: limit) { probe in
        guard let unit = bus.first(where: { $0.unit == probe.unit && $0.line == probe.line })
        else { return (.failed(.timeout), []) }
        return unit.answer(probe.request)
      }
    }
  }

  static let usual = SerialSettings(baud: 9600, parity: .none, stopBits: 1)
  static let modbus = SerialSettings(baud: 19200, parity: .even, stopBits: 1)

  static func quantity(
    _ id: String, _ address: UInt16, range: ClosedRange<Double>? = nil, counter: Counter? = nil
  ) -> ProfileQuantity {
    ProfileQuantity(
      id: id, field: RawField(table: .holdingRegister, address: address, type: .uint16),
      unit: "1", range: range, counter: counter)
  }

  static let gauge = DeviceProfile(
    id: "rain/gauge", maker: "Rain", model: "Gauge", serial: modbus, defaultUnit: 0xC0,
    identity: [
      .field(
        RawField(table: .inputRegister, address: 40, type: .uint16), mask: .max,
        accepted: [0x7343])
    ],
    quantities: [quantity("rain", 8)])
  static let probe = DeviceProfile(
    id: "soil/probe", maker: "Soil", model: "Probe", serial: usual, defaultUnit: 1,
    quantities: [
      quantity("tips", 90, counter: Counter(width: 16, clearedByReading: true)),
      quantity("moisture", 18, range: 0...1000), quantity("temperature", 19, range: 0...800),
    ])
  static let meter = DeviceProfile(
    id: "soil/meter", maker: "Soil", model: "Meter", serial: usual, defaultUnit: 1,
    quantities: [quantity("moisture", 18, range: 0...10)])
  static let profiles = [gauge, probe, meter]
  static let plan = ScanPlan(profiles: profiles)

  @Test func factorySettingsComeFirstAndAreRecognised() throws {
    var run = Run(Self.plan)
    run.go(on: [
      Unit(line: Self.usual, unit: 1, holding: [18: 300, 19: 215]),
      Unit(line: Self.modbus, unit: 0xC0, input: [40: 0x7343]),
    ])
    #expect(run.scan.found.map(\.unit) == [1, 0xC0])
    #expect(run.probes.first?.line == Self.usual && run.probes.first?.unit == 1)
    let heard = try #require(run.probes.firstIndex { $0.unit == 0xC0 })
    #expect(heard < 10, "found after \(heard) probes")
    let probe = try #require(run.scan.found.first)
    #expect(
      probe.guesses == [
        FoundUnit.Guess(profile: "soil/probe", strength: .possible(plausible: 2))
      ])
    #expect(
      run.scan.found[1].guesses == [
        FoundUnit.Guess(profile: "rain/gauge", strength: .recognised)
      ])
  }

  @Test func aDeviceIsRecognisedAtAnyAddress() {
    var run = Run(Self.plan)
    run.go(on: [Unit(line: Self.usual, unit: 77, holding: [0: 0], input: [40: 0x7343])])
    #expect(run.scan.found.map(\.unit) == [77])
    #expect(run.scan.found.first?.guesses.map(\.profile) == ["rain/gauge"])
  }

  @Test func aTextTellsADeviceThatNoRegisterTells() {
    var told = Self.probe
    told.id = "soil/told"
    told.identity = [.serverText("SOILCO")]
    let plan = ScanPlan(profiles: [told, Self.meter])
    for (says, names) in [
      ("SOILCO 7", ["soil/told", "soil/meter"]), ("OTHER", ["soil/meter"]),
      (nil, ["soil/told", "soil/meter"]),
    ] {
      var run = Run(plan)
      run.go(on: [Unit(line: Self.usual, unit: 1, holding: [18: 5, 19: 4], says: says)])
      #expect(run.scan.found.first?.guesses.map(\.profile) == names, "\(says ?? "nothing")")
      #expect(run.scan.found.first?.serverText == says.map { "*\($0)" })
      #expect(run.probes.count { $0.request == .serverID } == 1)
    }
    // At any address, and without asking for its registers.
    var run = Run(plan)
    run.go(on: [Unit(line: Self.usual, unit: 9, holding: [0: 0], says: "SOILCO 7")])
    #expect(
      run.scan.found.first?.guesses == [
        FoundUnit.Guess(profile: "soil/told", strength: .recognised)
      ])
  }

  @Test(
    arguments: [
      ([], nil), ([0], nil), ([3, 65, 66], nil), ([2, 0x41, 0x42], "AB"),
      ([2, 0x41, 0x42, 0x43], "AB"),
      ([3, 1, 0xFF, 0], nil), ([4, 7, 0x20, 0x41, 0xFFFF], " A"), ([2, 0x20, 0x20], nil),
    ] as [([UInt16], String?)])
  func onlyPrintableBytesOfAnAnswerAreText(_ bytes: [UInt16], _ text: String?) {
    #expect(ServerText.read(bytes) == text)
  }

  @Test func whatReadingWouldClearIsNeverRead() {
    var run = Run(Self.plan)
    run.go(on: [Unit(line: Self.usual, unit: 1, holding: [18: 3, 19: 3, 90: 7])])
    #expect(
      !run.probes.contains { probe in
        guard case .read(let span) = probe.request else { return false }
        return span.address <= 90 && span.end > 90
      })
    #expect(!run.probes.contains { $0.unit == 0 })
  }

  @Test func anySeededBusIsFoundWhole() {
    let plan = ScanPlan(rates: [9600, 19200, 4800], profiles: Self.profiles)
    for seed in UInt64(1)...25 {
      var dice = SplitMix64(seed: seed)
      let lines = plan.lines
      let line = lines[Int(dice.next() % UInt64(lines.count))]
      var bus: [Unit] = []
      for _ in 0...dice.next() % 6 {
        let unit = UInt8(1 + dice.next() % 247)
        guard !bus.contains(where: { $0.unit == unit }) else { continue }
        var device = Unit(line: line, unit: unit, isTaciturn: dice.next() % 2 == 0)
        if dice.next() % 2 == 0 { device.holding[0] = 1 } else { device.input[0] = 1 }
        bus.append(device)
      }
      let stop = Int(dice.next() % 2000)
      var whole = Run(plan)
      whole.go(on: bus)
      #expect(
        whole.scan.found.map(\.unit).sorted() == bus.map(\.unit).sorted(), "seed \(seed)")
      #expect(whole.scan.remaining == 0, "seed \(seed)")
      var first = Run(plan)
      first.go(limit: stop, on: bus)
      var second = Run(plan, from: first.scan.bookmark)
      second.go(on: bus)
      #expect(
        second.scan.found.map(\.unit).sorted() == bus.map(\.unit).sorted(),
        "seed \(seed), interrupted after \(stop) probes")
      #expect(
        second.scan.found.first { $0.unit == bus[0].unit }?.guesses
          == whole.scan.found.first { $0.unit == bus[0].unit }?.guesses, "seed \(seed)")
      #expect(
        first.probes.count + second.probes.count <= whole.probes.count + 2 * bus.count + 60,
        "seed \(seed): \(first.probes.count) + \(second.probes.count), \(whole.probes.count)")
    }
  }

  @Test func otherLinesAreLeftAloneOnceSomebodyAnswered() {
    var run = Run(Self.plan)
    run.go(on: [Unit(line: Self.usual, unit: 3, holding: [0: 1])])
    let others = run.probes.filter { $0.line != Self.usual }
    #expect(others.count < 20, "\(others.count) probes at other settings")
    var thorough = Run(ScanPlan(profiles: Self.profiles, isThorough: true))
    let late = SerialSettings(baud: 1200, parity: .odd, stopBits: 1)
    thorough.go(on: [
      Unit(line: Self.usual, unit: 3, holding: [0: 1]),
      Unit(line: late, unit: 200, holding: [0: 1]),
    ])
    #expect(thorough.scan.found.map(\.unit) == [3, 200])
  }

  @Test func optionsNarrowTheSearch() {
    let plan = ScanPlan(
      rates: [4800], parities: [.odd], units: [5, 9, 200], profiles: Self.profiles)
    var run = Run(plan)
    run.go(on: [])
    #expect(Set(run.probes.map(\.unit)) == [5, 9, 200])
    #expect(
      Set(run.probes.map(\.line)) == [SerialSettings(baud: 4800, parity: .odd, stopBits: 1)])
    #expect(run.probes.count == 6)
  }
}
