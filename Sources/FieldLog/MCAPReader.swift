/// What a reader finds, in the order of the file.
public enum MCAPRecord: Sendable {
  /// Stands first.
  case header(MCAPHeader)
  /// Comes before the channels that refer to it; may come again.
  case schema(MCAPSchema)
  /// Comes before its messages; may come again.
  case channel(MCAPChannel)
  /// A message of a channel that came before.
  case message(MCAPMessage)
  /// A file within the recording.
  case attachment(MCAPAttachment)
  /// Named facts.
  case metadata(MCAPMetadata)
  /// Something here is lost or wrong. Reading goes on behind it.
  case damage(RecordingDamage)
}

/// Reads a recording from start to end, whole, cut or damaged.
///
/// Every sound record is delivered, and every damage is reported where it stands. Of a finished
/// recording no changed byte passes unreported. Any bytes may be given: no input makes the reader
/// trap, take more than a few times the work of reading it, or take more memory than the largest
/// record and chunk of `RecordingLimits`.
///
/// The caller gives the size of the file and a closure that reads a piece of it.
public struct MCAPReader<ReadFailure: Error> {
  private enum Phase { case magic, data, ending, ended }

  private var source: ByteSource<ReadFailure>
  private var phase = Phase.magic
  private var position: UInt64 = 0
  private var chunk: (records: ByteCursor, offset: UInt64)?
  private var declaredChannels = ChannelSet()
  private var dataChecksum = CRC32()
  /// Bytes of records that turned out unusable, and of the search behind them.
  private var bytesExaminedInVain: UInt64 = 0

  /// How much could be read so far; final when `next()` has returned nil.
  public private(set) var recovery = Recovery()

  /// Begins to read a file of `byteCount` bytes. `read` returns `count` bytes from `offset` on,
  /// fewer only where the file ends early.
  public init(
    byteCount: UInt64,
    read: @escaping (_ offset: UInt64, _ count: Int) throws(ReadFailure) -> [UInt8]
  ) {
    source = ByteSource(byteCount: byteCount, read: read)
  }

  /// The next record, or nil at the end.
  public mutating func next() throws(ReadFailure) -> MCAPRecord? {
    while chunk != nil || phase != .ended {
      if let record = nextInChunk() { return record }
      let record =
        switch phase {
        case .magic: try checkMagic()
        case .data: try readRecord()
        case .ending: try checkEnding()
        case .ended: nil as MCAPRecord?
        }
      if let record { return record }
    }
    return nil
  }

  // MARK: - The file

  private mutating func checkMagic() throws(ReadFailure) -> MCAPRecord? {
    let magic = MCAPFormat.magic
    let available = Int(min(source.byteCount, UInt64(magic.count)))
    guard let start = try source.bytes(at: 0, count: available), magic.starts(with: start) else {
      return endOfReading(.notARecording)
    }
    guard available == magic.count else { return endOfReading(.cut) }
    phase = .data
    keep(start)
    return nil
  }

  private mutating func readRecord() throws(ReadFailure) -> MCAPRecord? {
    let prefixBytes = MCAPFormat.recordPrefixBytes
    guard let prefix = try source.bytes(at: position, count: prefixBytes),
      let opcode = prefix.first
    else { return endOfReading(.cut) }
    let contentBytes: UInt64 = prefix.littleEndian(at: prefix.startIndex + 1)
    guard contentBytes <= source.byteCount - position - UInt64(prefixBytes) else {
      return try skip(.malformed(opcode: opcode), orAtEnd: .cut, claimedEnd: nil)
    }
    let end = position + UInt64(prefixBytes) + contentBytes
    let limit = RecordingLimits.recordBytes(of: opcode)
    guard contentBytes <= limit else {
      return try skip(.tooLarge(byteCount: contentBytes, limit: limit), claimedEnd: end)
    }
    guard let record = try source.bytes(at: position, count: prefixBytes + Int(contentBytes)) else {
      return endOfReading(.cut)
    }
    let found: MCAPRecord?
    do {
      found = try parse(opcode: opcode, content: record.dropFirst(prefixBytes))
    } catch {
      return try skip(error.reason, claimedEnd: end)
    }
    keep(record)
    return found
  }

  /// Takes one record of the data section apart.
  private mutating func parse(
    opcode: UInt8, content: ArraySlice<UInt8>
  ) throws(UnusableRecord) -> MCAPRecord? {
    var cursor = ByteCursor(content, opcode: opcode)
    switch Opcode(rawValue: opcode) {
    case .header: return .header(try MCAPHeader(from: &cursor))
    case .metadata: return .metadata(try MCAPMetadata(from: &cursor))
    case .schema, .channel, .message: return try messageRecord(&cursor, offset: position)
    case .attachment:
      let attachment = try MCAPAttachment(from: &cursor)
      let covered = content.dropLast(cursor.remaining)
      try covered.check(against: try cursor.number())
      return .attachment(attachment)
    case .chunk:
      let records = try StoredChunk(from: &cursor).expanded()
      chunk = (ByteCursor(records, opcode: opcode), position)
    case .messageIndex:
      _ = try cursor.number(UInt16.self)
      guard try cursor.prefixedBytes().count % 16 == 0 else { throw cursor.malformed }
    case .dataEnd:
      guard content.count == MCAPFormat.dataEndBytes else { throw cursor.malformed }
      phase = .ending
      return checkData(against: try cursor.number())
    case .footer, .chunkIndex, .attachmentIndex, .statistics, .metadataIndex, .summaryOffset:
      // These stand behind the data end.
      throw cursor.malformed
    case nil:
      // From 0x80 on, applications may add kinds of their own.
      guard opcode >= 0x80 else { throw UnusableRecord(reason: .unknownRecord(opcode: opcode)) }
    }
    return nil
  }

  /// Compares the data section's checksum. After other damage it would only repeat the news.
  private mutating func checkData(against stored: UInt32) -> MCAPRecord? {
    let computed = dataChecksum.value
    guard stored != 0, stored != computed, recovery.isIntact else { return nil }
    return report(.checksumMismatch(stored: stored, computed: computed), offset: position)
  }

  /// Checks summary and footer as a whole: their content repeats what was read.
  private mutating func checkEnding() throws(ReadFailure) -> MCAPRecord? {
    let magic = MCAPFormat.magic
    let tailBytes = MCAPFormat.recordPrefixBytes + MCAPFormat.footerBytes + magic.count
    let available = source.byteCount - position
    guard available >= tailBytes else { return endOfReading(.cut) }
    let footerStart = source.byteCount - UInt64(tailBytes)
    guard let tail = try source.bytes(at: footerStart, count: tailBytes),
      tail.suffix(magic.count).elementsEqual(magic)
    else { return endOfReading(.cut) }
    let footer = tail.startIndex + MCAPFormat.recordPrefixBytes
    let contentBytes: UInt64 = tail.littleEndian(at: tail.startIndex + 1)
    let summaryStart: UInt64 = tail.littleEndian(at: footer)
    let storedChecksum: UInt32 = tail.littleEndian(at: footer + 16)
    guard tail.first == Opcode.footer.rawValue, contentBytes == MCAPFormat.footerBytes,
      summaryStart == (position == footerStart ? 0 : position)
    else { return endOfReading(.malformed(opcode: Opcode.footer.rawValue)) }

    var checksum = CRC32()
    var next = position
    let end = footerStart + UInt64(MCAPFormat.recordPrefixBytes + 16)
    while next < end {
      let count = Int(min(end - next, UInt64(RecordingLimits.readBytes)))
      guard let piece = try source.bytes(at: next, count: count) else { return endOfReading(.cut) }
      checksum.update(piece)
      next += UInt64(count)
    }
    guard storedChecksum == 0 || storedChecksum == checksum.value else {
      return endOfReading(
        .checksumMismatch(stored: storedChecksum, computed: checksum.value))
    }
    recovery.bytesKept += available
    position = source.byteCount
    phase = .ended
    return nil
  }

  // MARK: - Messages

  private mutating func nextInChunk() -> MCAPRecord? {
    guard case (var records, let offset)? = chunk else { return nil }
    guard records.remaining > 0 else {
      chunk = nil
      return nil
    }
    do {
      let opcode = try records.number(UInt8.self)
      var cursor = ByteCursor(try records.slice(try records.number(UInt64.self)), opcode: opcode)
      chunk = (records, offset)
      return try messageRecord(&cursor, offset: offset)
    } catch {
      if case .malformed = error.reason { chunk = nil }
      return report(error.reason, offset: offset)
    }
  }

  /// Takes a record apart that may stand in a chunk or outside of one.
  private mutating func messageRecord(
    _ cursor: inout ByteCursor, offset: UInt64
  ) throws(UnusableRecord) -> MCAPRecord {
    switch Opcode(rawValue: cursor.opcode) {
    case .schema: return .schema(try MCAPSchema(from: &cursor))
    case .channel:
      let channel = try MCAPChannel(from: &cursor)
      declaredChannels.insert(channel.id)
      return .channel(channel)
    case .message:
      let message = try MCAPMessage(from: &cursor)
      guard declaredChannels.contains(message.channel) else {
        throw UnusableRecord(reason: .unknownChannel(message.channel))
      }
      return .message(message)
    default: throw cursor.malformed
    }
  }

  // MARK: - Damage

  private mutating func keep(_ bytes: ArraySlice<UInt8>) {
    dataChecksum.update(bytes)
    recovery.bytesKept += UInt64(bytes.count)
    position += UInt64(bytes.count)
  }

  private mutating func report(
    _ reason: RecordingDamage.Reason, offset: UInt64, byteCount: UInt64 = 0
  ) -> MCAPRecord {
    let damage = RecordingDamage(offset: offset, byteCount: byteCount, reason: reason)
    recovery.note(damage)
    return .damage(damage)
  }

  /// Gives up everything from here on.
  private mutating func endOfReading(_ reason: RecordingDamage.Reason) -> MCAPRecord {
    let start = position
    position = source.byteCount
    phase = .ended
    return report(reason, offset: start, byteCount: position - start)
  }

  /// Passes over the record that begins here: to where it says that it ends, if a record begins
  /// there; else to the next chunk, as a damaged length must not cost the rest of the file.
  ///
  /// Records made to lie within one another could be tried without end; the rest of the file is
  /// given up when that has cost more than reading it four times.
  private mutating func skip(
    _ reason: RecordingDamage.Reason, orAtEnd reasonAtEnd: RecordingDamage.Reason? = nil,
    claimedEnd: UInt64?
  ) throws(ReadFailure) -> MCAPRecord {
    let start = position
    defer { bytesExaminedInVain += max(claimedEnd ?? start, position) - start }
    guard bytesExaminedInVain / 4 <= source.byteCount else { return endOfReading(reason) }
    if let claimedEnd, try source.recordMayBegin(at: claimedEnd) {
      position = claimedEnd
    } else if let next = try source.nextChunk(after: start) {
      position = next
    } else {
      return endOfReading(reasonAtEnd ?? reason)
    }
    return report(reason, offset: start, byteCount: position - start)
  }
}

extension MCAPReader where ReadFailure == Never {
  /// Begins to read a recording that is in memory.
  public init(_ bytes: [UInt8]) {
    self.init(byteCount: UInt64(bytes.count)) { offset, count in
      Array(bytes[Int(offset)...].prefix(count))
    }
  }
}
