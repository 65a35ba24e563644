extension MCAPReader {
  /// Reads on to the end and writes every sound record into a new, finished recording, whose bytes
  /// go to `store` piece by piece: what turns a cut or damaged file into one that any tool opens.
  ///
  /// Call it before the first `next()`. Says how much of the old file came over; throws what
  /// reading, `store` and `MCAPWriter` throw.
  public mutating func rewrite(
    options: MCAPWriter.Options = .init(), store: (_ bytes: [UInt8]) throws -> Void
  ) throws -> Recovery {
    var header = MCAPHeader(profile: "", library: "")
    var record = try next()
    if case .header(let found)? = record {
      header = found
      record = try next()
    }
    var copy = RecordingCopy(of: header, options: options)
    while let found = record {
      try copy.add(found)
      if copy.writer.pendingByteCount >= RecordingLimits.readBytes {
        try store(copy.writer.takeOutput())
      }
      record = try next()
    }
    copy.writer.finish()
    try store(copy.writer.takeOutput())
    return recovery
  }
}

/// Writes the records of one recording into another, which numbers schemas and channels anew.
private struct RecordingCopy: ~Copyable {
  var writer: MCAPWriter
  private var schemas: [SchemaID: SchemaID] = [:]
  private var channels: [ChannelID: ChannelID] = [:]

  init(of header: MCAPHeader, options: MCAPWriter.Options) {
    writer = MCAPWriter(profile: header.profile, library: header.library, options: options)
  }

  mutating func add(_ record: MCAPRecord) throws(MCAPWriteError) {
    switch record {
    case .header, .damage: break
    case .schema(let schema):
      guard schemas[schema.id] == nil else { return }
      schemas[schema.id] = try writer.addSchema(
        name: schema.name, encoding: schema.encoding, data: Array(schema.data))
    case .channel(let channel):
      guard channels[channel.id] == nil else { return }
      channels[channel.id] = try writer.addChannel(
        topic: channel.topic, schema: schemas[channel.schema] ?? SchemaID(rawValue: 0),
        messageEncoding: channel.messageEncoding, metadata: channel.metadata)
    case .message(let message):
      // The reader delivers no message before its channel.
      guard let channel = channels[message.channel] else { return }
      try writer.write(
        channel: channel, sequence: message.sequence, logTime: message.logTime,
        publishTime: message.publishTime, data: Array(message.data))
    case .attachment(let attachment):
      try writer.attach(
        name: attachment.name, mediaType: attachment.mediaType, data: Array(attachment.data),
        logTime: attachment.logTime, createTime: attachment.createTime)
    case .metadata(let metadata):
      try writer.addMetadata(name: metadata.name, metadata.entries)
    }
  }
}
