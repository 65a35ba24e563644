/// How a sensor writes a number into a field, as an example shows it: the inverse of reading it.
struct FramedNumberStyle: Hashable, Sendable {
  private let format: MessageField.Format
  /// The fewest digits before the point; of an angle, those of its degrees.
  private var digits = 1
  /// The digits behind the point.
  private var decimals = 0
  /// The length up to which blanks stand in front.
  private var width = 0
  /// True where a number that is not negative has its sign, too.
  private var hasPlus = false

  /// Learns from a field.
  ///
  /// - Parameters:
  ///   - format: How the field stands for a number.
  ///   - example: What it held once; nil: it is then written as whole numbers.
  ///   - isFixed: True where it is always as long as the example.
  init(_ format: MessageField.Format, example: [UInt8]?, isFixed: Bool) {
    self.format = format
    guard let example else { return }
    let text = example.drop { $0 == 0x20 }
    let number = text.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    let whole = number.prefix { $0 != UInt8(ascii: ".") }
    decimals = max(0, number.count - whole.count - 1)
    hasPlus = text.first == UInt8(ascii: "+")
    let isPadded = isFixed || (whole.count > 1 && whole.first == UInt8(ascii: "0"))
    switch format {
    case .hexadecimal: digits = whole.count
    case .degreesMinutes: digits = max(1, whole.count - 2)
    case .decimal, .words, .bytes, .text:
      digits = isPadded && text.count == example.count ? whole.count : 1
    }
    if text.count < example.count { width = example.count }
  }

  /// The field that holds the number nearest to `number`; nil where it can hold none like it.
  func text(of number: Double) -> [UInt8]? {
    switch format {
    case .decimal:
      return rounded(number, unit: power).map {
        blanks(sign(of: number, isZero: $0 == 0) + padded($0, digits + decimals, point: decimals))
      }
    case .hexadecimal:
      guard let whole = rounded(number, unit: 1), number > -0.5, whole <= Int64(UInt32.max) else {
        return nil
      }
      let text = Array(String(whole, radix: 16, uppercase: true).utf8)
      return [UInt8](repeating: 0x30, count: max(0, digits - text.count)) + text
    case .degreesMinutes: return angle(number)
    case .words(let words):
      return words.min { ($0.value - number).magnitude < ($1.value - number).magnitude }?.text
    case .bytes(let type): return type.bytes(of: number)
    case .text: return nil
    }
  }

  private var power: Int64 { (0..<decimals).reduce(1) { power, _ in power * 10 } }

  /// The magnitude of `number` in parts of a whole; nil from 15 digits on.
  private func rounded(_ number: Double, unit: Int64) -> Int64? {
    let parts = (number.magnitude * Double(unit)).rounded()
    return parts < 1e15 ? Int64(parts) : nil
  }

  private func sign(of number: Double, isZero: Bool) -> [UInt8] {
    if number < 0, !isZero { return [UInt8(ascii: "-")] }
    return hasPlus ? [UInt8(ascii: "+")] : []
  }

  /// The digits of a whole number, at least so many, with a point before the last `point` of them.
  private func padded(_ number: Int64, _ count: Int, point: Int) -> [UInt8] {
    var text = Array(String(number).utf8)
    text = [UInt8](repeating: 0x30, count: max(0, count - text.count)) + text
    if point > 0 { text.insert(UInt8(ascii: "."), at: text.count - point) }
    return text
  }

  private func blanks(_ text: [UInt8]) -> [UInt8] {
    [UInt8](repeating: 0x20, count: max(0, width - text.count)) + text
  }

  /// Degrees and minutes: the minutes are rounded before they are split, so that 60 never stands.
  private func angle(_ number: Double) -> [UInt8]? {
    let minute = power
    guard let parts = rounded(number, unit: 60 * minute), number >= 0 || parts == 0 else {
      return nil
    }
    let (degrees, rest) = parts.quotientAndRemainder(dividingBy: 60 * minute)
    guard String(degrees).utf8.count <= digits else { return nil }
    return padded(degrees, digits, point: 0) + padded(rest, 2 + decimals, point: decimals)
  }
}

extension BinaryNumber {
  /// The bytes of the whole number nearest to `number`; nil beyond the type's range.
  fileprivate func bytes(of number: Double) -> [UInt8]? {
    let whole = number.rounded()
    guard range.contains(whole) else { return nil }
    let raw = UInt32(truncatingIfNeeded: Int64(whole))
    return (0..<count).map { position in
      UInt8(truncatingIfNeeded: raw >> (8 * UInt32(isLowFirst ? position : count - 1 - position)))
    }
  }

  private var range: ClosedRange<Double> {
    switch self {
    case .uint8: 0...255
    case .int8: -128...127
    case .uint16, .uint16LowFirst: 0...65_535
    case .int16, .int16LowFirst: -32_768...32_767
    case .uint32, .uint32LowFirst: 0...4_294_967_295
    }
  }
}
