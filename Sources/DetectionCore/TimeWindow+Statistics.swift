// What programs ask of the values in a window. Everything is computed anew from the values, so that
// no rounding error outlives its window, and the same window gives the same bits whatever came
// before it. Of an empty window nothing is asked.
extension TimeWindow {
  /// The sum.
  func sum(in table: Table<Entry>) -> Double {
    var sum = 0.0
    forEach(in: table) { sum += $0.value }
    return sum
  }

  /// The arithmetic mean, counted from the first value: the mean of equal values is that value.
  func mean(in table: Table<Entry>) -> Double {
    let origin = self[0, table].value
    var sum = 0.0
    forEach(in: table) { sum += $0.value - origin }
    return origin + sum / number
  }

  /// The smallest value.
  func smallest(in table: Table<Entry>) -> Double {
    var smallest = self[0, table].value
    forEach(in: table) { smallest = min(smallest, $0.value) }
    return smallest
  }

  /// The largest value.
  func largest(in table: Table<Entry>) -> Double {
    var largest = self[0, table].value
    forEach(in: table) { largest = max(largest, $0.value) }
    return largest
  }

  /// √(Σ x² / n).
  func rootMeanSquare(in table: Table<Entry>) -> Double {
    var sum = 0.0
    forEach(in: table) { sum += $0.value * $0.value }
    return (sum / number).root()
  }

  /// √(Σ (x - x̄)² / n), in two passes.
  func standardDeviation(in table: Table<Entry>) -> Double {
    let mean = mean(in: table)
    var sum = 0.0
    forEach(in: table) { sum += ($0.value - mean) * ($0.value - mean) }
    return (sum / number).root()
  }

  /// The least-squares slope per second: Σ (t - t̄)(x - x̄) / Σ (t - t̄)². NaN when all values are of
  /// one moment.
  ///
  /// Times are counted from the first value, and so are values; with both shifted, one pass is as
  /// exact as two. The sums take nanoseconds as they are, which spares a division an entry. Worked
  /// example: 1, 2 and 4 m at 0, 60 and 120 s rise by 0.025 m/s.
  func slope(in table: Table<Entry>) -> Double {
    let first = self[0, table]
    var sumT = 0.0
    var sumX = 0.0
    var sumTT = 0.0
    var sumTX = 0.0
    forEach(in: table) { entry in
      let t = Double((entry.time - first.time).nanoseconds)
      let x = entry.value - first.value
      sumT += t
      sumX += x
      sumTT += t * t
      sumTX += t * x
    }
    let spread = number * sumTT - sumT * sumT
    return spread > 0 ? (number * sumTX - sumT * sumX) / spread * 1e9 : .nan
  }

  /// The median; of an even number of values the mean of the middle two. `scratch` has room for all
  /// values.
  func median(in table: Table<Entry>, scratch: Table<Double>) -> Double {
    var index = 0
    forEach(in: table) { entry in
      scratch[index] = entry.value
      index += 1
    }
    return scratch.median(ofFirst: count)
  }

  /// The median of the slopes between all pairs of values, per second; pairs of one moment do not
  /// count, and with none left it is NaN. Up to 29 % of the values may be anything.
  ///
  /// Source: Theil (1950), Sen (1968). Worked example: 0, 1, 2, 9 and 4 m at 0, 1, 2, 3 and 4 s rise by
  /// 1 m/s.
  func robustSlope(in table: Table<Entry>, scratch: Table<Double>) -> Double {
    var pairs = 0
    var offset = 0
    while offset < count {
      let start = self[offset, table]
      var later = offset + 1
      while later < count {
        let end = self[later, table]
        let span = (end.time - start.time).seconds
        if span != 0 {
          scratch[pairs] = (end.value - start.value) / span
          pairs += 1
        }
        later += 1
      }
      offset += 1
    }
    return pairs > 0 ? scratch.median(ofFirst: pairs) : .nan
  }

  private var number: Double { Double(Int64(widening: count)) }
}

extension Table<Double> {
  /// The median of the first `count` numbers, which change their places.
  fileprivate func median(ofFirst count: Int) -> Double {
    let upper = rank(count / 2, ofFirst: count)
    guard count % 2 == 0 else { return upper }
    // All that are before the upper one are not larger; the largest of them is the lower one.
    var lower = self[0]
    for index in 1..<max(count / 2, 1) { lower = Swift.max(lower, self[index]) }
    return lower + (upper - lower) / 2
  }

  /// The number that stands at `rank` when the first `count` are sorted, moved to that index; no
  /// larger one stands before it. (Hoare, "Find", 1961.)
  ///
  /// What is compared with is drawn, by the same numbers each time (Numerical Recipes' generator):
  /// with the one in the middle, a flood's crest there would cost the square of `count` steps. Drawn,
  /// it is some 3.4 steps a number in the mean, in whatever order they stand.
  private func rank(_ rank: Int, ofFirst count: Int) -> Double {
    var low = 0
    var high = count - 1
    var drawn: UInt32 = 1
    while low < high {
      drawn = drawn &* 1_664_525 &+ 1_013_904_223
      // Fits 32 bits up to 32,768 numbers, ten times CoreLimits.windowCapacity.
      let pivot = self[low + Int(drawn >> 16) * (high - low + 1) / 65_536]
      var left = low
      var right = high
      while left <= right {
        while self[left] < pivot { left += 1 }
        while pivot < self[right] { right -= 1 }
        if left <= right {
          let moved = self[left]
          self[left] = self[right]
          self[right] = moved
          left += 1
          right -= 1
        }
      }
      if rank <= right {
        high = right
      } else if rank >= left {
        low = left
      } else {
        break
      }
    }
    return self[rank]
  }
}
