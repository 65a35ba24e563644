/// The flood's level without noise: pieces during which the rate of rise changes evenly, so that
/// level and rate never jump and every published figure can be solved for.
struct Hydrograph {
  /// A time during which the rate goes evenly from one value to another.
  private struct Piece {
    var hours: Double
    var level: Double
    var rate: Double
    var endRate: Double

    var endLevel: Double { level + (rate + endRate) / 2 * hours }

    func level(after passed: Double) -> Double {
      level + (rate + (endRate - rate) * passed / (2 * hours)) * passed
    }
  }

  private var pieces: [Piece]

  /// Solves the pieces for the figures of `SyntheticFlood`; the other numbers shape it between.
  init() {
    let base = SyntheticFlood.baseLevel
    // The noise of two samples adds about 5 mm to the largest of many differences.
    let fastest = SyntheticFlood.fastestRise - 0.005
    let crestRate = 0.15
    let steepestFall = 0.32
    pieces = [Piece(hours: 6, level: base, rate: 0, endRate: 0)]
    add(hours: 3, endRate: fastest)
    add(hours: 3.5, endRate: fastest)
    let bend = add(hours: 3, endRate: crestRate)
    let floodHour = hourOfFloodLevel(in: bend)
    add(towards: SyntheticFlood.peakLevel, endRate: 0)
    let fallHours = floodHour + SyntheticFlood.floodHours - endHour
    let drop = SyntheticFlood.peakLevel - SyntheticFlood.floodLevel
    add(hours: fallHours, endRate: -2 * drop / fallHours)
    add(hours: 4, endRate: -steepestFall)
    add(towards: base, endRate: 0)
  }

  /// The level at an hour since the start; the base level before the first and after the last
  /// piece.
  func level(atHour hour: Double) -> Double {
    var begin = 0.0
    for piece in pieces {
      if hour < begin + piece.hours { return piece.level(after: max(hour - begin, 0)) }
      begin += piece.hours
    }
    return SyntheticFlood.baseLevel
  }

  private var endHour: Double { pieces.reduce(0) { $0 + $1.hours } }

  @discardableResult
  private mutating func add(hours: Double, endRate: Double) -> Piece {
    let (level, rate) = pieces.last.map { ($0.endLevel, $0.endRate) } ?? (0, 0)
    let piece = Piece(hours: hours, level: level, rate: rate, endRate: endRate)
    pieces.append(piece)
    return piece
  }

  /// Adds the piece that ends on `target`: its mean rate says how long it takes.
  private mutating func add(towards target: Double, endRate: Double) {
    let (level, rate) = pieces.last.map { ($0.endLevel, $0.endRate) } ?? (0, 0)
    add(hours: (target - level) / ((rate + endRate) / 2), endRate: endRate)
  }

  /// The hour at which `piece`, the last one, passes the flood level on its way up: the smaller
  /// root of its parabola.
  private func hourOfFloodLevel(in piece: Piece) -> Double {
    let bending = (piece.endRate - piece.rate) / (2 * piece.hours)
    let missing = SyntheticFlood.floodLevel - piece.level
    let root = (piece.rate * piece.rate + 4 * bending * missing).squareRoot()
    return endHour - piece.hours + (root - piece.rate) / (2 * bending)
  }
}
