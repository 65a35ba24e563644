import DetectionCore
import DeviceProfiles

/// The points of one device that are read at the same times, and how far the current sample has
/// come.
struct PollGroup: Sendable {
  /// One point's place in the current sample.
  struct Member: Sendable {
    let point: PolledPoint
    let pieces: [RegisterSpan]
    /// The words of all pieces, one piece behind the other.
    var words: [UInt16]
    /// Pieces that have not been read yet in this sample.
    var open: Int
    /// True when the sample has its reading, good or not.
    var isSettled: Bool
    /// True while the device refuses the point.
    var isRefused: Bool
  }

  /// Which points of a sample.
  enum Part { case all, refused, currentBlock }

  let limits: ReadLimits
  /// The reads as planned, with no point refused.
  let plannedBlocks: [ReadBlock]
  /// The reads as the device takes them.
  private(set) var blocks: [ReadBlock]
  private(set) var members: [Member]
  /// When samples are due.
  private(set) var grid: SampleGrid
  /// When the sample that is being read was due; meaningful while `current` is not nil.
  private(set) var slot: Instant
  /// The block that is read next, or nil between samples.
  private(set) var current: Int?
  /// How often the current block was tried.
  var tries = 0
  /// The current block must not be read before this.
  var notBefore: Instant
  /// Samples that ended behind their deadline and have not been counted yet.
  private var lateSamples: UInt64 = 0
  /// True where a rule watches one of the points.
  let isWatched: Bool
  /// When refused points are tried again; nil where there are none.
  private(set) var retestAt: Instant?

  init(
    points: [PolledPoint], limits: ReadLimits, cost: TransactionCost, grid: SampleGrid
  ) throws(BusPlanError) {
    precondition(!points.isEmpty, "a group without points")
    let plan: ReadPlan
    do throws(ReadPlanError) {
      plan = try ReadPlan(
        points: points.map { WantedPoint($0.quantity) }, limits: limits, cost: cost)
    } catch {
      switch error {
      case .unreadable(let place, let span): throw .unreadable(points[place].point, span)
      }
    }
    self.limits = limits
    isWatched = points.contains(where: \.isWatched)
    plannedBlocks = plan.blocks
    blocks = plan.blocks
    blocks.reserveCapacity(plan.blocks.reduce(0) { $0 + $1.pieces.count })
    members = points.enumerated().map { index, point in
      let pieces = plan.blocks.flatMap(\.pieces).filter { $0.point == index }
      return Member(
        point: point, pieces: pieces.sorted { $0.offset < $1.offset }.map(\.span),
        words: Array(repeating: 0, count: plan.wordsPerPoint[index]), open: 0, isSettled: true,
        isRefused: false)
    }
    self.grid = grid
    slot = grid.next
    notBefore = grid.next
  }

  /// The block to read next, or nil between samples.
  var block: ReadBlock? { current.map { blocks[$0] } }

  /// When the next sample is due.
  var nextSlot: Instant { grid.next }

  /// True while nothing is being read, nor in the midst of a burst.
  var isBetweenRounds: Bool { current == nil && grid.place == 0 }

  /// When the sample that is being read should be complete: when the next one of the same cadence
  /// may begin.
  var deadline: Instant { slot + grid.cadence.spacing }

  /// When the group next needs the bus or the clock.
  var wake: Instant { current == nil ? nextSlot : notBefore }

  /// Begins the sample that is due at `now` and returns how many were passed over; nil where none
  /// is due or the last one is still being read.
  mutating func begin(at now: Instant) -> UInt64? {
    guard current == nil, now >= nextSlot else { return nil }
    let passed: Int64
    (slot, passed) = grid.take(at: now)
    if let retestAt, now >= retestAt {
      self.retestAt = nil
      blocks.removeAll(keepingCapacity: true)
      blocks.append(contentsOf: plannedBlocks)
      for index in members.indices { members[index].isRefused = false }
    }
    for index in members.indices {
      members[index].open = members[index].pieces.count
      members[index].isSettled = false
    }
    current = -1
    advance(at: now)
    return UInt64(passed)
  }

  /// Goes on to the next block; ends the sample behind the last one.
  mutating func advance(at now: Instant) {
    guard let index = current else { return }
    let next = index + 1
    current = next < blocks.count ? next : nil
    if current == nil, !blocks.isEmpty, now > deadline { lateSamples += 1 }
    tries = 0
    notBefore = now
  }

  /// How many samples ended behind their deadline since the last call.
  mutating func takeLateSamples() -> UInt64 {
    defer { lateSamples = 0 }
    return lateSamples
  }

  /// Leaves the current sample.
  mutating func abandon() { current = nil }

  /// Stores a block's words and calls `complete` for each point that has all it needs.
  mutating func store(_ words: [UInt16], complete: (inout Member) -> Void) {
    guard let index = current else { return }
    for piece in blocks[index].pieces where !members[piece.point].isSettled {
      let from = Int(piece.span.address) - Int(blocks[index].span.address)
      for place in 0..<Int(piece.span.count) {
        members[piece.point].words[piece.offset + place] = words[from + place]
      }
      members[piece.point].open -= 1
      guard members[piece.point].open == 0 else { continue }
      members[piece.point].isSettled = true
      complete(&members[piece.point])
    }
  }

  /// Settles each point that has no reading yet in this sample and belongs to `part`.
  mutating func settle(_ part: Part, each body: (PolledPoint) -> Void) {
    for index in members.indices where !members[index].isSettled {
      let belongs =
        switch part {
        case .all: true
        case .refused: members[index].isRefused
        case .currentBlock: block?.pieces.contains { $0.point == index } ?? false
        }
      guard belongs else { continue }
      members[index].isSettled = true
      body(members[index].point)
    }
  }

  /// The device refused the current block: halves it, or takes its only piece out of the reads
  /// until `retest`; the current block is then the one behind it.
  mutating func refuse(retest: Instant, at now: Instant) {
    guard let index = current else { return }
    tries = 0
    if retestAt == nil { retestAt = retest }
    if let (first, second) = blocks[index].halves(limits: limits) {
      blocks[index] = first
      blocks.insert(second, at: index + 1)
      return
    }
    members[blocks[index].pieces[0].point].isRefused = true
    blocks.remove(at: index)
    current = index - 1
    advance(at: now)
  }
}

extension PollGroup.Member {
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
    switch point.quantity.decode(from: { word($0, $1) }) {
    case .value(let value):
      let scaled = value * point.unitFactor + point.unitOffset
      return scaled.isFinite ? (scaled, .notEvaluated) : (.nan, .fail)
    case .missing: return (.nan, .missing)
    case .invalid: return (.nan, .fail)
    }
  }
}
