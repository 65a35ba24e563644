public import DetectionCore

extension SplitMix64 {
  /// A number from 0 up to, but not including, 1; a multiple of 2⁻⁵³.
  public mutating func nextUnit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Approximately normal noise with mean 0 and the given standard deviation, never further out
  /// than 3.46 of them: the sum of four uniform numbers, so that no library function is needed.
  public mutating func nextNoise(deviation: Double) -> Double {
    let sum = nextUnit() + nextUnit() + nextUnit() + nextUnit()
    // Four uniform numbers have the mean 2 and the variance 4/12; 1.732… = √3 scales that to 1.
    return (sum - 2) * 1.732_050_807_568_877_2 * deviation
  }
}
