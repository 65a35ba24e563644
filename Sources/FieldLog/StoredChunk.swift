/// A chunk as it stands in the file.
struct StoredChunk {
  private var expandedByteCount: UInt64
  private var checksum: UInt32
  private var compression: String
  private var records: ArraySlice<UInt8>

  init(from cursor: inout ByteCursor) throws(UnusableRecord) {
    _ = try cursor.slice(UInt(16))  // first and last log time
    expandedByteCount = try cursor.number()
    checksum = try cursor.number()
    compression = try cursor.string()
    records = try cursor.slice(try cursor.number(UInt64.self))
  }

  /// The chunk's records, expanded and checked. The promised size is judged before memory is taken.
  func expanded() throws(UnusableRecord) -> ArraySlice<UInt8> {
    let limit = RecordingLimits.expandedChunkBytes
    guard expandedByteCount <= limit else {
      throw UnusableRecord(reason: .tooLarge(byteCount: expandedByteCount, limit: limit))
    }
    let expanded: ArraySlice<UInt8>?
    switch compression {
    case "": expanded = records.count == expandedByteCount ? records : nil
    case MCAPFormat.zstd: expanded = Zstd.expand(records, to: Int(expandedByteCount))?[...]
    default: throw UnusableRecord(reason: .unknownCompression(compression))
    }
    guard let expanded else { throw UnusableRecord(reason: .notExpandable) }
    try expanded.check(against: checksum)
    return expanded
  }
}

extension ArraySlice<UInt8> {
  /// Compares the bytes with their stored checksum; 0 stands for none.
  func check(against stored: UInt32) throws(UnusableRecord) {
    let computed = CRC32.checksum(of: self)
    guard stored == 0 || stored == computed else {
      throw UnusableRecord(reason: .checksumMismatch(stored: stored, computed: computed))
    }
  }
}

extension ByteSource {
  /// True when a record of a known kind, and of a length that fits, stands at `offset`.
  mutating func recordMayBegin(at offset: UInt64) throws(ReadFailure) -> Bool {
    guard let prefix = try bytes(at: offset, count: MCAPFormat.recordPrefixBytes) else {
      return false
    }
    let contentBytes: UInt64 = prefix.littleEndian(at: prefix.startIndex + 1)
    return Opcode(rawValue: prefix[prefix.startIndex]) != nil
      && contentBytes <= byteCount - offset - UInt64(prefix.count)
  }

  /// The offset of the next chunk behind `offset`, known by lengths that agree with one another.
  mutating func nextChunk(after offset: UInt64) throws(ReadFailure) -> UInt64? {
    let headerBytes = MCAPFormat.chunkHeaderBytes
    var next = offset + 1
    while byteCount - next >= headerBytes {
      let count = Int(min(byteCount - next, UInt64(RecordingLimits.readBytes)))
      guard let piece = try bytes(at: next, count: count) else { return nil }
      let candidates = piece.startIndex...piece.endIndex - headerBytes
      for index in candidates where Self.isChunkHeader(piece[index...]) {
        let found = next + UInt64(index - piece.startIndex)
        if try recordMayBegin(at: found) { return found }
      }
      next += UInt64(candidates.count)
    }
    return nil
  }

  /// `header` begins with opcode and length, then come two times, the expanded size, a checksum,
  /// and the name of the compression with its length.
  private static func isChunkHeader(_ header: ArraySlice<UInt8>) -> Bool {
    guard header.first == Opcode.chunk.rawValue else { return false }
    let start = header.startIndex
    let content: UInt64 = header.littleEndian(at: start + 1)
    let expanded: UInt64 = header.littleEndian(at: start + 25)
    let nameBytes: UInt32 = header.littleEndian(at: start + 37)
    guard expanded <= RecordingLimits.expandedChunkBytes, nameBytes == 0 || nameBytes == 4 else {
      return false
    }
    let stored: UInt64 = header.littleEndian(at: start + 41 + Int(nameBytes))
    let fixed = UInt64(MCAPFormat.chunkFixedBytes) + UInt64(nameBytes)
    return content >= fixed && content - fixed == stored
  }
}
