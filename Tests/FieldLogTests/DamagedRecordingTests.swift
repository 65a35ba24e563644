import DetectionCore
import FieldLog
import Testing

@Suite struct DamagedRecordingTests {
  private let whole: [UInt8]
  private let original: Contents

  init() throws {
    whole = try SampleRecording.bytes(messageCount: 20)
    original = Contents(whole)
  }

  @Test(arguments: [0x01, 0x80, 0xFF] as [UInt8])
  func everyChangedByteIsReported(change: UInt8) {
    for offset in whole.indices {
      var bytes = whole
      bytes[offset] ^= change
      let contents = Contents(bytes)
      #expect(!contents.recovery.isIntact, "byte \(offset)")
      #expect(
        contents.recovery.bytesKept + contents.recovery.bytesLost == UInt64(bytes.count),
        "byte \(offset)")
      let unharmed = contents.messages == original.messages
      #expect(
        unharmed || contents.messages.allSatisfy(original.messages.contains), "byte \(offset)")
    }
  }

  @Test func aChangedByteCostsNoMoreThanItsChunk() throws {
    // Unfinished, so that neither the summary nor the data section's checksum can tell.
    let bytes = try SampleRecording.bytes(messageCount: 20, finished: false)
    let chunks = Layout.chunks(in: bytes)
    let all = Contents(bytes).messages
    #expect(chunks.count == 3)
    let ends = [0] + chunks.map { Contents(Array(bytes[..<$0.upperBound])).messages.count }
    for (number, chunk) in chunks.enumerated() {
      let others = Array(all[..<ends[number]] + all[ends[number + 1]...])
      var harmless = 0
      for offset in chunk {
        var damaged = bytes
        damaged[offset] ^= 0x20
        let contents = Contents(damaged)
        // Some bits do not matter: the chunk's times, which repeat those of its messages, and
        // padding within the compressed data. Then the checksum shows that nothing is lost.
        if contents.messages == all {
          harmless += 1
        } else {
          #expect(contents.messages == others, "byte \(offset) of chunk \(number)")
          #expect(contents.damage.first?.offset == UInt64(chunk.lowerBound), "byte \(offset)")
        }
      }
      #expect(harmless < chunk.count / 8)
    }
  }

  @Test func aDestroyedPageCostsOnlyWhatItTouches() throws {
    let bytes = try SampleRecording.bytes(messageCount: 400, finished: false)
    let chunks = Layout.chunks(in: bytes)
    let all = Contents(bytes).messages
    let page = chunks[10].upperBound - 50..<chunks[11].lowerBound + 50
    var damaged = bytes
    damaged.replaceSubrange(page, with: [UInt8](repeating: 0, count: page.count))
    let ends = chunks.map { Contents(Array(bytes[..<$0.upperBound])).messages.count }
    let contents = Contents(damaged)
    #expect(contents.messages == Array(all[..<ends[9]] + all[ends[11]...]))
    #expect(contents.damage.map(\.offset).first == UInt64(chunks[10].lowerBound))
    #expect(contents.recovery.bytesLost >= UInt64(page.count))
  }

  @Test(arguments: UInt64(1)...30)
  func splicedAndRandomBytesDoNotTrap(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<10 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let offset = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, offset + Int.random(in: 0...64, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.removeSubrange(offset..<end)
        case 1: bytes.insert(contentsOf: bytes[offset..<end], at: 0)
        case 2: bytes.replaceSubrange(offset..<end, with: random.bytes(end - offset))
        default: bytes.replaceSubrange(offset..<end, with: [UInt8](repeating: 0xFF, count: 16))
        }
      }
      let recovery = Contents(bytes).recovery
      #expect(recovery.bytesKept + recovery.bytesLost == UInt64(bytes.count), "seed \(seed)")
      let noise = Contents(MCAPBytes.magic + random.bytes(2000))
      #expect(!noise.recovery.isIntact, "seed \(seed)")
      #expect(noise.messages.isEmpty, "seed \(seed)")
    }
  }

  @Test func otherFilesAreRefused() {
    for bytes in [[], Array("PK".utf8), Array("%PDF-1.7 and so on".utf8)] as [[UInt8]] {
      let reason = Contents(bytes).damage.map(\.reason)
      #expect(reason == (bytes.isEmpty ? [.cut] : [.notARecording]))
    }
    #expect(Contents(MCAPBytes.magic).damage.map(\.reason) == [.cut])
  }
}

@Suite struct AbsurdRecordTests {
  @Test(arguments: [0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x09, 0x0C, 0x0F, 0x42, 0x99] as [UInt8])
  func aRecordLongerThanTheFileIsTheCut(opcode: UInt8) {
    for length in [UInt64.max, UInt64.max - 8, 1 << 63, 1 << 32, 3] {
      let bytes = MCAPBytes.magic + [opcode] + MCAPBytes.number(length, 8) + [0, 0]
      let contents = Contents(bytes)
      #expect(contents.damage.map(\.reason) == [.cut])
      #expect(contents.recovery.bytesKept == 8)
    }
  }

  @Test(arguments: [0x01, 0x03, 0x04, 0x09, 0x0C] as [UInt8])
  func aFieldLongerThanItsRecordIsMalformed(opcode: UInt8) {
    let record = MCAPBytes.record(opcode, [UInt8](repeating: 0xFF, count: 80))
    let contents = Contents(MCAPBytes.magic + record + MCAPBytes.record(0x0F, [0, 0, 0, 0]))
    #expect(contents.damage.first?.reason == .malformed(opcode: opcode))
    #expect(contents.damage.first?.byteCount == UInt64(record.count))
  }

  @Test func aHugeRecordIsPassedOverUnread() throws {
    var largest = 0
    let size = UInt64(RecordingLimits.recordBytes) + 1
    let start = MCAPBytes.magic + [0x0C] + MCAPBytes.number(size, 8)
    let end = MCAPBytes.record(0x05, [UInt8](repeating: 0, count: 22))
    let total = UInt64(start.count) + size + UInt64(end.count)
    var reader = MCAPReader<Never>(byteCount: total) { offset, count in
      largest = max(largest, count)
      return (offset..<offset + UInt64(count)).map { byte in
        if byte < UInt64(start.count) { return start[Int(byte)] }
        return byte < total - UInt64(end.count) ? 0 : end[end.count - Int(total - byte)]
      }
    }
    var damage: [RecordingDamage.Reason] = []
    while let record = reader.next() {
      if case .damage(let found) = record { damage.append(found.reason) }
    }
    #expect(
      damage == [
        .tooLarge(byteCount: size, limit: RecordingLimits.recordBytes),
        .unknownChannel(ChannelID(rawValue: 0)),
      ])
    #expect(largest <= RecordingLimits.readBytes)
  }

  @Test func chunksWithinChunksCostNoMoreThanReadingAFewTimes() {
    // Each claims all that follows it, and none has the checksum of what it claims.
    let headerBytes = 49
    let count = 2000
    var bytes = MCAPBytes.magic
    for number in 0..<count {
      let stored = UInt64((count - number - 1) * headerBytes)
      bytes += [0x06] + MCAPBytes.number(stored + 40, 8) + [UInt8](repeating: 0, count: 16)
      bytes += MCAPBytes.number(stored, 8) + [1, 2, 3, 4] + MCAPBytes.number(0, 4)
      bytes += MCAPBytes.number(stored, 8)
    }
    let contents = Contents(bytes)
    #expect((2...8).contains(contents.damage.count))
    #expect(contents.recovery.bytesLost == UInt64(bytes.count - 8))
  }

  @Test func aChunkThatExpandsToMoreThanItSaysIsRefused() throws {
    // What 4 MiB of zeros compress to is some hundred bytes: taken from a recording of them.
    var writer = MCAPWriter(library: "", options: .init(chunkBytes: 4 << 20))
    let channel = try writer.addChannel(topic: "/zero", of: Note.self)
    for _ in 0..<4 {
      try writer.write(
        channel: channel, sequence: 0, logTime: 0, publishTime: 0,
        data: [UInt8](repeating: 0, count: 1 << 20))
    }
    writer.flush()
    let bytes = writer.takeOutput()
    let chunk = try #require(Layout.chunks(in: bytes).first)
    #expect(chunk.count < 2000)
    let size = chunk.lowerBound + 25
    for (claim, reason) in [
      (UInt64(1000), RecordingDamage.Reason.notExpandable),
      (5 << 20, .notExpandable),
      (33 << 20, .tooLarge(byteCount: 33 << 20, limit: 32 << 20)),
      (.max, .tooLarge(byteCount: .max, limit: 32 << 20)),
    ] {
      var claimed = bytes
      claimed.replaceSubrange(size..<size + 8, with: MCAPBytes.number(claim, 8))
      let contents = Contents(claimed)
      #expect(contents.damage.first?.reason == reason)
      #expect(contents.messages.isEmpty)
    }
    #expect(Contents(bytes).messages.count == 4)
  }

  @Test func unknownCompressionsAndKindsArePassedOver() {
    let chunk = MCAPBytes.chunk(compression: "brotli", expandedBytes: 3, records: [1, 2, 3])
    let ours = MCAPBytes.record(0x80, [1, 2, 3])
    let reserved = MCAPBytes.record(0x42, [])
    let end = MCAPBytes.record(0x0C, [0, 0, 0, 0, 0, 0, 0, 0])
    let contents = Contents(MCAPBytes.magic + chunk + end + ours + reserved + end)
    #expect(
      contents.damage.map(\.reason) == [
        .unknownCompression("brotli"), .unknownRecord(opcode: 0x42), .cut,
      ])
    #expect(contents.metadata.count == 2)
  }

  @Test func anUncompressedChunkIsRead() {
    let channel = MCAPBytes.record(0x04, [7, 0, 0, 0] + [UInt8](repeating: 0, count: 12))
    let message = MCAPBytes.record(0x05, [7, 0] + [UInt8](repeating: 1, count: 20) + [42])
    let records = channel + message
    let chunk = MCAPBytes.chunk(
      compression: "", expandedBytes: UInt64(records.count), records: records)
    let contents = Contents(MCAPBytes.magic + chunk)
    #expect(contents.messages.map { Array($0.data) } == [[42]])
    #expect(contents.channels.map(\.id.rawValue) == [7])
    #expect(contents.damage.map(\.reason) == [.cut])
  }

  @Test func aChunkMayHoldNothingButMessagesAndTheirChannels() {
    let nested = MCAPBytes.chunk(compression: "", expandedBytes: 0, records: [])
    for records in [nested, MCAPBytes.record(0x09, []), [5], [5, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0]] {
      let chunk = MCAPBytes.chunk(
        compression: "", expandedBytes: UInt64(records.count), records: records)
      let contents = Contents(MCAPBytes.magic + chunk)
      #expect(contents.damage.count == 2)
      #expect(contents.damage.first?.byteCount == 0)
    }
  }

  @Test func anotherFileIsNoRecording() {
    let damage = Contents(Array("%PDF-1.7".utf8)).damage
    #expect(damage.map(\.reason) == [.notARecording] && damage.map(\.byteCount) == [8])
  }
}
