/// Where frames begin and end on the line of a sensor that does not speak Modbus, and what proves
/// that they are whole.
public enum Framing: Hashable, Sendable {
  /// Lines of printable ASCII.
  case text(TextFraming)
  /// Frames of a fixed length.
  case binary(BinaryFraming)
  /// Blocks of lines with a label, a tabulator and a value each. The value of the last one,
  /// labelled `Checksum`, is the byte that makes the sum of all bytes of the block 0; frames in
  /// hexadecimal, from a colon to LF, may stand anywhere and do not count.
  ///
  /// Source: Victron Energy, VE.Direct Protocol, text mode, as read by karioja/vedirect.
  case veDirect

  /// The most bytes that a frame may have. NMEA 0183 allows 82; composite weather messages take
  /// up to 250.
  public static var longestFrame: Int { 512 }
  /// The most bytes of a block: 22 lines with a label of 9 and a value of 33 characters, by the
  /// protocol's own limits.
  public static var longestBlock: Int { 1024 }
}

/// Lines of printable ASCII, each closed by one byte.
public struct TextFraming: Hashable, Sendable {
  /// The byte that begins a frame, such as `$` or STX; nil: it begins behind the last one's end.
  public var start: UInt8?
  /// The byte that ends a frame: CR, LF or another. CR and LF before it are no part of the content.
  public var end: UInt8
  /// The byte behind which two hexadecimal digits give the exclusive-or of all bytes between start
  /// and it: `*` in NMEA 0183, ETX with others. Nil: the frames carry no checksum.
  public var checksumMark: UInt8?
  /// The most bytes between start and end; from 1 to `Framing.longestFrame`.
  public var longest: Int
  /// Bytes that the sensor or its line may slip in anywhere, and that mean nothing.
  public var ignored: [UInt8]

  /// Makes a framing.
  public init(
    start: UInt8? = nil, end: UInt8, checksumMark: UInt8? = nil, longest: Int = 82,
    ignored: [UInt8] = []
  ) {
    precondition((1...Framing.longestFrame).contains(longest), "lines of \(longest) bytes")
    self.start = start
    self.end = end
    self.checksumMark = checksumMark
    self.longest = longest
    self.ignored = ignored
  }

  /// The framing of NMEA 0183: `$`, the content, `*`, two digits, CR LF.
  public static let nmea = TextFraming(start: 0x24, end: 0x0A, checksumMark: 0x2A)

  /// What may stand in a line: printable ASCII, the tabulator, and what the framing itself uses.
  func allows(_ byte: UInt8) -> Bool {
    (0x20...0x7E).contains(byte) || byte == 0x09 || byte == 0x0D || byte == 0x0A
      || byte == checksumMark
  }
}

/// Frames of a fixed length that begin with the same bytes.
public struct BinaryFraming: Hashable, Sendable {
  /// How a checksum is computed over the bytes from `from` to before `at`.
  public struct Checksum: Hashable, Sendable {
    /// The computation.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// The low byte of the sum.
      case sum8
      /// The exclusive-or.
      case xor8
      /// The two bytes of the CRC of Modbus RTU, low byte first.
      case crc16 = "crc16-modbus"
    }
    /// The computation.
    public var kind: Kind
    /// The first byte that counts, from 0.
    public var from: Int
    /// Where the checksum stands.
    public var at: Int

    /// Makes a checksum.
    public init(kind: Kind, from: Int, at: Int) {
      self.kind = kind
      self.from = from
      self.at = at
    }

    /// How many bytes it has.
    public var length: Int { kind == .crc16 ? 2 : 1 }
  }

  /// The bytes that every frame begins with; at least one.
  public var start: [UInt8]
  /// How many bytes a frame has, `start` and checksum included; at most `Framing.longestFrame`.
  public var length: Int
  /// What proves the frame; nil where only `start` does.
  public var checksum: Checksum?

  /// Makes a framing; start and checksum must lie within the length.
  public init(start: [UInt8], length: Int, checksum: Checksum?) {
    precondition(
      !start.isEmpty && start.count <= length && length <= Framing.longestFrame,
      "a frame of \(length) bytes that begins with \(start.count)")
    if let checksum {
      precondition(
        checksum.from >= 0 && checksum.from <= checksum.at
          && checksum.at + checksum.length <= length,
        "a checksum beyond the frame")
    }
    self.start = start
    self.length = length
    self.checksum = checksum
  }

  /// True where the checksum of a frame of the right length is right.
  func proves(_ frame: [UInt8]) -> Bool {
    guard let checksum else { return true }
    let value = checksum.value(over: frame)
    return frame[checksum.at] == UInt8(truncatingIfNeeded: value)
      && (checksum.length == 1 || frame[checksum.at + 1] == UInt8(truncatingIfNeeded: value >> 8))
  }
}

extension BinaryFraming.Checksum {
  /// What it must be in a frame; of two bytes, the low one stands first.
  func value(over frame: [UInt8]) -> UInt16 {
    let covered = frame[from..<at]
    return switch kind {
    case .sum8: UInt16(covered.reduce(0, &+))
    case .xor8: UInt16(covered.reduce(0, ^))
    case .crc16: RTUFrame.checksum(of: covered)
    }
  }
}

/// Why bytes are no frame.
public enum FrameDamage: Hashable, Sendable {
  /// The checksum is wrong or missing.
  case checksum
  /// More bytes than a frame may have came without an end.
  case tooLong
  /// A byte that cannot stand in a line of text.
  case foreignByte
  /// Another frame began before the end of this one.
  case cutShort
}
