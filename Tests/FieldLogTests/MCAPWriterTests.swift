import FieldLog
import Testing

@Suite struct MCAPWriterTests {
  @Test func theSameCallsGiveTheSameBytes() throws {
    #expect(
      try SampleRecording.bytes(messageCount: 200) == SampleRecording.bytes(messageCount: 200))
  }

  @Test func drainingMoreOftenChangesNothing() throws {
    var writer = MCAPWriter(library: "test")
    var rarely = MCAPWriter(library: "test")
    var drained: [UInt8] = []
    for step in 0..<3 {
      let channel = try writer.addChannel(topic: "/\(step)", of: Note.self)
      _ = try rarely.addChannel(topic: "/\(step)", of: Note.self)
      drained += writer.takeOutput()
      let note = Note(text: "\(step)")
      try writer.write(note, channel: channel, sequence: 0, logTime: 1, publishTime: 1)
      try rarely.write(note, channel: channel, sequence: 0, logTime: 1, publishTime: 1)
      writer.flush()
      rarely.flush()
      drained += writer.takeOutput()
      #expect(UInt64(drained.count) == writer.byteCount)
    }
    writer.finish()
    rarely.finish()
    #expect(drained + writer.takeOutput() == rarely.takeOutput())
  }

  @Test func finishingTwiceAndFlushingNothingAddNothing() throws {
    var writer = MCAPWriter(library: "test")
    let begun = writer.byteCount
    writer.flush()
    #expect(writer.byteCount == begun)
    writer.finish()
    let finished = writer.byteCount
    writer.finish()
    #expect(writer.byteCount == finished)
    #expect(writer.pendingByteCount == Int(finished))
    #expect(Contents(writer.takeOutput()).recovery.isIntact)
    #expect(writer.pendingByteCount == 0)
  }

  @Test func channelsOfOneKindShareItsSchema() throws {
    var writer = MCAPWriter(library: "test")
    let first = try writer.addChannel(topic: "/a", of: Note.self)
    let second = try writer.addChannel(topic: "/b", of: Note.self)
    let other = try writer.addChannel(topic: "/c", of: Sample.self)
    writer.finish()
    let contents = Contents(writer.takeOutput())
    #expect(contents.schemas.map(\.name) == [Note.schemaName, Sample.schemaName])
    #expect(contents.channels.map(\.id) == [first, second, other])
    #expect(contents.channels.map(\.schema.rawValue) == [1, 1, 2])
  }

  @Test func aChunkClosesAtItsSize() throws {
    var writer = MCAPWriter(library: "test", options: .init(chunkBytes: 2048))
    let channel = try writer.addChannel(topic: "/a", of: Note.self)
    _ = writer.takeOutput()
    var written = 0
    while writer.pendingByteCount == 0 {
      try writer.write(
        channel: channel, sequence: 0, logTime: 0, publishTime: 0,
        data: [UInt8](repeating: 0, count: 69))
      written += 1
    }
    // 31 bytes stand in front of a message's data, so that each takes 100 here.
    #expect(written == 21)
  }

  @Test func optionsStayWithinTheLimits() {
    #expect(MCAPWriter.Options(chunkBytes: 0, zstdLevel: -3).chunkBytes == 1024)
    #expect(MCAPWriter.Options(chunkBytes: .max, zstdLevel: 99).chunkBytes == 4 << 20)
    #expect(MCAPWriter.Options(zstdLevel: 99).zstdLevel == 19)
    #expect(MCAPWriter.Options(zstdLevel: 0).zstdLevel == 1)
  }

  @Test func whatIsTooLargeIsRefusedAndTheRecordingStaysSound() throws {
    var writer = MCAPWriter(library: "test")
    let channel = try writer.addChannel(topic: "/a", of: Note.self)
    let large = RecordingLimits.messageBytes
    #expect(throws: MCAPWriteError.recordTooLarge(bytes: large + 1, limit: large)) {
      try writer.write(
        channel: channel, sequence: 0, logTime: 0, publishTime: 0,
        data: [UInt8](repeating: 0, count: large + 1))
    }
    try writer.write(
      channel: channel, sequence: 1, logTime: 0, publishTime: 0,
      data: [UInt8](repeating: 0, count: large))
    #expect(throws: MCAPWriteError.self) {
      try writer.attach(
        name: "a", mediaType: "b",
        data: [UInt8](repeating: 0, count: RecordingLimits.recordBytes), logTime: 0)
    }
    writer.finish()
    let contents = Contents(writer.takeOutput())
    #expect(contents.recovery.isIntact)
    #expect(contents.messages.map(\.sequence) == [1])
  }

  @Test func aFullIndexIsReportedAndTheRecordingStaysSound() throws {
    var writer = MCAPWriter(library: "test")
    let name = String(repeating: "n", count: 1 << 20)
    for _ in 0..<3 {
      #expect(writer.isNearlyFull == false)
      try writer.addMetadata(name: name, [])
    }
    #expect(writer.isNearlyFull == true)
    #expect(throws: MCAPWriteError.recordingFull) { try writer.addMetadata(name: name, []) }
    let channel = try writer.addChannel(topic: "/a", of: Note.self)
    let note = Note(text: "x")
    var written = 0
    do {
      while written < 100_000 {
        try writer.write(note, channel: channel, sequence: 0, logTime: 0, publishTime: 0)
        written += 1
        writer.flush()
      }
    } catch { #expect(error == .recordingFull) }
    #expect(written > 1000 && written < 100_000)
    writer.finish()
    let contents = Contents(writer.takeOutput())
    #expect(contents.recovery.isIntact)
    #expect(contents.messages.count == written)
    #expect(contents.metadata.count == 3)
  }
}
