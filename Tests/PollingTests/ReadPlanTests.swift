import DetectionCore
import DeviceProfiles
import Polling
import Testing

@Suite struct ReadPlanTests {
  static func holding(_ address: UInt16, _ count: UInt16 = 1) -> RegisterSpan {
    RegisterSpan(table: .holdingRegister, address: address, count: count)
  }

  static let cost = TransactionCost(link: Sample.line, timing: DeviceTiming())

  static func plan(
    _ wanted: [WantedPoint], _ limits: ReadLimits
  ) throws(ReadPlanError) -> ReadPlan {
    try ReadPlan(points: wanted, limits: limits, cost: cost)
  }

  static func spans(_ wanted: [WantedPoint], _ limits: ReadLimits) throws -> [RegisterSpan] {
    try plan(wanted, limits).blocks.map(\.span)
  }

  static func singles(_ addresses: [UInt16]) -> [WantedPoint] {
    addresses.map { WantedPoint(span: holding($0)) }
  }

  @Test func neighboursShareARead() throws {
    let spans = try Self.spans(Self.singles([2, 0, 1]), ReadLimits())
    #expect(spans == [Self.holding(0, 3)])
  }

  @Test func holesAreBridgedUpToTheLimit() throws {
    let wanted = Self.singles([0, 4])
    #expect(
      try Self.spans(wanted, ReadLimits(maximumHole: 2)) == [Self.holding(0), Self.holding(4)])
    #expect(try Self.spans(wanted, ReadLimits(maximumHole: 3)) == [Self.holding(0, 5)])
  }

  @Test func aHoleIsBridgedWhereThatIsCheaper() throws {
    // The worked example: a further read costs as much as 10.6 registers.
    let limits = ReadLimits(maximumHole: 100)
    #expect(try Self.spans(Self.singles([0, 11]), limits) == [Self.holding(0, 12)])
    #expect(try Self.spans(Self.singles([0, 12]), limits) == [Self.holding(0), Self.holding(12)])
  }

  @Test func aGreedyFirstReadIsShortenedWhereTheWholeGetsCheaper() throws {
    // Longest first, 0 to 9 with its hole would be one read and 10 another.
    let limits = ReadLimits(maximumRegisters: 10, maximumHole: 7)
    #expect(
      try Self.spans(Self.singles([0, 1, 9, 10]), limits) == [
        Self.holding(0, 2), Self.holding(9, 2),
      ])
  }

  @Test func aReadIsAtMostAsLongAsTheDeviceAllows() throws {
    let wanted = Self.singles(Array(0..<126))
    #expect(try Self.spans(wanted, ReadLimits()) == [Self.holding(0, 125), Self.holding(125)])
    #expect(
      try Self.spans(Self.singles([0, 1, 2]), ReadLimits(maximumRegisters: 1)) == [
        Self.holding(0), Self.holding(1), Self.holding(2),
      ])
  }

  @Test func aQuantityIsNeverCutApart() throws {
    let wanted = [WantedPoint(span: Self.holding(0, 2)), WantedPoint(span: Self.holding(2, 2))]
    #expect(
      try Self.spans(wanted, ReadLimits(maximumRegisters: 3)) == [
        Self.holding(0, 2), Self.holding(2, 2),
      ])
  }

  @Test func companionsStayWithTheirQuantity() throws {
    let status = Self.holding(9)
    let wanted =
      Self.singles([0, 1, 2, 3, 4, 5, 6]) + [
        WantedPoint(span: Self.holding(7, 2), companions: [status])
      ]
    // Address 7 would still fit into the first read; its status word would not.
    let plan = try Self.plan(wanted, ReadLimits(maximumRegisters: 9))
    #expect(plan.blocks.map(\.span) == [Self.holding(0, 7), Self.holding(7, 3)])
    #expect(plan.wordsPerPoint[7] == 3)
  }

  @Test func distantCompanionsGetAReadOfTheirOwn() throws {
    let wanted = [
      WantedPoint(
        span: RegisterSpan(table: .inputRegister, address: 10, count: 2),
        companions: [Self.holding(300), Self.holding(301)])
    ]
    let plan = try Self.plan(wanted, ReadLimits())
    #expect(plan.blocks.map(\.span) == [Self.holding(300, 2), wanted[0].span])
    #expect(plan.wordsPerPoint == [4])
    #expect(plan.blocks.flatMap(\.pieces).map(\.offset).sorted() == [0, 2])
  }

  @Test func readsBeginAtEvenAddressesWhereWanted() throws {
    let limits = ReadLimits(maximumRegisters: 4, evenStart: true)
    #expect(try Self.spans(Self.singles([3]), limits) == [Self.holding(2, 2)])
    #expect(
      try Self.spans(Self.singles([3, 4, 5, 6]), limits) == [Self.holding(2, 4), Self.holding(6)])
    #expect(throws: ReadPlanError.unreadable(point: 0, Self.holding(3, 4))) {
      try Self.plan([WantedPoint(span: Self.holding(3, 4))], limits)
    }
  }

  @Test func forbiddenRegistersAreNeverRead() throws {
    let limits = ReadLimits(maximumHole: 10, forbidden: [Self.holding(2)])
    #expect(
      try Self.spans(Self.singles([0, 1, 3, 4]), limits) == [
        Self.holding(0, 2), Self.holding(3, 2),
      ]
    )
    #expect(throws: ReadPlanError.unreadable(point: 1, Self.holding(2))) {
      try Self.plan(Self.singles([0, 2]), limits)
    }
  }

  @Test func aQuantityThatWantsToBeAloneIs() throws {
    let alone = WantedPoint(
      span: Self.holding(1), companions: [Self.holding(2)], isReadAlone: true)
    let spans = try Self.spans(Self.singles([0]) + [alone] + Self.singles([3]), ReadLimits())
    #expect(spans == [Self.holding(0), Self.holding(2, 2), Self.holding(1)])
  }

  @Test func theLastAddressCanBeRead() throws {
    #expect(try Self.spans(Self.singles([0xFFFF]), ReadLimits()) == [Self.holding(0xFFFF)])
    #expect(throws: ReadPlanError.unreadable(point: 0, Self.holding(0xFFFF, 2))) {
      try Self.plan([WantedPoint(span: Self.holding(0xFFFF, 2))], ReadLimits())
    }
    #expect(throws: ReadPlanError.self) {
      try Self.plan([WantedPoint(span: Self.holding(5, 0))], ReadLimits())
    }
  }

  @Test(arguments: 0..<400) func everyPieceIsReadOnceWithinTheLimits(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let limits = ReadLimits(
      maximumRegisters: .random(in: 4...125, using: &random),
      maximumBits: .random(in: 4...2000, using: &random),
      maximumHole: .random(in: 0...20, using: &random),
      forbidden: (0..<Int.random(in: 0...3, using: &random)).map { _ in
        Self.span(&random, longest: 5)
      },
      evenStart: Bool.random(using: &random))
    let wanted = (0..<Int.random(in: 1...60, using: &random)).map { _ in
      WantedPoint(
        span: Self.span(&random, longest: 4),
        companions: (0..<Int.random(in: 0...2, using: &random)).map { _ in
          Self.span(&random, longest: 2)
        }, isReadAlone: Int.random(in: 0..<10, using: &random) == 0)
    }
    let plan: ReadPlan
    do {
      plan = try Self.plan(wanted, limits)
    } catch ReadPlanError.unreadable(let point, let span) {
      let odd = limits.evenStart && span.address % 2 != 0
      let first = span.address - (odd ? 1 : 0)
      let whole = RegisterSpan(table: span.table, address: first, count: span.count + (odd ? 1 : 0))
      #expect(!limits.allows(whole), "seed \(seed): point \(point) was refused without need")
      return
    }
    for block in plan.blocks {
      #expect(limits.allows(block.span), "seed \(seed)")
      #expect(!block.pieces.isEmpty, "seed \(seed)")
      for piece in block.pieces {
        #expect(Self.addresses(piece.span).isSubset(of: Self.addresses(block.span)), "seed \(seed)")
        #expect(!piece.isAlone || block.pieces.count == 1, "seed \(seed)")
      }
    }
    for (index, point) in wanted.enumerated() {
      let pieces = plan.blocks.flatMap(\.pieces).filter { $0.point == index }
      let needed = Self.addresses(point.span).union(point.companions.flatMap(Self.addresses))
      let read = pieces.map { Self.addresses($0.span) }
      #expect(needed.isSubset(of: read.reduce(into: []) { $0.formUnion($1) }), "seed \(seed)")
      #expect(read.contains { Self.addresses(point.span).isSubset(of: $0) }, "seed \(seed)")
      let words = pieces.reduce(0) { $0 + Int($1.span.count) }
      #expect(words == plan.wordsPerPoint[index], "seed \(seed)")
    }
  }

  /// A dozen seeds a case; each compares the plan with every way to share the points out.
  @Test(arguments: 0..<240) func noSharingOutIsCheaper(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let limits = ReadLimits(
      maximumRegisters: .random(in: 3...30, using: &random),
      maximumBits: .random(in: 3...60, using: &random),
      maximumHole: .random(in: 0...25, using: &random),
      forbidden: (0..<Int.random(in: 0...1, using: &random)).map { _ in
        RegisterSpan(
          table: .holdingRegister, address: .random(in: 0...45, using: &random), count: 1)
      },
      evenStart: Bool.random(using: &random))
    let tables = RegisterTable.allCases.shuffled(using: &random).prefix(2)
    let wanted = (0..<Int.random(in: 1...7, using: &random)).map { _ in
      WantedPoint(
        span: RegisterSpan(
          table: tables.randomElement(using: &random) ?? .coil,
          address: .random(in: 0...45, using: &random), count: .random(in: 1...3, using: &random)),
        isReadAlone: Int.random(in: 0..<12, using: &random) == 0)
    }
    let timing = DeviceTiming(
      guardMs: [nil, 0, 20].randomElement(using: &random) ?? nil,
      responseDelayMs: .random(in: 0...20, using: &random))
    let bauds: [UInt32] = [1200, 9600, 115_200]
    let link: Link =
      Int.random(in: 0..<4, using: &random) == 0
      ? .tcp(host: "box", port: 502)
      : .serial(
        path: "/dev/bus",
        SerialSettings(
          baud: bauds.randomElement(using: &random) ?? 9600, parity: .even, stopBits: 1))
    let cost = TransactionCost(link: link, timing: timing)
    guard let plan = try? ReadPlan(points: wanted, limits: limits, cost: cost) else { return }
    let planned = plan.blocks.reduce(0) { $0 + cost.time(.read($1.span)).nanoseconds }
    var cheapest = Int64.max
    SharingOut.each(of: wanted, limits: limits) { reads in
      cheapest = min(cheapest, reads.reduce(0) { $0 + cost.time(.read($1)).nanoseconds })
    }
    #expect(planned == cheapest, "seed \(seed): \(wanted) within \(limits)")
  }

  private static func span(_ random: inout SplitMix64, longest: UInt16) -> RegisterSpan {
    RegisterSpan(
      table: .allCases[Int.random(in: 0..<4, using: &random)],
      address: .random(in: 0...300, using: &random),
      count: .random(in: 1...longest, using: &random))
  }

  /// Every register of the span as one number.
  private static func addresses(_ span: RegisterSpan) -> Set<Int> {
    Set((Int(span.address)..<span.end).map { $0 + Int(span.table.readFunctionCode) << 20 })
  }
}

/// Every way to share points out among reads, neighbours or not, by trial.
private enum SharingOut {
  /// Calls `body` with the reads of each way that `limits` allow.
  static func each(
    of points: [WantedPoint], limits: ReadLimits, body: ([RegisterSpan]) -> Void
  ) {
    share(points[...], among: [], limits: limits, body: body)
  }

  private static func share(
    _ rest: ArraySlice<WantedPoint>, among groups: [[WantedPoint]], limits: ReadLimits,
    body: ([RegisterSpan]) -> Void
  ) {
    guard let point = rest.first else {
      let reads = groups.map { read($0, limits: limits) }
      if !reads.contains(nil) { body(reads.compactMap { $0 }) }
      return
    }
    for index in groups.indices {
      var joined = groups
      joined[index].append(point)
      share(rest.dropFirst(), among: joined, limits: limits, body: body)
    }
    share(rest.dropFirst(), among: groups + [[point]], limits: limits, body: body)
  }

  /// One read for all of `group`, or nil where the limits forbid it.
  private static func read(_ group: [WantedPoint], limits: ReadLimits) -> RegisterSpan? {
    let spans = group.map(\.span)
    guard let table = spans.first?.table, spans.allSatisfy({ $0.table == table }),
      group.count == 1 || !group.contains(where: \.isReadAlone),
      var first = spans.map({ Int($0.address) }).min(), let end = spans.map(\.end).max()
    else { return nil }
    if limits.evenStart { first -= first % 2 }
    var hole = 0
    for address in first..<end {
      let isWanted = spans.contains { (Int($0.address)..<$0.end).contains(address) }
      // The register that an even start adds is no hole.
      hole = isWanted || address < spans.map({ Int($0.address) }).min() ?? 0 ? 0 : hole + 1
      guard hole <= Int(limits.maximumHole) else { return nil }
    }
    let span = RegisterSpan(table: table, address: UInt16(first), count: UInt16(end - first))
    return limits.allows(span) ? span : nil
  }
}
