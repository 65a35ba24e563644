/// The bounds of a recording, each with its reason.
///
/// FieldLog writes and reads recordings: the MCAP container, version 0, and its CDR messages. It
/// opens no file, reads no clock and starts no thread; bytes go in and come out through its caller.
public enum RecordingLimits {
  /// Uncompressed bytes after which the writer closes a chunk, unless told otherwise. Larger
  /// chunks compress a little better; a power cut loses what stands in the open one.
  public static let chunkBytes = 64 << 10
  /// What a caller may ask for as a chunk size: below 1 KiB the index outgrows the data, above
  /// 4 MiB an open chunk is a burden on a small board.
  public static let chunkBytesRange = (1 << 10)...(4 << 20)
  /// One message's data. The largest a site makes is a block of 125 registers; 1 MiB leaves room
  /// for other writers' messages and keeps a chunk below `expandedChunkBytes`.
  public static let messageBytes = 1 << 20
  /// One attachment, schema, channel or metadata record: a site file with all its profiles is
  /// below 1 MiB, and the whole record stands in memory while it is written or read.
  public static let recordBytes = 16 << 20
  /// A chunk's records, expanded or as stored. Other MCAP writers use 1 to 4 MiB; a reader on a
  /// small board must be able to hold one.
  public static let expandedChunkBytes = 32 << 20
  /// What the writer keeps in memory until the end: copies of schemas and channels, and one index
  /// record a chunk. 4 MiB indexes some 30,000 chunks of 4 channels, which is 2 GiB before
  /// compression; then a new file is due.
  public static let summaryBytes = 4 << 20
  /// Bytes asked for at once while reading: one request a chunk of the usual size.
  public static let readBytes = 128 << 10

  /// The content of a record of kind `opcode`, as a reader accepts it.
  static func recordBytes(of opcode: UInt8) -> Int {
    opcode == Opcode.chunk.rawValue ? expandedChunkBytes : recordBytes
  }
}
