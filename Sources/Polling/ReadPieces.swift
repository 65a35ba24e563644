import DetectionCore
import DeviceProfiles

/// The registers of a device's points, piece by piece, and the cheapest reads for any of the points.
///
/// What a device turns out to refuse is kept as cuts, between neighbours that no read may hold
/// together. `ReadPlan` says why reads of neighbours are enough, which cuts do not change: they
/// leave runs of pieces, each with a plan of its own.
struct ReadPieces: Sendable {
  let limits: ReadLimits
  /// Those of reads that hold no piece which must be alone.
  private let sparing: ReadLimits
  /// By table, address, length and point.
  let all: [ReadPiece]
  /// How many words each point has over all its pieces.
  let wordsPerPoint: [Int]
  /// True where no read may hold the piece at that index and one before it.
  private var isCut: [Bool]

  /// - Throws: `ReadPlanError` for the first point that the limits forbid to read.
  init(points: [WantedPoint], limits: ReadLimits) throws(ReadPlanError) {
    let sparing = limits.sparing
    var pieces: [ReadPiece] = []
    var wordsPerPoint: [Int] = []
    for (index, point) in points.enumerated() {
      let own = point.isReadAlone ? 1 : 0
      let spans =
        point.isReadAlone
        ? [point.span] + sparing.joined(point.companions)
        : sparing.joined([point.span] + point.companions)
      var offset = 0
      for (part, span) in spans.enumerated() {
        guard (part < own ? limits : sparing).allows(limits.aligned(span)) else {
          throw .unreadable(point: index, span)
        }
        pieces.append(
          ReadPiece(point: index, span: span, offset: offset, isAlone: part < own))
        offset += Int(span.count)
      }
      wordsPerPoint.append(offset)
    }
    self.limits = limits
    self.sparing = sparing
    all = pieces.sorted { $0.order < $1.order }
    self.wordsPerPoint = wordsPerPoint
    isCut = Array(repeating: false, count: all.count)
  }

  /// The registers of one point, in the order of its words.
  func spans(ofPoint point: Int) -> [RegisterSpan] {
    all.filter { $0.point == point }.sorted { $0.offset < $1.offset }.map(\.span)
  }

  /// The shortest read that there may be and that clears nothing.
  var shortestRead: RegisterSpan? {
    all.map { limits.aligned($0.span) }.filter { !limits.clears($0) }.min { $0.count < $1.count }
  }

  /// The longest that a read of any of the points together may take: of all stretches from one
  /// piece to another that the limits allow, and that holes no wider than theirs lie in.
  func longestRead(cost: TransactionCost) -> TimeSpan {
    var longest = TimeSpan.zero
    for (index, first) in all.enumerated() {
      let start = limits.aligned(first.span)
      longest = max(longest, cost.time(.read(start)))
      guard !first.isAlone else { continue }
      var reach = start.end
      for piece in all[index...] where !piece.isAlone {
        guard piece.span.table == start.table,
          Int(piece.span.address) - reach <= Int(limits.maximumHole)
        else { break }
        reach = max(reach, piece.span.end)
        let read = start.hull(piece.span)
        if limits.allows(read) { longest = max(longest, cost.time(.read(read))) }
      }
    }
    return longest
  }

  /// From now on no read holds `piece` and one before it.
  mutating func cut(before piece: ReadPiece) {
    if let index = all.firstIndex(of: piece) { isCut[index] = true }
  }

  /// From now on no read goes beyond `piece`, nor over it.
  mutating func isolate(_ piece: ReadPiece) {
    guard let index = all.firstIndex(of: piece) else { return }
    isCut[index] = true
    if index + 1 < all.count { isCut[index + 1] = true }
  }

  /// Forgets all cuts but those around the pieces of points for which `isApart` holds.
  mutating func joinAgain(except isApart: (Int) -> Bool) {
    for index in isCut.indices {
      isCut[index] = isApart(all[index].point) || (index > 0 && isApart(all[index - 1].point))
    }
  }

  /// The cheapest reads of the points for which `isWanted` holds; those of pieces that must be
  /// alone stand behind the others.
  func cheapestReads(cost: TransactionCost, where isWanted: (Int) -> Bool) -> [ReadBlock] {
    var runs: [ReadPiece] = []
    var isFirst: [Bool] = []
    var alone: [ReadBlock] = []
    var isBehindCut = false
    for (index, piece) in all.enumerated() {
      if isCut[index] { isBehindCut = true }
      guard isWanted(piece.point) else { continue }
      if piece.isAlone {
        alone.append(ReadBlock(span: limits.aligned(piece.span), pieces: [piece]))
      } else {
        runs.append(piece)
        isFirst.append(isBehindCut)
        isBehindCut = false
      }
    }
    return cheapestReads(runs, isFirst: isFirst, cost: cost) + alone
  }

  /// The cheapest reads of the first so many pieces.
  private struct Best {
    var time: Int64
    var reads: Int
    /// The last read, and where its pieces begin.
    var last: RegisterSpan?
    var start: Int

    func isBetter(than other: Best?) -> Bool {
      other.map { (time, reads) <= ($0.time, $0.reads) } ?? true
    }
  }

  /// Shares out `pieces`, which are sorted; one that is the first of a run has no read with those
  /// before it.
  private func cheapestReads(
    _ pieces: [ReadPiece], isFirst: [Bool], cost: TransactionCost
  ) -> [ReadBlock] {
    var best = [Best?](repeating: nil, count: pieces.count + 1)
    best[0] = Best(time: 0, reads: 0, last: nil, start: 0)
    for start in pieces.indices {
      guard let before = best[start] else { continue }
      var span = limits.aligned(pieces[start].span)
      for end in start..<pieces.count {
        if end > start, isFirst[end] { break }
        // What the limits forbid for some pieces they forbid for more, too.
        guard let grown = sparing.bridged(span, pieces[end].span) else { break }
        span = grown
        let candidate = Best(
          time: before.time + cost.time(.read(span)).nanoseconds, reads: before.reads + 1,
          last: span, start: start)
        if candidate.isBetter(than: best[end + 1]) { best[end + 1] = candidate }
      }
    }
    var blocks: [ReadBlock] = []
    var end = pieces.count
    while let found = best[end], let span = found.last {
      blocks.append(ReadBlock(span: span, pieces: Array(pieces[found.start..<end])))
      end = found.start
    }
    return blocks.reversed()
  }
}

extension ReadPiece {
  /// Sorts by table, address, length and point.
  fileprivate var order: (Int, Int, Int, Int) {
    (Int(span.table.readFunctionCode), Int(span.address), Int(span.count), point)
  }
}
