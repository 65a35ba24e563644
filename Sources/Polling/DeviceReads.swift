import DetectionCore
import DeviceProfiles

/// What is read from one device, and how far the present samples have come.
///
/// The points of one cadence are read together, by the cheapest reads for all of them.
struct DeviceReads: SampledDevice, Sendable {
  /// One point in the current sample.
  struct Member: SampledPoint, Sendable {
    var point: PolledPoint
    let quantity: ProfileQuantity
    let pieces: [RegisterSpan]
    var message: Int { 0 }
    var group = 0
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

  /// How far the reads of a sample have come.
  struct Progress: Sendable {
    /// The reads of a sample; nil until they are planned.
    var planned: [ReadBlock]?
    /// Those of the present one: as planned, or what became of them where the device refused some.
    var blocks: [ReadBlock] = []
    /// The one that is next.
    var current = 0
    /// How often it was tried.
    var tries = 0
    /// It must not be read before this.
    var notBefore = Instant(nanoseconds: .min)
  }

  static var initialProgress: Progress { Progress() }

  let cost: TransactionCost
  var members: [Member]
  var groups: [SampleGroup<Progress>]
  var changes: [PeriodChange] = []
  var lateSamples: UInt64 = 0
  var pieces: ReadPieces
  /// When reads that were cut are joined again.
  var rejoining = Rejoining()
  /// How often a refusal began, went on or ended: tells whoever shows them that there is news.
  var refusalChanges: UInt64 = 0

  init(
    points: [PolledPoint], limits: ReadLimits, cost: TransactionCost, start: Instant
  ) throws(BusPlanError) {
    let quantities = points.map { point in
      guard case .modbus(let quantity) = point.quantity else {
        preconditionFailure("point \(point.point.rawValue) does not stand in registers")
      }
      return quantity
    }
    do throws(ReadPlanError) {
      pieces = try ReadPieces(points: quantities.map { WantedPoint($0) }, limits: limits)
    } catch {
      switch error {
      case .unreadable(let index, let span): throw .unreadable(points[index].point, span)
      }
    }
    self.cost = cost
    let pieces = pieces
    members = points.indices.map { index in
      Member(
        point: points[index], quantity: quantities[index], pieces: pieces.spans(ofPoint: index),
        words: Array(repeating: 0, count: pieces.wordsPerPoint[index]))
    }
    groups = Self.groups(of: &members, start: start)
  }

  /// The shortest read that there may be.
  var shortestRead: RegisterSpan? { pieces.shortestRead }

  /// The read that is next of a group; nil between samples.
  func block(of group: Int) -> ReadBlock? {
    let progress = groups[group].progress
    return groups[group].slot == nil ? nil : progress.blocks[progress.current]
  }

  /// When the group next needs the bus or the clock by itself.
  func wake(of group: Int) -> Instant {
    groups[group].slot == nil ? groups[group].nextSlot : groups[group].progress.notBefore
  }

  /// Begins the samples that are due at `now` and returns how many were passed over; settles points
  /// that cannot be read.
  mutating func beginSamples(
    at now: Instant, isReadable: Bool, unread body: (PolledPoint) -> Void
  ) -> UInt64 {
    var passed: UInt64 = 0
    for group in groups.indices {
      guard let skipped = groups[group].take(at: now) else { continue }
      passed += skipped
      rejoinReads(at: groups[group].slot ?? now)
      var isOpen = false
      for index in members.indices where members[index].group == group {
        members[index].open = members[index].pieces.count
        if isReadable { retest(index) }
        members[index].isSettled = !isReadable || members[index].isPutOff
        if members[index].isSettled { body(members[index].point) } else { isOpen = true }
      }
      guard isOpen else {
        groups[group].slot = nil
        continue
      }
      if groups[group].progress.planned == nil {
        groups[group].progress.planned = reads(ofGroup: group)
      }
      groups[group].progress.blocks = groups[group].progress.planned ?? []
      groups[group].progress.current = 0
      groups[group].progress.tries = 0
      groups[group].progress.notBefore = now
      skipDoneBlocks(of: group, at: now)
    }
    return passed
  }

  /// The cheapest reads of a group, without what the device refuses.
  func reads(ofGroup group: Int) -> [ReadBlock] {
    pieces.cheapestReads(cost: cost) { point in
      members[point].group == group && !members[point].isPutOff
    }
  }

  /// Goes on to the next block of `group`; ends its sample where that is complete.
  mutating func advance(_ group: Int, at now: Instant) {
    guard groups[group].slot != nil else { return }
    groups[group].progress.current += 1
    groups[group].progress.tries = 0
    groups[group].progress.notBefore = now
    skipDoneBlocks(of: group, at: now)
  }

  private mutating func skipDoneBlocks(of group: Int, at now: Instant) {
    while groups[group].progress.current < groups[group].progress.blocks.count {
      let block = groups[group].progress.blocks[groups[group].progress.current]
      if block.pieces.contains(where: { !members[$0.point].isSettled }) { return }
      groups[group].progress.current += 1
      groups[group].progress.tries = 0
    }
    if let deadline = groups[group].deadline, now > deadline { lateSamples += 1 }
    groups[group].slot = nil
  }

  /// True where every sample that is being read may still be complete in time when its reads go on at
  /// `instant`.
  func canWait(until instant: Instant) -> Bool {
    groups.allSatisfy { group in group.deadline.map { instant < $0 } ?? true }
  }

  /// Leaves all samples; calls `body` for each point that has no reading in its.
  mutating func abandon(each body: (PolledPoint) -> Void) {
    for index in members.indices where groups[members[index].group].slot != nil {
      guard !members[index].isSettled else { continue }
      members[index].isSettled = true
      body(members[index].point)
    }
    for group in groups.indices { groups[group].slot = nil }
  }

  /// Stores the words of the block that `group` reads, and calls `complete` for each point that has
  /// all it needs.
  mutating func store(_ words: [UInt16], of group: Int, complete: (Member) -> Void) {
    guard let block = block(of: group) else { return }
    for piece in block.pieces where !members[piece.point].isSettled {
      let from = Int(piece.span.address) - Int(block.span.address)
      for word in 0..<Int(piece.span.count) {
        members[piece.point].words[piece.offset + word] = words[from + word]
      }
      members[piece.point].open -= 1
      guard members[piece.point].open == 0 else { continue }
      members[piece.point].isSettled = true
      if members[piece.point].refusal != nil { endRefusal(of: piece.point) }
      complete(members[piece.point])
    }
  }

  /// True where the block that `group` reads clears what it reads.
  func clears(_ group: Int) -> Bool {
    block(of: group).map { pieces.limits.clears($0.span) } ?? false
  }

  /// Settles each point of the block that `group` reads that has no reading yet.
  mutating func settleBlock(of group: Int, each body: (PolledPoint) -> Void) {
    guard let block = block(of: group) else { return }
    for piece in block.pieces where !members[piece.point].isSettled {
      members[piece.point].isSettled = true
      body(members[piece.point].point)
    }
  }

  /// The block that `group` reads is to be read again at `again`; false where its next sample is due
  /// before that.
  mutating func wait(_ group: Int, until again: Instant) -> Bool {
    guard again < groups[group].nextSlot else { return false }
    groups[group].progress.notBefore = again
    return true
  }

  mutating func regrouped() { forgetPlans() }

  /// Has reads planned anew: the groups, or what the device refuses, have changed.
  mutating func forgetPlans() {
    for group in groups.indices { groups[group].progress.planned = nil }
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
    point.reading(of: quantity.decode(from: { word($0, $1) }))
  }
}
