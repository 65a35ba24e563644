/// The messages of the chunk that is being gathered.
struct OpenChunk {
  /// Where one message stands.
  private struct Entry {
    var channel: ChannelID
    var logTime: UInt64
    var offset: UInt64
  }

  private(set) var records: [UInt8] = []
  private(set) var startTime = UInt64.max
  private(set) var endTime = UInt64.min
  private var entries: [Entry] = []

  mutating func append(
    channel: ChannelID, sequence: UInt32, logTime: UInt64, publishTime: UInt64, data: [UInt8]
  ) {
    entries.append(Entry(channel: channel, logTime: logTime, offset: UInt64(records.count)))
    records.append(record: .message) { content in
      content.append(littleEndian: channel.rawValue)
      content.append(littleEndian: sequence)
      content.append(littleEndian: logTime)
      content.append(littleEndian: publishTime)
      content.append(contentsOf: data)
    }
    startTime = min(startTime, logTime)
    endTime = max(endTime, logTime)
  }

  /// Begins the next chunk in the same memory.
  mutating func restart() {
    records.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    startTime = .max
    endTime = .min
  }

  /// Appends the chunk record around `compressed`, the compressed form of `records`.
  func write(compressed: [UInt8], to output: inout [UInt8]) {
    output.append(record: .chunk) { content in
      content.append(littleEndian: startTime)
      content.append(littleEndian: endTime)
      content.append(littleEndian: UInt64(records.count))
      content.append(littleEndian: CRC32.checksum(of: records))
      content.append(prefixed: MCAPFormat.zstd)
      content.append(littleEndian: UInt64(compressed.count))
      content.append(contentsOf: compressed)
    }
  }

  /// One channel's messages in the chunk.
  struct MessageIndex {
    var channel: ChannelID
    var entries: [(logTime: UInt64, offset: UInt64)]

    func write(to output: inout [UInt8]) {
      output.append(record: .messageIndex) { content in
        content.append(littleEndian: channel.rawValue)
        content.append(lengthOf: UInt32.self) { list in
          for entry in entries {
            list.append(littleEndian: entry.logTime)
            list.append(littleEndian: entry.offset)
          }
        }
      }
    }
  }

  /// An index for each channel with messages, in the order of channels; messages by log time, as
  /// readers that merge channels expect.
  func messageIndexes() -> [MessageIndex] {
    let sorted = entries.sorted { left, right in
      (left.channel.rawValue, left.logTime, left.offset)
        < (right.channel.rawValue, right.logTime, right.offset)
    }
    var indexes: [MessageIndex] = []
    for entry in sorted {
      if indexes.last?.channel != entry.channel {
        indexes.append(MessageIndex(channel: entry.channel, entries: []))
      }
      indexes[indexes.count - 1].entries.append((entry.logTime, entry.offset))
    }
    return indexes
  }
}
