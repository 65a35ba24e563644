extension Framing {
  /// The frame that holds `content`, as a sensor sends it: the inverse of a `FrameReader`.
  ///
  /// Text that ends with LF ends with CR LF, as all sensors known here send it. In a binary frame
  /// the content's own checksum is replaced; behind a block comes the byte that makes its sum 0.
  ///
  /// - Parameter content: What a framer would give out.
  public func frame(holding content: [UInt8]) -> [UInt8] {
    switch self {
    case .text(let text):
      var frame = text.start.map { [$0] } ?? []
      frame += content
      if let mark = text.checksumMark {
        let sum = content.reduce(0, ^)
        frame += [mark, hexadecimalCharacter(sum >> 4), hexadecimalCharacter(sum & 0x0F)]
      }
      return frame + (text.end == 0x0A ? [0x0D, 0x0A] : [text.end])
    case .binary(let binary):
      guard let checksum = binary.checksum, content.count == binary.length else { return content }
      var frame = content
      let value = checksum.value(over: content)
      for byte in 0..<checksum.length {
        frame[checksum.at + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
      }
      return frame
    case .veDirect: return content + [0 &- content.reduce(0, &+)]
    }
  }

  /// True where a frame carries a checksum.
  public var hasChecksum: Bool {
    switch self {
    case .text(let text): text.checksumMark != nil
    case .binary(let binary): binary.checksum != nil
    case .veDirect: true
    }
  }

  /// The frame with another checksum than its own; the same where it carries none.
  public func withWrongChecksum(_ frame: [UInt8]) -> [UInt8] {
    var wrong = frame
    switch self {
    case .text(let text):
      guard let mark = text.checksumMark, let position = frame.lastIndex(of: mark),
        position + 2 < frame.count, let digit = hexadecimalDigit(frame[position + 2])
      else { return frame }
      wrong[position + 2] = hexadecimalCharacter(digit ^ 0x05)
    case .binary(let binary):
      guard let checksum = binary.checksum, frame.count == binary.length else { return frame }
      wrong[checksum.at] ^= 0x5A
    case .veDirect:
      guard let last = frame.indices.last else { return frame }
      wrong[last] ^= 0x5A
    }
    return wrong
  }
}

/// The digit, in upper case, of a number below 16.
func hexadecimalCharacter(_ digit: UInt8) -> UInt8 {
  digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
}
