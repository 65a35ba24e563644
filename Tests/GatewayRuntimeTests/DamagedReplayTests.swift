import Delivery
import DetectionCore
import FieldLog
import FieldSimulation
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import Recording

@Suite struct DamagedReplayTests {
  static let seed: UInt64 = 4_711

  /// Two days of the river in many chunks, and the events in it.
  private struct Recording {
    let folder: TemporaryFolder
    let bytes: [UInt8]
    var events: [[UInt8]] = []

    init() throws {
      folder = try TemporaryFolder()
      let site = try River.site()
      let outlets = LaneOutputs()
      var lane = try Lane(plan: site.detection, outlets: outlets)
      var file = try RecordingFile(
        folder: folder.path,
        origin: RecordingOrigin(
          site: site, version: "test", session: DamagedReplayTests.session, states: [],
          beginsWithCheckpoint: false), part: 1,
        checkpoint: RecordedCheckpoint(inputCount: 0, bytes: []), wallNs: 0)
      let path = file.path
      for minute in 0..<2_880 {
        lane.decide(LaneTests.reading(minute: minute), at: Instant(nanoseconds: 0))
        while let record = outlets.records.pop() {
          if case .event(let event) = record { events.append(EventMessage(event).encoded()) }
          try file.write(record)
        }
        if minute % 100 == 99 { try file.flush() }
      }
      try file.finish()
      bytes = try readFile(path)
    }

    /// Replays `bytes` as a file of its own.
    func replay(_ bytes: [UInt8], name: String) throws -> Replay.Result {
      let path = "\(folder.path)/\(name).mcap"
      try GrowingFile(creating: path).append(bytes)
      defer { removeFile(path) }
      return try Replay(paths: [path]).run()
    }
  }

  fileprivate static let session = SessionIdentity(epoch: "5f0c9a1e", number: 1)

  @Test func wholeRecordingIsReplayedTheSame() throws {
    let recording = try Recording()
    let result = try recording.replay(recording.bytes, name: "whole")
    #expect(result.firstDifference == nil)
    #expect(result.inputCount == 2_880)
    #expect(result.events.map { EventMessage($0.event).encoded() } == recording.events)
    #expect(recording.events.count > 100)
  }

  @Test func cutRecordingGivesItsBeginningAndSaysThatItIsCut() throws {
    let recording = try Recording()
    var inputCounts: Set<Int> = []
    for part in 1..<20 {
      let length = recording.bytes.count * part / 20
      let result = try? recording.replay(Array(recording.bytes.prefix(length)), name: "cut\(part)")
      // Where not even the site file is whole, there is nothing to replay.
      guard let result else { continue }
      inputCounts.insert(result.inputCount)
      let decided = result.events.map { EventMessage($0.event).encoded() }
      #expect(decided == Array(recording.events.prefix(decided.count)), "cut at \(length)")
      #expect(!result.damages.isEmpty, "cut at \(length)")
      #expect(result.inputCount < 2_880 || part > 18)
    }
    #expect(inputCounts.count > 5, "cuts at different places give different lengths")
  }

  @Test func inputsOfAnotherVersionAreReportedAndNotSkippedInSilence() throws {
    let folder = try TemporaryFolder()
    let origin = RecordingOrigin(
      site: try River.site(), version: "test", session: DamagedReplayTests.session, states: [],
      beginsWithCheckpoint: false)
    var writer = MCAPWriter(library: "another version")
    try writer.attach(
      name: RecordingAttachment.site, mediaType: "application/yaml",
      data: Array(origin.site.text.utf8), logTime: 0, createTime: 0)
    for profile in origin.profiles {
      try writer.attach(
        name: RecordingAttachment.profile(profile.name), mediaType: "application/yaml",
        data: Array(profile.text.utf8), logTime: 0, createTime: 0)
    }
    try writer.addMetadata(
      name: RecordingAttachment.origin, [(key: "session", value: "1"), (key: "part", value: "1")])
    let channel = try writer.addChannel(topic: RecordingTopic.input, of: PointMessage.self)
    for _ in 0..<3 {
      try writer.write(
        PointMessage(), channel: channel, sequence: 0, logTime: 0, publishTime: 0)
    }
    writer.finish()
    let path = "\(folder.path)/other.mcap"
    try GrowingFile(creating: path).append(writer.takeOutput())
    let result = try Replay(paths: [path]).run()
    #expect(result.inputCount == 0)
    #expect(
      result.damages.map(\.english) == ["\(path): 3 inputs are not as this version writes them"])
  }

  @Test func anotherFileIsNoRecordingInBothLanguages() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/report.mcap"
    try GrowingFile(creating: path).append(Array("%PDF-1.7".utf8))
    let result = try RecordingRepair.repair(path, into: "\(folder.path)/repaired.mcap")
    #expect(
      result.firstDamage
        == LocalizedText(
          english: "\(path) at byte 0: not an MCAP file, 8 bytes passed over",
          japanese: "\(path) の 0 バイト目: MCAP ファイルではありません。8 バイトを読み飛ばしました"))
  }

  @Test func repairedRecordingIsWholeAndDecidesTheSame() throws {
    let recording = try Recording()
    let cut = "\(recording.folder.path)/cut.mcap"
    let whole = "\(recording.folder.path)/whole.mcap"
    try GrowingFile(creating: cut).append(Array(recording.bytes.prefix(recording.bytes.count / 2)))
    let repair = try RecordingRepair.repair(cut, into: whole)
    #expect(repair.damageCount == 1 && repair.bytesLost > 0)
    #expect(repair.bytesKept + repair.bytesLost == UInt64(recording.bytes.count / 2))
    let before = try Replay(paths: [cut]).run()
    let after = try Replay(paths: [whole]).run()
    #expect(after.damages.isEmpty && !before.damages.isEmpty)
    #expect(after.inputCount == before.inputCount && after.inputCount > 500)
    #expect(after.digest == before.digest)
    #expect(throws: HostError.self) { try RecordingRepair.repair(cut, into: whole) }
  }

  @Test func damagedRecordingsAreReportedAndNeverCrash() throws {
    let recording = try Recording()
    var random = SplitMix64(seed: Self.seed)
    var damagedCount = 0
    for round in 0..<60 {
      var bytes = recording.bytes
      // The first half of the rounds hits the messages, the second anything.
      let from = round < 30 ? bytes.count / 2 : 0
      let place = from + Int(random.next() % UInt64(bytes.count - from))
      bytes[place] ^= UInt8(truncatingIfNeeded: random.next()) | 1
      let result: Replay.Result
      do {
        result = try recording.replay(bytes, name: "damaged\(round)")
      } catch {
        #expect("\(error)".contains("damaged\(round)") || error is ConfigurationError)
        damagedCount += 1
        continue
      }
      let decided = result.events.map { EventMessage($0.event).encoded() }
      if decided == recording.events && result.firstDifference == nil { continue }
      damagedCount += 1
      #expect(!result.damages.isEmpty, "seed \(Self.seed), round \(round), byte \(place)")
      #expect(
        result.damages.allSatisfy { $0.english.contains("damaged\(round).mcap") },
        "a damage names its file")
    }
    #expect(damagedCount > 20, "most damage matters")
  }
}
