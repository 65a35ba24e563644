/// Finds frames in a stream of bytes, one byte at a time; any bytes at all are allowed, and its
/// memory never grows.
public struct FrameReader: Sendable {
  /// What a byte has brought about.
  public enum Outcome: Hashable, Sendable {
    /// Nothing yet.
    case none
    /// A whole frame, in `content` until the next byte.
    case frame
    /// A frame was lost.
    case damaged(FrameDamage)
  }

  /// The framing.
  public let framing: Framing
  /// The frame: of text what stands between start and checksum or end, of binary frames all of it.
  public private(set) var content: [UInt8] = []
  /// True from the beginning of a line of text to its end.
  private var isInside: Bool
  private var hasForeignByte = false
  /// Of VE.Direct: the sum of the block, and where in it the last byte stood.
  private var sum: UInt8 = 0
  private var blockPart = BlockPart.lines

  private enum BlockPart {
    case lines, hexadecimal, checksum
  }

  /// True while `content` still holds a frame that was given out.
  private var isGiven = false

  /// Makes a framer.
  ///
  /// - Parameters:
  ///   - framing: The framing.
  ///   - isSilentBefore: True where the first byte to come begins a frame; false in the midst of a
  ///     stream, where a line without start byte counts only from the next end on.
  public init(framing: Framing, isSilentBefore: Bool = false) {
    self.framing = framing
    isInside = false
    switch framing {
    case .text(let text): content.reserveCapacity(text.longest + 2)
    case .binary(let binary): content.reserveCapacity(binary.length)
    case .veDirect: content.reserveCapacity(Framing.longestBlock)
    }
    restart(isSilentBefore: isSilentBefore)
  }

  /// Forgets what has come, as after the port was opened or a request was sent.
  public mutating func restart(isSilentBefore: Bool) {
    content.removeAll(keepingCapacity: true)
    hasForeignByte = false
    isGiven = false
    sum = 0
    blockPart = .lines
    switch framing {
    case .text(let text): isInside = isSilentBefore && text.start == nil
    case .veDirect: isInside = isSilentBefore
    case .binary: break
    }
  }

  /// Takes the next byte.
  public mutating func take(_ byte: UInt8) -> Outcome {
    if isGiven {
      content.removeAll(keepingCapacity: true)
      isGiven = false
    }
    switch framing {
    case .text(let text): return take(byte, text)
    case .binary(let binary): return take(byte, binary)
    case .veDirect: return takeOfBlock(byte)
    }
  }

  private mutating func take(_ byte: UInt8, _ text: TextFraming) -> Outcome {
    if text.ignored.contains(byte) { return .none }
    if byte == text.start {
      let isCut = isInside
      begin(isInside: true)
      return isCut ? .damaged(.cutShort) : .none
    }
    if byte == text.end { return end(text) }
    guard isInside else { return .none }
    if content.isEmpty, byte == 0x0D || byte == 0x0A { return .none }
    if !text.allows(byte) { hasForeignByte = true }
    // Two bytes more than the content: a checksum's mark and CR do not count.
    guard content.count < text.longest + (text.checksumMark == nil ? 1 : 4) else {
      begin(isInside: false)
      return .damaged(.tooLong)
    }
    content.append(byte)
    return .none
  }

  private mutating func begin(isInside: Bool) {
    content.removeAll(keepingCapacity: true)
    hasForeignByte = false
    self.isInside = isInside
  }

  private mutating func end(_ text: TextFraming) -> Outcome {
    let wasInside = isInside
    let isForeign = hasForeignByte
    isInside = text.start == nil
    hasForeignByte = false
    guard wasInside else {
      content.removeAll(keepingCapacity: true)
      return .none
    }
    while let last = content.last, last == 0x0D || last == 0x0A { content.removeLast() }
    guard !content.isEmpty else { return .none }
    isGiven = true
    if isForeign { return .damaged(.foreignByte) }
    if let mark = text.checksumMark, !removeChecksum(behind: mark) { return .damaged(.checksum) }
    return content.count <= text.longest ? .frame : .damaged(.tooLong)
  }

  /// Takes the mark and two digits off the content; false where they are not its checksum.
  private mutating func removeChecksum(behind mark: UInt8) -> Bool {
    let count = content.count - 3
    guard count >= 0, content[count] == mark,
      let high = hexadecimalDigit(content[count + 1]),
      let low = hexadecimalDigit(content[count + 2])
    else { return false }
    content.removeLast(3)
    return content.reduce(0, ^) == high << 4 | low
  }

  private mutating func takeOfBlock(_ byte: UInt8) -> Outcome {
    switch blockPart {
    case .hexadecimal:
      if byte == 0x0A { blockPart = .lines }
      return .none
    case .checksum:
      // What came before the first end of a block may be half of one.
      let wasInside = isInside
      let isWhole = sum &+ byte == 0
      isInside = true
      isGiven = true
      sum = 0
      blockPart = .lines
      return wasInside ? (isWhole ? .frame : .damaged(.checksum)) : .none
    case .lines where byte == UInt8(ascii: ":"):
      blockPart = .hexadecimal
      return .none
    case .lines:
      let wasInside = isInside
      guard content.count < Framing.longestBlock else {
        begin(isInside: false)
        sum = 0
        return wasInside ? .damaged(.tooLong) : .none
      }
      sum &+= byte
      content.append(byte)
      if byte == 0x09, content.suffix(9).elementsEqual("Checksum\t".utf8) { blockPart = .checksum }
      return .none
    }
  }

  /// A frame with a wrong checksum may hold the beginning of a right one: only its first byte is
  /// given up. At most `length` bytes are looked at, `length` times.
  private mutating func take(_ byte: UInt8, _ binary: BinaryFraming) -> Outcome {
    content.append(byte)
    alignToStart(binary)
    guard content.count == binary.length else { return .none }
    if binary.proves(content) {
      isGiven = true
      return .frame
    }
    content.removeFirst()
    alignToStart(binary)
    return .damaged(.checksum)
  }

  /// Gives up bytes until the content begins with the start, or with as much of it as has come.
  private mutating func alignToStart(_ binary: BinaryFraming) {
    while !content.isEmpty, !beginsFrame(binary.start) { content.removeFirst() }
  }

  private func beginsFrame(_ start: [UInt8]) -> Bool {
    for index in 0..<min(start.count, content.count) where content[index] != start[index] {
      return false
    }
    return true
  }
}

/// The value of a hexadecimal digit, or nil where the byte is none.
func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}
