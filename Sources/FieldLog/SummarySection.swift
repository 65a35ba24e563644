/// What the end of a recording repeats and indexes, gathered as encoded records on the way.
struct SummarySection {
  private(set) var schemaCount: UInt16 = 0
  /// The messages of channel 1, 2, …; other writers count channels from 1 too.
  private(set) var channelMessageCounts: [UInt64] = []
  var attachmentCount: UInt32 = 0
  var metadataCount: UInt32 = 0
  private var chunkCount: UInt32 = 0
  private var startTime = UInt64.max
  private var endTime = UInt64.min

  private var schemas: [UInt8] = []
  private var channels: [UInt8] = []
  private var chunkIndexes: [UInt8] = []
  var attachmentIndexes: [UInt8] = []
  var metadataIndexes: [UInt8] = []

  /// True while `byteCount` more bytes fit, and after them the open chunk's index.
  func hasRoom(for byteCount: Int) -> Bool {
    let openChunkIndex = 128 + 10 * channelMessageCounts.count
    let kept =
      schemas.count + channels.count + chunkIndexes.count + attachmentIndexes.count
      + metadataIndexes.count
    return kept + openChunkIndex + byteCount <= RecordingLimits.summaryBytes
      && schemaCount < .max && channelMessageCounts.count < Int(UInt16.max)
  }

  mutating func addSchema(copy: ArraySlice<UInt8>) {
    schemaCount += 1
    schemas.append(contentsOf: copy)
  }

  mutating func addChannel(copy: ArraySlice<UInt8>) {
    channelMessageCounts.append(0)
    channels.append(contentsOf: copy)
  }

  mutating func countMessage(channel: ChannelID, logTime: UInt64) {
    channelMessageCounts[Int(channel.rawValue) - 1] += 1
    startTime = min(startTime, logTime)
    endTime = max(endTime, logTime)
  }

  mutating func addChunk(
    _ chunk: OpenChunk, compressedBytes: Int, record: RecordPosition,
    indexOffsets: [(channel: ChannelID, offset: UInt64)], indexLength: UInt64
  ) {
    chunkCount += 1
    chunkIndexes.append(record: .chunkIndex) { content in
      content.append(littleEndian: chunk.startTime)
      content.append(littleEndian: chunk.endTime)
      content.append(littleEndian: record.offset)
      content.append(littleEndian: record.length)
      content.append(lengthOf: UInt32.self) { map in
        for entry in indexOffsets {
          map.append(littleEndian: entry.channel.rawValue)
          map.append(littleEndian: entry.offset)
        }
      }
      content.append(littleEndian: indexLength)
      content.append(prefixed: MCAPFormat.zstd)
      content.append(littleEndian: UInt64(compressedBytes))
      content.append(littleEndian: UInt64(chunk.records.count))
    }
  }

  /// The section's records, grouped by kind as the format demands; channels before statistics.
  func groups() -> [(opcode: Opcode, records: [UInt8])] {
    [
      (.schema, schemas), (.channel, channels), (.chunkIndex, chunkIndexes),
      (.attachmentIndex, attachmentIndexes), (.metadataIndex, metadataIndexes),
      (.statistics, statistics()),
    ]
  }

  private func statistics() -> [UInt8] {
    let messageCount = channelMessageCounts.reduce(0, +)
    var record: [UInt8] = []
    record.append(record: .statistics) { content in
      content.append(littleEndian: messageCount)
      content.append(littleEndian: schemaCount)
      content.append(littleEndian: UInt32(channelMessageCounts.count))
      content.append(littleEndian: attachmentCount)
      content.append(littleEndian: metadataCount)
      content.append(littleEndian: chunkCount)
      content.append(littleEndian: messageCount == 0 ? 0 : startTime)
      content.append(littleEndian: endTime)
      content.append(lengthOf: UInt32.self) { map in
        for (index, count) in channelMessageCounts.enumerated() {
          map.append(littleEndian: UInt16(index + 1))
          map.append(littleEndian: count)
        }
      }
    }
    return record
  }
}
