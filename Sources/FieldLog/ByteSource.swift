/// A file of known size, read piece by piece through its owner's closure.
struct ByteSource<ReadFailure: Error> {
  let byteCount: UInt64
  private let read: (_ offset: UInt64, _ count: Int) throws(ReadFailure) -> [UInt8]
  private var window: [UInt8] = []
  private var windowStart: UInt64 = 0

  init(
    byteCount: UInt64,
    read: @escaping (_ offset: UInt64, _ count: Int) throws(ReadFailure) -> [UInt8]
  ) {
    self.byteCount = byteCount
    self.read = read
  }

  /// The `count` bytes from `offset` on, or nil when the file ends before them.
  mutating func bytes(at offset: UInt64, count: Int) throws(ReadFailure) -> ArraySlice<UInt8>? {
    guard offset <= byteCount, UInt64(count) <= byteCount - offset else { return nil }
    if offset < windowStart || offset + UInt64(count) > windowStart + UInt64(window.count) {
      let wanted = min(UInt64(max(count, RecordingLimits.readBytes)), byteCount - offset)
      window = try read(offset, Int(wanted))
      windowStart = offset
    }
    let start = Int(offset - windowStart)
    guard count <= window.count - start else { return nil }
    return window[start..<start + count]
  }
}

/// A set of channel IDs whose size does not depend on the file.
struct ChannelSet {
  private var words = [UInt64](repeating: 0, count: 1 << 10)

  func contains(_ channel: ChannelID) -> Bool {
    words[Int(channel.rawValue >> 6)] >> (channel.rawValue & 63) & 1 == 1
  }

  mutating func insert(_ channel: ChannelID) {
    words[Int(channel.rawValue >> 6)] |= 1 << (channel.rawValue & 63)
  }
}
