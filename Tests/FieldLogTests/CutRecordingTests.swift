import FieldLog
import Testing

@Suite struct CutRecordingTests {
  /// A recording with a flush after each five messages, and where each flush ended.
  private static func flushed() throws -> (bytes: [UInt8], flushes: [Int]) {
    var writer = MCAPWriter(library: "test")
    let channel = try writer.addChannel(topic: "/samples", of: Sample.self)
    try writer.attach(name: "a", mediaType: "text/plain", data: [1, 2, 3], logTime: 1)
    var flushes: [Int] = []
    for index in 0..<30 {
      try writer.write(
        Sample.number(index), channel: channel, sequence: UInt32(index), logTime: UInt64(index),
        publishTime: UInt64(index))
      if index % 5 == 4 {
        writer.flush()
        flushes.append(Int(writer.byteCount))
      }
    }
    try writer.addMetadata(name: "end", [])
    writer.finish()
    return (writer.takeOutput(), flushes)
  }

  @Test func whereverTheFileEndsEveryFlushedMessageIsKept() throws {
    let (bytes, flushes) = try Self.flushed()
    var keptBefore: UInt64 = 0
    for cut in 0...bytes.count {
      let contents = Contents(Array(bytes[..<cut]))
      let recovery = contents.recovery
      let flushed = flushes.count { $0 <= cut } * 5
      #expect(contents.messages.count >= flushed, "cut at \(cut)")
      #expect(
        contents.messages.map(\.sequence) == (0..<UInt32(contents.messages.count)).map(\.self))
      #expect(recovery.bytesKept + recovery.bytesLost == UInt64(cut), "cut at \(cut)")
      #expect(recovery.bytesKept >= keptBefore, "cut at \(cut)")
      keptBefore = recovery.bytesKept
      #expect(recovery.isIntact == (cut == bytes.count), "cut at \(cut)")
      if cut < bytes.count {
        #expect(contents.damage.map(\.reason) == [.cut], "cut at \(cut)")
        #expect(contents.damage.first?.offset == recovery.bytesKept, "cut at \(cut)")
      }
    }
  }

  @Test func aRewrittenRecordingIsWholeAndHoldsEverythingThatWasRead() throws {
    let whole = try SampleRecording.bytes(messageCount: 100)
    for cut in stride(from: 0, to: whole.count, by: 97) {
      let before = Contents(Array(whole[..<cut]))
      var rewritten: [UInt8] = []
      var reader = MCAPReader(Array(whole[..<cut]))
      let recovery = try reader.rewrite { rewritten += $0 }
      #expect(recovery == before.recovery)
      let after = Contents(rewritten)
      #expect(after.recovery.isIntact)
      #expect(after.messages.map(\.data) == before.messages.map(\.data))
      #expect(after.messages.map(\.logTime) == before.messages.map(\.logTime))
      #expect(after.channels.map(\.topic) == before.channels.map(\.topic))
      #expect(after.schemas.map(\.name) == before.schemas.map(\.name))
      #expect(after.attachments == before.attachments)
      #expect(after.metadata.map(\.name) == before.metadata.map(\.name))
    }
  }

  @Test func rewritingAWholeRecordingGivesItAgain() throws {
    let whole = try SampleRecording.bytes(messageCount: 100, chunkBytes: 1024)
    var rewritten: [UInt8] = []
    var reader = MCAPReader(whole)
    _ = try reader.rewrite(options: .init(chunkBytes: 1024)) { rewritten += $0 }
    #expect(rewritten == whole)
  }

  @Test func aChannelThatIsRepeatedStaysOneChannel() throws {
    let schema = MCAPBytes.record(0x03, [9, 0] + [UInt8](repeating: 0, count: 12))
    let channel = MCAPBytes.record(0x04, [7, 0, 9, 0] + [UInt8](repeating: 0, count: 12))
    let message = MCAPBytes.record(0x05, [7, 0] + [UInt8](repeating: 1, count: 20) + [42])
    let bytes =
      MCAPBytes.magic + [schema, channel, message, schema, channel, message].flatMap(\.self)
    var rewritten: [UInt8] = []
    var reader = MCAPReader(bytes)
    _ = try reader.rewrite { rewritten += $0 }
    let contents = Contents(rewritten)
    #expect(contents.schemas.count == 1)
    #expect(contents.channels.map(\.schema) == contents.schemas.map(\.id))
    #expect(contents.messages.map { Array($0.data) } == [[42], [42]])
  }

  @Test func aFileThatShrinksWhileItIsReadEndsThere() throws {
    let bytes = try SampleRecording.bytes(messageCount: 100)
    var reader = MCAPReader<Never>(byteCount: UInt64(bytes.count)) { offset, count in
      Array(bytes.prefix(bytes.count / 2).dropFirst(Int(offset)).prefix(count))
    }
    var records = 0
    while reader.next() != nil { records += 1 }
    #expect(records > 20)
    #expect(reader.recovery.firstDamage?.reason == .cut)
    #expect(reader.recovery.bytesKept + reader.recovery.bytesLost == UInt64(bytes.count))
  }

  @Test func aReadFailureReachesTheCaller() throws {
    struct DiskFailure: Error {}
    var reader = MCAPReader(byteCount: 100) { _, _ throws(DiskFailure) in throw DiskFailure() }
    #expect(throws: DiskFailure.self) { try reader.next() }
  }
}
