import FieldLog
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: [0, 1, 9, 100, 1000])
  func whatIsWrittenIsRead(messageCount: Int) throws {
    let bytes = try SampleRecording.bytes(messageCount: messageCount)
    let contents = Contents(bytes)
    #expect(contents.damage == [])
    #expect(contents.recovery.bytesKept == UInt64(bytes.count))
    #expect(contents.recovery.bytesLost == 0)
    #expect(contents.headers.map(\.profile) == ["ros2"])
    #expect(contents.headers.map(\.library) == ["nomori test"])
    #expect(contents.schemas.map(\.name) == [Sample.schemaName, Note.schemaName])
    #expect(contents.schemas.map(\.encoding) == ["ros2msg", "ros2msg"])
    #expect(contents.schemas.first.map { Array($0.data) } == Array(Sample.schemaText.utf8))
    #expect(contents.channels.map(\.topic) == ["/samples", "/notes"])
    #expect(contents.channels.allSatisfy { $0.messageEncoding == "cdr" })
    #expect(contents.channels.allSatisfy { $0.metadata.map(\.key) == ["offered_qos_profiles"] })
    #expect(contents.metadata.map(\.name) == ["nomori"])
    #expect(contents.metadata.first?.entries.map(\.value) == ["river", "1"])

    let samples = try contents.messages(Sample.self, topic: "/samples")
    #expect(samples == (0..<messageCount).map(Sample.number))
    let notes = try contents.messages(Note.self, topic: "/notes")
    #expect(notes.count == messageCount / 10)
    #expect(contents.attachments.count == (messageCount == 0 ? 0 : 1))
    for attachment in contents.attachments {
      #expect(attachment.name == "site.yaml")
      #expect(attachment.mediaType == "application/yaml")
      #expect(Array(attachment.data) == SampleRecording.attachment)
    }
  }

  @Test func messagesKeepTheirOrderTimesAndSequenceThoughTheClockStepsBack() throws {
    let contents = Contents(try SampleRecording.bytes(messageCount: 300))
    let samples = contents.messages.filter { $0.channel == contents.channels[0].id }
    #expect(samples.map(\.sequence) == Array(0..<300))
    #expect(samples.map(\.logTime) == (0..<300).map(SampleRecording.logTime))
    #expect(samples.map(\.publishTime) == (0..<300).map { SampleRecording.logTime($0) - 5 })
    #expect(samples.map(\.logTime) != samples.map(\.logTime).sorted())
  }
}
