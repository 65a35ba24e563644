/// A place where a recording is not as it was written.
public struct RecordingDamage: Equatable, Sendable {
  /// What is wrong there.
  public enum Reason: Equatable, Sendable {
    /// The file does not begin as an MCAP file does.
    case notARecording
    /// The file ends before the recording does: the writer lost its power or its disk.
    case cut
    /// A record whose fields do not fit into it or do not agree, or that may not stand here.
    case malformed(opcode: UInt8)
    /// A record of a kind that the format does not have.
    case unknownRecord(opcode: UInt8)
    /// A record above the limit for its kind.
    case tooLarge(byteCount: UInt64, limit: Int)
    /// The bytes are not those of which the checksum was taken.
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// A chunk whose compression is not known here.
    case unknownCompression(String)
    /// A chunk that does not expand to what it promises.
    case notExpandable
    /// A message whose channel was not declared, or was lost.
    case unknownChannel(ChannelID)
  }

  /// The damaged record's offset in the file.
  public var offset: UInt64
  /// Bytes of the file that were passed over; 0 when the record itself could be read.
  public var byteCount: UInt64
  /// What is wrong.
  public var reason: Reason
}

/// How much of a recording could be read.
public struct Recovery: Equatable, Sendable {
  /// Bytes of sound records and of the container around them.
  public var bytesKept: UInt64 = 0
  /// Bytes that were passed over.
  public var bytesLost: UInt64 = 0
  /// How many `RecordingDamage`s were met.
  public var damageCount = 0
  /// The first of them.
  public var firstDamage: RecordingDamage?

  /// Nothing read yet.
  public init() {}

  /// True when the whole recording was read and is as it was written.
  public var isIntact: Bool { damageCount == 0 }

  mutating func note(_ damage: RecordingDamage) {
    bytesLost += damage.byteCount
    damageCount += 1
    if firstDamage == nil { firstDamage = damage }
  }
}
