import DetectionCore
public import DeviceProfiles

/// Why a device's points cannot be read.
public enum ReadPlanError: Error, Hashable, Sendable {
  /// The quantity is longer than the device's longest read, or lies in a forbidden span.
  case unreadable(point: Int, RegisterSpan)
}

/// What has to be read for one point.
public struct WantedPoint: Hashable, Sendable {
  /// The quantity's own registers.
  public var span: RegisterSpan
  /// The registers that are needed to decode it.
  public var companions: [RegisterSpan]
  /// True where the quantity's own registers must be read without any others.
  public var isReadAlone: Bool

  /// Makes a wanted point.
  public init(span: RegisterSpan, companions: [RegisterSpan] = [], isReadAlone: Bool = false) {
    self.span = span
    self.companions = companions
    self.isReadAlone = isReadAlone
  }

  /// What `quantity` needs.
  public init(_ quantity: ProfileQuantity) {
    self.init(
      span: quantity.span, companions: quantity.companionSpans,
      isReadAlone: quantity.isReadAlone || quantity.isClearedByReading)
  }
}

/// Registers of one point that lie in one read.
public struct ReadPiece: Hashable, Sendable {
  /// The point's index in the list that was planned.
  public var point: Int
  /// The registers, companions included where they are near enough.
  public var span: RegisterSpan
  /// Where the piece's words begin among the words of its point.
  public var offset: Int
  /// True where the read must hold nothing else.
  public var isAlone: Bool
}

/// One read.
public struct ReadBlock: Hashable, Sendable {
  /// What is read.
  public var span: RegisterSpan
  /// What it is read for, by address; never empty.
  public var pieces: [ReadPiece]
}

/// The cheapest reads that fetch the points of a device which are due together.
///
/// Among all ways to share the wanted registers out among reads that the device's limits allow, the
/// one that keeps the bus busy for the shortest time; of equally short ones one with the fewest
/// reads, and of those the one whose early reads are the longest. A hole is bridged only where that
/// is cheaper than a further read. What belongs to one point is never cut apart where one read can
/// hold it.
///
/// The optimum is exact: with the wanted spans in the order of their addresses, some cheapest
/// sharing out gives each read neighbours only. (Take two reads whose registers overlap, the second
/// beginning later. If it ends earlier too, the first holds all that it fetches. Otherwise each
/// span of the first that begins behind the beginning of the second also ends before its end, and
/// so can move there; no read gets longer, and no hole wider.) So with `best(i)` the cost of the
/// first i spans,
///
///     best(i) = min over j < i of best(j) + cost(one read of the spans j..<i)
///
/// which takes time in proportion to the spans times the most spans in one read. Source of the
/// method: Bellman, Dynamic Programming, 1957 (principle of optimality).
///
/// Worked example: two single registers of a device that allows holes, at 9600 8N1 with 5 ms
/// response delay. A further read costs 13 bytes of 1.042 ms, the response delay and 3.646 ms of
/// inter-frame delay:
/// 22.2 ms, as much as 10.6 registers of 2.083 ms. So 0 and 11 are read at once, 0 and 12 apart.
public struct ReadPlan: Hashable, Sendable {
  /// The reads, by table and address.
  public let blocks: [ReadBlock]
  /// How many words each point has over all its pieces.
  public let wordsPerPoint: [Int]

  /// Plans the reads of `points`; a piece names its point by the index in that list.
  public init(
    points: [WantedPoint], limits: ReadLimits, cost: TransactionCost
  ) throws(ReadPlanError) {
    let pieces = try ReadPieces(points: points, limits: limits)
    blocks = pieces.cheapestReads(cost: cost) { _ in true }
    wordsPerPoint = pieces.wordsPerPoint
  }
}

extension ReadBlock {
  /// The block in two halves, for a device that refused it; nil where it serves one piece only.
  func halves(limits: ReadLimits) -> (ReadBlock, ReadBlock)? {
    guard pieces.count > 1 else { return nil }
    let middle = pieces.count / 2
    return (
      ReadBlock(pieces: pieces[..<middle], limits: limits),
      ReadBlock(pieces: pieces[middle...], limits: limits)
    )
  }

  private init(pieces: ArraySlice<ReadPiece>, limits: ReadLimits) {
    let hull = pieces.dropFirst().reduce(pieces[pieces.startIndex].span) { $0.hull($1.span) }
    self.init(span: limits.aligned(hull), pieces: Array(pieces))
  }
}

extension ReadLimits {
  /// The limits of reads that clear nothing.
  var sparing: ReadLimits {
    var limits = self
    limits.forbidden += clearing
    return limits
  }

  /// True where reading `span` clears something.
  func clears(_ span: RegisterSpan) -> Bool { clearing.contains { $0.overlaps(span) } }
}

extension RegisterSpan {
  /// The smallest span that holds both, which must be of one table.
  func hull(_ other: RegisterSpan) -> RegisterSpan {
    let first = min(address, other.address)
    let length = max(end, other.end) - Int(first)
    return RegisterSpan(table: table, address: first, count: UInt16(clamping: length))
  }
}

extension ReadLimits {
  /// `span`, begun one register earlier where the device wants an even start.
  func aligned(_ span: RegisterSpan) -> RegisterSpan {
    guard evenStart, span.address % 2 != 0, span.count < .max else { return span }
    return RegisterSpan(table: span.table, address: span.address - 1, count: span.count + 1)
  }

  /// One read for both spans, or nil where the limits forbid it; `first` starts at or before
  /// `second`.
  func bridged(_ first: RegisterSpan, _ second: RegisterSpan) -> RegisterSpan? {
    guard first.table == second.table, Int(second.address) - first.end <= Int(maximumHole) else {
      return nil
    }
    let hull = first.hull(second)
    return allows(hull) ? hull : nil
  }

  /// The spans of one point, joined into one where a single read can hold them all, by address.
  func joined(_ spans: [RegisterSpan]) -> [RegisterSpan] {
    let sorted = spans.sorted {
      ($0.table.readFunctionCode, $0.address, $0.count)
        < ($1.table.readFunctionCode, $1.address, $1.count)
    }
    var joined: [RegisterSpan] = []
    for span in sorted {
      guard let last = joined.last, let both = bridged(aligned(last), span) else {
        joined.append(span)
        continue
      }
      joined[joined.count - 1] = both
    }
    return joined
  }
}
