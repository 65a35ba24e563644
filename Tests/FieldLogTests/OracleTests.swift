import FieldLog
import Foundation
import Testing

/// The Swift side of `Tests/Oracles/mcap.check`, which names the folder of exchange.
@Suite struct OracleTests {
  private static let folder = ProcessInfo.processInfo.environment["NOMORI_ORACLE_FOLDER"]
    .map { URL(fileURLWithPath: $0, isDirectory: true) }
  private static let skipped: Comment =
    "skipped: NOMORI_ORACLE_FOLDER names no folder; `Tests/run-checks Tests/Oracles mcap` sets it"

  @Test(.enabled(if: folder != nil, skipped))
  func recordingsAreWrittenForOthersToRead() throws {
    let folder = try #require(Self.folder)
    let bytes = try SampleRecording.bytes(messageCount: 200)
    try Data(bytes).write(to: folder.appendingPathComponent("swift.mcap"))
    var reader = MCAPReader(Array(bytes[..<(bytes.count * 2 / 3)]))
    var recovered: [UInt8] = []
    _ = try reader.rewrite { recovered += $0 }
    try Data(recovered).write(to: folder.appendingPathComponent("swift-recovered.mcap"))
  }

  @Test(
    .enabled(if: folder != nil, skipped), arguments: ["zstd", "uncompressed", "unchunked"])
  func aRecordingOfOthersIsRead(form: String) throws {
    let folder = try #require(Self.folder)
    let file = folder.appendingPathComponent("python-\(form).mcap")
    let bytes = [UInt8](try Data(contentsOf: file))
    #expect(Layout.chunks(in: bytes).isEmpty == (form == "unchunked"))
    let contents = Contents(bytes)
    #expect(contents.damage == [])
    #expect(contents.headers.map(\.profile) == ["ros2"])
    #expect(try contents.messages(Sample.self, topic: "/samples") == (0..<200).map(Sample.number))
    #expect(contents.messages.map(\.sequence) == Array(0..<200))
    #expect(contents.attachments.map { Array($0.data) } == [SampleRecording.attachment])
    #expect(contents.attachments.map(\.createTime) == [7])
    #expect(contents.metadata.first?.entries.map(\.value) == ["python"])
  }
}
