/// Why a recording did not take a record. Nothing was written, and the recording is still sound.
public enum MCAPWriteError: Error, Equatable, Sendable {
  /// One record of `bytes` is above the `limit` for its kind: leave it out, or split it.
  case recordTooLarge(bytes: Int, limit: Int)
  /// The recording's index has reached `RecordingLimits.summaryBytes`: finish this recording and
  /// begin another.
  case recordingFull
}

/// Writes one MCAP recording: bytes pile up inside and are drained with `takeOutput()`, in time
/// for its caller to write them to a file in that order.
///
/// Messages are gathered into compressed chunks; schemas, channels, attachments and metadata stand
/// between them. Whatever was drained after `flush()` can be read, even when no more follows.
/// `finish()` adds the index with which tools open the recording quickly. The same calls give the
/// same bytes.
///
/// Memory: the open chunk, the undrained output, and an index of at most
/// `RecordingLimits.summaryBytes`.
public struct MCAPWriter: ~Copyable, Sendable {
  /// How to write.
  public struct Options: Equatable, Sendable {
    /// Uncompressed bytes of messages after which a chunk is closed.
    public var chunkBytes: Int
    /// The zstd compression level, 1 (fast) to 19 (small).
    public var zstdLevel: Int

    /// Makes options; `chunkBytes` is brought into `RecordingLimits.chunkBytesRange`.
    public init(chunkBytes: Int = RecordingLimits.chunkBytes, zstdLevel: Int = 3) {
      let range = RecordingLimits.chunkBytesRange
      self.chunkBytes = min(max(chunkBytes, range.lowerBound), range.upperBound)
      self.zstdLevel = min(max(zstdLevel, 1), 19)
    }
  }

  private let options: Options
  private var compressor: ZstdCompressor
  private var output: [UInt8] = []
  private var chunk = OpenChunk()
  private var summary = SummarySection()
  /// The checksum of the section being written: data, then summary.
  private var sectionChecksum = CRC32()
  private var finished = false
  /// For ROS 2 messages: the memory in which they are encoded, and their schemas by name.
  var messageBuffer = CDRWriter()
  var messageSchemas: [String: SchemaID] = [:]

  /// Bytes of the recording so far, drained or not; the open chunk is not among them.
  public private(set) var byteCount: UInt64 = 0

  /// Begins a recording. `profile` names the conventions that it follows, `library` the program
  /// that writes it.
  public init(profile: String = "ros2", library: String, options: Options = Options()) {
    self.options = options
    compressor = ZstdCompressor(level: options.zstdLevel)
    emit { $0.append(contentsOf: MCAPFormat.magic) }
    emit {
      $0.append(record: .header) { content in
        content.append(prefixed: profile)
        content.append(prefixed: library)
      }
    }
  }

  /// True once the index has used three quarters of `RecordingLimits.summaryBytes`: time to finish
  /// this recording and begin another, while there is still room for what is on its way.
  public var isNearlyFull: Bool { !summary.hasRoom(for: RecordingLimits.summaryBytes / 4) }

  /// Bytes that wait to be drained.
  public var pendingByteCount: Int { output.count }

  /// Takes all bytes written since the last call.
  public mutating func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &output)
    return taken
  }

  /// Adds the definition `data` of a kind of message, in the schema language `encoding`.
  public mutating func addSchema(
    name: String, encoding: String, data: [UInt8]
  ) throws(MCAPWriteError) -> SchemaID {
    let size = name.utf8.count + encoding.utf8.count + data.count
    try checkRecord(bytes: size, indexBytes: size + 32)
    let id = SchemaID(rawValue: summary.schemaCount + 1)
    let record = emit {
      $0.append(record: .schema) { content in
        content.append(littleEndian: id.rawValue)
        content.append(prefixed: name)
        content.append(prefixed: encoding)
        content.append(littleEndian: UInt32(data.count))
        content.append(contentsOf: data)
      }
    }
    summary.addSchema(copy: output.suffix(Int(record.length)))
    return id
  }

  /// Adds a stream of messages of one kind, encoded as `messageEncoding` says.
  public mutating func addChannel(
    topic: String, schema: SchemaID, messageEncoding: String,
    metadata: [(key: String, value: String)] = []
  ) throws(MCAPWriteError) -> ChannelID {
    let size = metadata.reduce(topic.utf8.count + messageEncoding.utf8.count) { sum, entry in
      sum + entry.key.utf8.count + entry.value.utf8.count + 8
    }
    try checkRecord(bytes: size, indexBytes: size + 32)
    precondition(schema.rawValue <= summary.schemaCount, "schema of another recording")
    let id = ChannelID(rawValue: UInt16(summary.channelMessageCounts.count + 1))
    let record = emit {
      $0.append(record: .channel) { content in
        content.append(littleEndian: id.rawValue)
        content.append(littleEndian: schema.rawValue)
        content.append(prefixed: topic)
        content.append(prefixed: messageEncoding)
        content.append(map: metadata)
      }
    }
    summary.addChannel(copy: output.suffix(Int(record.length)))
    return id
  }

  /// Adds a message. Times are nanoseconds since 1970.
  public mutating func write(
    channel: ChannelID, sequence: UInt32, logTime: UInt64, publishTime: UInt64, data: [UInt8]
  ) throws(MCAPWriteError) {
    precondition(
      channel.rawValue <= summary.channelMessageCounts.count, "channel of another recording")
    try checkRecord(bytes: data.count, limit: RecordingLimits.messageBytes, indexBytes: 0)
    chunk.append(
      channel: channel, sequence: sequence, logTime: logTime, publishTime: publishTime, data: data)
    summary.countMessage(channel: channel, logTime: logTime)
    if chunk.records.count >= options.chunkBytes { flush() }
  }

  /// Adds a file. Times are nanoseconds since 1970; `createTime` is 0 when unknown.
  public mutating func attach(
    name: String, mediaType: String, data: [UInt8], logTime: UInt64, createTime: UInt64 = 0
  ) throws(MCAPWriteError) {
    let nameBytes = name.utf8.count + mediaType.utf8.count
    try checkRecord(bytes: data.count + nameBytes, indexBytes: nameBytes + 64)
    let record = emit {
      $0.append(record: .attachment) { content in
        let start = content.count
        content.append(littleEndian: logTime)
        content.append(littleEndian: createTime)
        content.append(prefixed: name)
        content.append(prefixed: mediaType)
        content.append(littleEndian: UInt64(data.count))
        content.append(contentsOf: data)
        content.append(littleEndian: CRC32.checksum(of: content[start...]))
      }
    }
    summary.attachmentCount += 1
    summary.attachmentIndexes.append(record: .attachmentIndex) { content in
      content.append(littleEndian: record.offset)
      content.append(littleEndian: record.length)
      content.append(littleEndian: logTime)
      content.append(littleEndian: createTime)
      content.append(littleEndian: UInt64(data.count))
      content.append(prefixed: name)
      content.append(prefixed: mediaType)
    }
  }

  /// Adds named facts; each key once.
  public mutating func addMetadata(
    name: String, _ entries: [(key: String, value: String)]
  ) throws(MCAPWriteError) {
    let size = entries.reduce(name.utf8.count) { sum, entry in
      sum + entry.key.utf8.count + entry.value.utf8.count + 8
    }
    try checkRecord(bytes: size, indexBytes: name.utf8.count + 32)
    let record = emit {
      $0.append(record: .metadata) { content in
        content.append(prefixed: name)
        content.append(map: entries)
      }
    }
    summary.metadataCount += 1
    summary.metadataIndexes.append(record: .metadataIndex) { content in
      content.append(littleEndian: record.offset)
      content.append(littleEndian: record.length)
      content.append(prefixed: name)
    }
  }

  /// Closes the open chunk, so that a power cut after the output was stored loses only what came
  /// later. Without messages it does nothing.
  public mutating func flush() {
    guard !chunk.records.isEmpty else { return }
    let compressed = compressor.compress(chunk.records)
    let record = emit { [chunk] in chunk.write(compressed: compressed, to: &$0) }
    let indexStart = byteCount
    var indexOffsets: [(channel: ChannelID, offset: UInt64)] = []
    for index in chunk.messageIndexes() {
      let offset = emit { index.write(to: &$0) }.offset
      indexOffsets.append((index.channel, offset))
    }
    summary.addChunk(
      chunk, compressedBytes: compressed.count, record: record, indexOffsets: indexOffsets,
      indexLength: byteCount - indexStart)
    chunk.restart()
  }

  /// Closes the recording: the last chunk, the index, the footer. Only `takeOutput()` may follow;
  /// finishing once more does nothing.
  public mutating func finish() {
    guard !finished else { return }
    flush()
    let dataChecksum = sectionChecksum.value
    emit { $0.append(record: .dataEnd) { $0.append(littleEndian: dataChecksum) } }
    sectionChecksum = CRC32()
    let summaryStart = byteCount
    var offsets: [UInt8] = []
    for (opcode, records) in summary.groups() where !records.isEmpty {
      let group = emit { $0.append(contentsOf: records) }
      offsets.append(record: .summaryOffset) { content in
        content.append(opcode.rawValue)
        content.append(littleEndian: group.offset)
        content.append(littleEndian: group.length)
      }
    }
    let summaryOffsetStart = emit { $0.append(contentsOf: offsets) }.offset
    emit {
      $0.append(Opcode.footer.rawValue)
      $0.append(littleEndian: UInt64(MCAPFormat.footerBytes))
      $0.append(littleEndian: summaryStart)
      $0.append(littleEndian: summaryOffsetStart)
    }
    let summaryChecksum = sectionChecksum.value
    emit { $0.append(littleEndian: summaryChecksum) }
    emit { $0.append(contentsOf: MCAPFormat.magic) }
    finished = true
  }

  /// Appends what `fill` appends to the output, and says where in the recording it stands.
  @discardableResult
  private mutating func emit(_ fill: (inout [UInt8]) -> Void) -> RecordPosition {
    precondition(!finished, "the recording is finished")
    let start = output.count
    fill(&output)
    sectionChecksum.update(output[start...])
    let position = RecordPosition(offset: byteCount, length: UInt64(output.count - start))
    byteCount += position.length
    return position
  }

  private func checkRecord(
    bytes: Int, limit: Int = RecordingLimits.recordBytes, indexBytes: Int
  ) throws(MCAPWriteError) {
    precondition(!finished, "the recording is finished")
    guard bytes <= limit else { throw .recordTooLarge(bytes: bytes, limit: limit) }
    guard summary.hasRoom(for: indexBytes) else { throw .recordingFull }
  }
}

/// Where a record stands in the file.
struct RecordPosition {
  var offset: UInt64
  var length: UInt64
}
