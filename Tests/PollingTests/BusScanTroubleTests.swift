import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Scans where answers come late, damaged, from everywhere, or the port does not do as asked.
@Suite struct BusScanTroubleTests {
  typealias Run = BusScanTests.Run

  static let plan = ScanPlan(
    rates: [9600], parities: [.none], units: Array(1...20), profiles: BusScanTests.profiles)

  /// The answer of unit 4 comes when a later unit has been asked already, unless it is waited for.
  @Test(arguments: 5...9)
  func aSlowUnitIsFoundByTheAnswerThatCameLate(_ listener: UInt8) {
    var run = Run(Self.plan)
    var isUnderway = false
    run.go { probe in
      let isHasty = probe.timeout < .milliseconds(500)
      if probe.unit == 4 {
        guard Self.plan.questions.contains(where: { .read($0) == probe.request }) else {
          return (.failed(.exception(2)), [])
        }
        isUnderway = isHasty
        return isHasty ? (.failed(.timeout), []) : (.done, [7])
      }
      guard isUnderway, probe.unit == listener else { return (.failed(.timeout), []) }
      isUnderway = false
      return (.failed(.wrongUnit), [])
    }
    #expect(run.scan.found.map(\.unit) == [4])
    #expect(run.scan.damagedAnswers.isEmpty)
  }

  @Test func whatIsNeverUnderstoodIsToldOnceAndAskedTwice() {
    var run = Run(Self.plan)
    run.go { $0.unit == 9 ? (.failed(.badChecksum), []) : (.failed(.timeout), []) }
    #expect(run.scan.found.isEmpty)
    #expect(run.scan.damagedAnswers.map(\.unit) == [9])
    #expect(run.scan.damagedAnswers.first?.fault == .badChecksum)
    // Two questions of the sweep, each asked twice.
    #expect(run.probes.filter { $0.unit == 9 }.count == 4)
  }

  @Test func aDamagedAnswerThatComesWholeIsAFind() {
    var run = Run(Self.plan)
    var asked = 0
    run.go { probe in
      guard probe.unit == 9 else { return (.failed(.timeout), []) }
      asked += 1
      return asked < 3 ? (.failed(.badChecksum), []) : (.failed(.exception(1)), [])
    }
    #expect(run.scan.found.map(\.unit) == [9])
    #expect(run.scan.damagedAnswers.isEmpty)
  }

  @Test func aServerThatAnswersEveryAddressIsOneDevice() {
    var run = Run(ScanPlan(tcpUnits: nil, profiles: []))
    run.go { _ in (.failed(.exception(2)), []) }
    #expect(run.scan.answersEveryUnit)
    #expect(run.probes.count < 20)
    #expect(run.probes.allSatisfy { $0.line == nil })
  }

  @Test func aGatewaySaysThatAUnitIsNotThere() {
    var run = Run(ScanPlan(tcpUnits: [1, 2, 3], profiles: []))
    run.go { $0.unit == 2 ? (.failed(.exception(2)), []) : (.failed(.exception(11)), []) }
    #expect(run.scan.found.map(\.unit) == [2])
    #expect(!run.scan.answersEveryUnit)
  }

  @Test func settingsThatThePortDoesNotHaveAreLeftOut() {
    let plan = ScanPlan(rates: [9600, 1_234_567], parities: [.none], profiles: [])
    var run = Run(plan)
    run.go { probe in
      probe.line?.baud == 9600
        ? (.failed(.timeout), []) : (.failed(.portUnavailable(.unsupportedSettings)), [])
    }
    #expect(run.probes.filter { $0.line?.baud == 1_234_567 }.count == 1)
    #expect(run.probes.filter { $0.line?.baud == 9600 }.count == 2 * 247)
  }

  @Test func aTaciturnUnitIsNotAskedAboutEveryProfile() {
    let profiles = (0..<40).map { number in
      DeviceProfile(
        id: "maker/\(number)", maker: "Maker", model: "\(number)", serial: BusScanTests.usual,
        defaultUnit: 1,
        identity: [
          .field(
            RawField(table: .holdingRegister, address: UInt16(100 + number), type: .uint16),
            mask: .max, accepted: [5])
        ],
        quantities: [])
    }
    var run = Run(ScanPlan(rates: [9600], parities: [.none], units: [6], profiles: profiles))
    run.go(on: [
      BusScanTests.Unit(
        line: BusScanTests.usual, unit: 6, holding: [0: 1], isTaciturn: true)
    ])
    #expect(run.scan.found.map(\.unit) == [6])
    #expect(run.probes.count <= 1 + FoundUnit.mostUnansweredInRow)
  }

  /// A bookmark may come from a file that somebody edited.
  @Test func anyBookmarkIsTaken() {
    var dice = SplitMix64(seed: 7)
    for _ in 0..<200 {
      let numbers = (0..<12).map { _ in Int(truncatingIfNeeded: dice.next()) >> (dice.next() % 63) }
      let bookmark = BusScan.Bookmark(
        factoryProbes: numbers[0], sweptUnits: Array(numbers[1...8]),
        found: [
          BusScan.Bookmark.Unit(
            line: numbers[9], unit: UInt8(truncatingIfNeeded: numbers[10]),
            span: Self.plan.questions[0])
        ])
      var run = Run(Self.plan, from: bookmark)
      run.go { _ in (.failed(.timeout), []) }
      #expect(run.scan.remaining == 0)
    }
  }
}
