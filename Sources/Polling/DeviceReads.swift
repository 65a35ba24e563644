import DetectionCore
import DeviceProfiles

/// What is read from one device, and how far the present samples have come.
///
/// Where the device `shares`, groups of points that are due at the same moment are read by the
/// cheapest reads for all of them together: never dearer than one after the other, since those are
/// one of the ways to share the registers out. All reads of such a device should be complete within
/// the shortest time that one of its groups allows; that is what `SchedulabilityAnalysis` reckons with and holds them to.
struct DeviceReads: Sendable {
  /// One point's place in the current sample.
  struct Member: Sendable {
    var point: PolledPoint
    let pieces: [RegisterSpan]
    /// The cadence that the point was planned with.
    let planned: Cadence
    /// The group that it is in.
    var group: Int
    /// The words of all pieces, one piece behind the other.
    var words: [UInt16]
    /// Pieces that have not been read yet in this sample.
    var open = 0
    /// True when the sample has its reading, good or not.
    var isSettled = true
    /// What the device says instead of its value; nil since the last good answer.
    var refusal: Refusal?

    /// True while the point is not asked for.
    var isPutOff: Bool { refusal?.isPutOff == true }
  }

  /// The reads of some groups together, without the points that are put off.
  struct Plan {
    /// Which groups, of all.
    var groups: [Bool]
    var blocks: [ReadBlock]
  }

  let cost: TransactionCost
  /// True while groups that are due at the same moment are read together.
  var shares = false
  /// By the order of the plan.
  var members: [Member]
  /// In the order in which they were made; a cadence occurs twice only until the younger group
  /// can join the older.
  var groups: [PollGroup]
  /// Samples that ended behind their deadline and have not been counted yet.
  private var lateSamples: UInt64 = 0
  var pieces: ReadPieces
  /// Plans that were made since the groups or the refusals changed last.
  var plans: [Plan] = []
  /// When reads that were cut are joined again.
  var rejoining = Rejoining()
  /// How often a refusal began, went on or ended: tells whoever shows them that there is news.
  var refusalChanges: UInt64 = 0

  init(
    points: [PolledPoint], limits: ReadLimits, cost: TransactionCost, start: Instant
  ) throws(BusPlanError) {
    do throws(ReadPlanError) {
      pieces = try ReadPieces(points: points.map { WantedPoint($0.quantity) }, limits: limits)
    } catch {
      switch error {
      case .unreadable(let place, let span): throw .unreadable(points[place].point, span)
      }
    }
    self.cost = cost
    var cadences: [Cadence] = []
    for point in points where !cadences.contains(Cadence(of: point)) {
      cadences.append(Cadence(of: point))
    }
    groups = cadences.map { cadence in
      PollGroup(
        grid: SampleGrid(cadence, start: start),
        isWatched: points.contains { $0.isWatched && Cadence(of: $0) == cadence })
    }
    members = []
    for (place, point) in points.enumerated() {
      members.append(
        Member(
          point: point, pieces: pieces.spans(ofPoint: place), planned: Cadence(of: point),
          group: cadences.firstIndex(of: Cadence(of: point)) ?? 0,
          words: Array(repeating: 0, count: pieces.wordsPerPoint[place])))
    }
  }

  /// The shortest read that there may be.
  var shortestRead: RegisterSpan? { pieces.shortestRead }

  /// The longest that a read of any points together may take.
  var longestRead: TimeSpan { pieces.longestRead(cost: cost) }

  /// The time in which samples of a group should be complete.
  func relativeDeadline(ofGroup group: Int) -> TimeSpan {
    let own = groups[group].grid.cadence.relativeDeadline
    return shares ? groups.reduce(own) { min($0, $1.grid.cadence.relativeDeadline) } : own
  }

  /// True where the group's reads are not all done.
  func isLeading(_ group: Int) -> Bool { groups[group].reader == group }

  /// The read that the group leads next; nil where it leads none.
  func block(of group: Int) -> ReadBlock? {
    isLeading(group) ? groups[group].blocks[groups[group].current] : nil
  }

  /// True where a rule watches one of the points that the group's reads are for.
  func isWatched(ledBy group: Int) -> Bool {
    groups.contains { $0.reader == group && $0.isWatched }
  }

  /// When the group next needs the bus or the clock by itself.
  func wake(of group: Int) -> Instant {
    switch groups[group].reader {
    case nil: groups[group].nextSlot
    case group: groups[group].notBefore
    default: Instant(nanoseconds: .max)
    }
  }

  /// Begins the samples that are due at `now` and returns how many were passed over; settles points
  /// that cannot be read.
  mutating func beginSamples(
    at now: Instant, isReadable: Bool, unread body: (PolledPoint) -> Void
  ) -> UInt64 {
    var passed: UInt64 = 0
    var isAnyDue = false
    for group in groups.indices {
      guard let skipped = groups[group].take(at: now) else { continue }
      passed += skipped
      rejoinReads(at: groups[group].slot)
      var isOpen = false
      for index in members.indices where members[index].group == group {
        members[index].open = members[index].pieces.count
        if isReadable { retest(index) }
        members[index].isSettled = !isReadable || members[index].isPutOff
        if members[index].isSettled { body(members[index].point) } else { isOpen = true }
      }
      guard isOpen else { continue }
      // It leads itself, with nothing to read yet.
      groups[group].reader = group
      groups[group].blocks = []
      isAnyDue = true
    }
    if isAnyDue { shareOut(at: now) }
    return passed
  }

  /// Gives each group that begins its reads, or a leader.
  private mutating func shareOut(at now: Instant) {
    for group in groups.indices where isLeading(group) && groups[group].blocks.isEmpty {
      let slot = groups[group].slot
      var leader = group
      if shares {
        for other in groups.indices where isBeginning(other, slot) {
          if groups[other].nextSlot > groups[leader].nextSlot { leader = other }
        }
        for other in groups.indices where isBeginning(other, slot) { groups[other].reader = leader }
      }
      let deadline = slot + relativeDeadline(ofGroup: leader)
      if let blocks = plan(ledBy: leader) {
        groups[leader].lead(blocks, deadline: deadline, at: now)
      } else {
        for other in groups.indices where groups[other].reader == leader {
          readApart(other, deadline: deadline, at: now)
        }
      }
    }
  }

  /// True where the group's sample was due at `slot` and has neither reads nor a leader yet.
  private func isBeginning(_ group: Int, _ slot: Instant) -> Bool {
    isLeading(group) && groups[group].blocks.isEmpty && groups[group].slot == slot
  }

  /// Lets a group read what it still needs by itself.
  private mutating func readApart(_ group: Int, deadline: Instant, at now: Instant) {
    groups[group].reader = group
    groups[group].lead(plan(ledBy: group) ?? [], deadline: deadline, at: now)
    skipDoneBlocks(of: group, at: now)
  }

  /// The reads of all groups that `leader` leads; nil for a combination that there is no room to
  /// keep a plan of.
  private mutating func plan(ledBy leader: Int) -> [ReadBlock]? {
    let known = plans.first { plan in
      groups.indices.allSatisfy { plan.groups[$0] == (groups[$0].reader == leader) }
    }
    if let known { return known.blocks }
    let together = groups.map { $0.reader == leader }
    let count = together.count { $0 }
    guard count == 1 || plans.count < PollingLimits.keptReadPlans else { return nil }
    let blocks = reads(of: together)
    plans.append(Plan(groups: together, blocks: blocks))
    return blocks
  }

  /// The cheapest reads of some of the groups; those that the group needs first that is due again
  /// first go first.
  func reads(of together: [Bool]) -> [ReadBlock] {
    let blocks = pieces.cheapestReads(cost: cost) { point in
      together[members[point].group] && !members[point].isPutOff
    }
    let deadlines = blocks.map { block in
      block.pieces.map { groups[members[$0.point].group].grid.cadence.spacing }.min() ?? .zero
    }
    return blocks.indices.sorted { (deadlines[$0], $0) < (deadlines[$1], $1) }.map { blocks[$0] }
  }

  /// Goes on to the next block that `group` leads; ends the samples that are complete.
  mutating func advance(_ group: Int, at now: Instant) {
    guard isLeading(group) else { return }
    groups[group].current += 1
    groups[group].tries = 0
    groups[group].notBefore = now
    skipDoneBlocks(of: group, at: now)
  }

  private mutating func skipDoneBlocks(of leader: Int, at now: Instant) {
    while groups[leader].current < groups[leader].blocks.count {
      let block = groups[leader].blocks[groups[leader].current]
      if block.pieces.contains(where: { isOpen($0.point, ledBy: leader) }) { break }
      groups[leader].current += 1
      groups[leader].tries = 0
    }
    let isOver = groups[leader].current >= groups[leader].blocks.count
    for group in groups.indices where groups[group].reader == leader {
      guard isOver || group != leader else { continue }
      let isComplete = !members.contains { $0.group == group && !$0.isSettled }
      guard isOver || isComplete else { continue }
      groups[group].reader = nil
      if now > groups[group].sampleDeadline { lateSamples += 1 }
    }
  }

  /// True where a point still needs its reading from the reads that `leader` leads.
  private func isOpen(_ point: Int, ledBy leader: Int) -> Bool {
    !members[point].isSettled && groups[members[point].group].reader == leader
  }

  /// How many samples ended behind their deadline since the last call.
  mutating func takeLateSamples() -> UInt64 {
    defer { lateSamples = 0 }
    return lateSamples
  }

  /// Leaves all samples; calls `body` for each point that has no reading in its.
  mutating func abandon(each body: (PolledPoint) -> Void) {
    for index in members.indices where groups[members[index].group].reader != nil {
      guard !members[index].isSettled else { continue }
      members[index].isSettled = true
      body(members[index].point)
    }
    for group in groups.indices { groups[group].reader = nil }
  }

  /// Stores the words of the block that `group` leads, and calls `complete` for each point that has
  /// all it needs.
  mutating func store(_ words: [UInt16], of group: Int, complete: (Member) -> Void) {
    guard let block = block(of: group) else { return }
    for piece in block.pieces where isOpen(piece.point, ledBy: group) {
      let from = Int(piece.span.address) - Int(block.span.address)
      for place in 0..<Int(piece.span.count) {
        members[piece.point].words[piece.offset + place] = words[from + place]
      }
      members[piece.point].open -= 1
      guard members[piece.point].open == 0 else { continue }
      members[piece.point].isSettled = true
      if members[piece.point].refusal != nil { endRefusal(of: piece.point) }
      complete(members[piece.point])
    }
  }

  /// Settles each point of the block that `group` leads that has no reading yet.
  mutating func settleBlock(of group: Int, each body: (PolledPoint) -> Void) {
    settleBlock(of: group, where: { _ in true }, each: body)
  }

  private mutating func settleBlock(
    of group: Int, where isMeant: (Int) -> Bool, each body: (PolledPoint) -> Void
  ) {
    guard let block = block(of: group) else { return }
    for piece in block.pieces where isOpen(piece.point, ledBy: group) {
      guard isMeant(members[piece.point].group) else { continue }
      members[piece.point].isSettled = true
      body(members[piece.point].point)
    }
  }

  /// The block that `group` leads is to be read again at `again`. Groups that are due again until
  /// then go on by themselves, without its points; false where that is all of them.
  mutating func wait(
    _ leader: Int, until again: Instant, at now: Instant, left body: (PolledPoint) -> Void
  ) -> Bool {
    guard again < groups[leader].nextSlot else { return false }
    for group in groups.indices where group != leader && groups[group].reader == leader {
      guard groups[group].nextSlot <= again else { continue }
      settleBlock(of: leader, where: { $0 == group }, each: body)
      readApart(group, deadline: groups[leader].deadline, at: now)
    }
    groups[leader].notBefore = again
    skipDoneBlocks(of: leader, at: now)
    return true
  }
}

extension DeviceReads.Member {
  /// The word at an address, or nil where no piece holds it.
  func word(_ table: RegisterTable, _ address: UInt16) -> UInt16? {
    var offset = 0
    for piece in pieces {
      if piece.table == table, address >= piece.address, Int(address) < piece.end {
        return words[offset + Int(address - piece.address)]
      }
      offset += Int(piece.count)
    }
    return nil
  }

  /// The value in the point's unit and its flag.
  func decoded() -> (value: Double, flag: QualityFlag) {
    point.reading(of: point.quantity.decode(from: { word($0, $1) }))
  }
}
