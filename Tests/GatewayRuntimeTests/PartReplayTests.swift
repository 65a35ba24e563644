import Delivery
import DetectionCore
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import Recording

/// Every part of a recording replays alone, and what is missing is told.
@Suite struct PartReplayTests {
  private static let partMinutes = 480

  /// Four days of the river in parts of eight hours, as a recorder would write them.
  private struct Recording {
    let folder: TemporaryFolder
    var paths: [String] = []
    /// Minutes whose records nobody takes, so that the ring overflows.
    var idle = 0..<0

    init(idle: Range<Int> = 0..<0, session: UInt32 = 1, in folder: TemporaryFolder? = nil) throws {
      self.folder = try folder ?? TemporaryFolder()
      self.idle = idle
      let site = try River.site()
      let outlets = LaneOutputs()
      var lane = try Lane(plan: site.detection, outlets: outlets)
      let origin = RecordingOrigin(
        site: site, version: "test",
        session: SessionIdentity(epoch: "5f0c9a1e", number: session), states: [],
        beginsWithCheckpoint: false)
      var writer = PartWriter(folder: self.folder.path, origin: origin)
      outlets.checkpoint.request()
      for minute in 0..<12 * PartReplayTests.partMinutes {
        if minute % PartReplayTests.partMinutes == 0 { outlets.checkpoint.request() }
        lane.decide(LaneTests.reading(minute: minute), at: Instant(nanoseconds: 0))
        if !idle.contains(minute) { try writer.drain(outlets) }
        if minute % 60 == 59 { try writer.flush() }
      }
      paths = try writer.finish()
    }
  }

  /// What the recorder does with the lane's records.
  private struct PartWriter: ~Copyable {
    let folder: String
    let origin: RecordingOrigin
    var paths: [String] = []
    var file: RecordingFile?

    init(folder: String, origin: RecordingOrigin) {
      self.folder = folder
      self.origin = origin
    }

    mutating func drain(_ outlets: LaneOutputs) throws {
      while let record = outlets.records.pop() {
        if case .checkpoint(let inputCount) = record {
          try file.take()?.finish()
          var bytes: [UInt8] = []
          _ = outlets.checkpoint.take(into: &bytes)
          file = try RecordingFile(
            folder: folder, origin: origin, part: paths.count + 1,
            checkpoint: RecordedCheckpoint(inputCount: inputCount, bytes: bytes), wallNs: 0)
          if let path = file?.path { paths.append(path) }
        } else {
          try file?.write(record)
        }
      }
    }

    mutating func flush() throws { try file?.flush() }

    consuming func finish() throws -> [String] {
      try file.take()?.finish()
      return paths
    }
  }

  @Test func eachPartAndEachRunOfPartsReplaysAlone() throws {
    let recording = try Recording()
    #expect(recording.paths.count == 12)
    var events = 0
    for path in recording.paths {
      let result = try Replay(paths: [path]).run()
      #expect(result.isWhole && result.inputCount == Self.partMinutes, "\(path)")
      events += result.events.count
    }
    for first in recording.paths.indices {
      let result = try Replay(paths: Array(recording.paths[first...])).run()
      #expect(result.isWhole, "from part \(first + 1)")
      #expect(result.inputCount == (12 - first) * Self.partMinutes)
      if first == 0 { #expect(result.events.count == events && events > 200) }
    }
    // In any order.
    let result = try Replay(paths: recording.paths.reversed()).run()
    #expect(result.isWhole && result.events.count == events)
  }

  @Test func aMissingPartIsToldAndTheRestIsTheSame() throws {
    let recording = try Recording()
    let given = Array(recording.paths[1...3] + recording.paths[6...])
    let result = try Replay(paths: given).run()
    #expect(result.firstDifference == nil)
    #expect(result.inputCount == 9 * Self.partMinutes)
    let gap = try #require(result.gaps.first)
    #expect(result.gaps.count == 1 && gap.missingCount == 2 * Self.partMinutes)
    #expect(gap.start?.nanosecondsSince1970 == Int64(4 * Self.partMinutes - 1) * 60_000_000_000)
    #expect(gap.end?.nanosecondsSince1970 == Int64(6 * Self.partMinutes) * 60_000_000_000)
    #expect(
      result.damages.map(\.english) == [
        "\(recording.paths[6]): part 7 comes after part 4; "
          + "those between are missing"
      ])
  }

  @Test func anOverflowIsToldAndTheNextPartGoesOn() throws {
    // Some 4,500 decisions fill the ring; what is decided then is in no part.
    let recording = try Recording(idle: 500..<5_200)
    let result = try Replay(paths: recording.paths).run()
    #expect(result.firstDifference == nil && result.damages.isEmpty)
    let gap = try #require(result.gaps.first)
    #expect(result.gaps.count == 1 && gap.missingCount > 100, "\(gap)")
    #expect(
      result.inputCount + gap.missingCount + gap.undecidedCount == 12 * Self.partMinutes)
  }

  @Test func aCutPartIsToldAndTheOnesAroundItAreTheSame() throws {
    let recording = try Recording()
    let bytes = try readFile(recording.paths[4])
    var counts: Set<Int> = []
    for share in 1..<10 {
      let cut = "\(recording.folder.path)/cut\(share).mcap"
      try GrowingFile(creating: cut).append(Array(bytes.prefix(bytes.count * share / 10)))
      var paths = recording.paths
      paths[4] = cut
      // Where not even the site file is whole, the part says nothing.
      guard let result = try? Replay(paths: paths).run() else { continue }
      #expect(result.firstDifference == nil && !result.damages.isEmpty, "share \(share)")
      let missing = result.gaps.reduce(0) { $0 + $1.missingCount }
      #expect(result.inputCount + missing == 12 * Self.partMinutes, "share \(share)")
      counts.insert(missing)
    }
    #expect(counts.count > 2, "cuts at different places give different lengths")
  }

  @Test func aDamagedCheckpointIsToldAndHarmsNoWholeSession() throws {
    let recording = try Recording()
    var bytes = try readFile(recording.paths[2])
    let place = try #require(bytes.firstRange(of: Array("application/octet-stream".utf8)))
    bytes[place.upperBound + 100] ^= 4
    let damaged = "\(recording.folder.path)/damaged.mcap"
    try GrowingFile(creating: damaged).append(bytes)
    var paths = recording.paths
    paths[2] = damaged
    #expect(try Replay(paths: paths).run().inputCount == 12 * Self.partMinutes)
    let (alone, following) = (
      try? Replay(paths: [damaged]).run(), try? Replay(paths: Array(paths[2...])).run()
    )
    if let alone { #expect(alone.inputCount == 0 && !alone.damages.isEmpty) }
    if let following {
      #expect(following.inputCount == 9 * Self.partMinutes && following.gaps.count == 1)
    }
  }

  @Test func severalSessionsAreReplayedInOneCall() throws {
    let folder = try TemporaryFolder()
    let first = try Recording(session: 1, in: folder)
    let second = try Recording(session: 2, in: folder)
    let replays = try Replay.sessions(Array(first.paths[3...] + second.paths[7...]))
    #expect(replays.map(\.session.number) == [1, 2])
    #expect(try replays.map { try $0.run().inputCount / Self.partMinutes } == [9, 5])
    #expect(throws: Replay.Failure.self) { try Replay(paths: first.paths + second.paths) }
  }

  @Test func anEmptyPartBlocksNothing() throws {
    let recording = try Recording()
    let empty = "\(recording.folder.path)/empty.mcap"
    _ = try GrowingFile(creating: empty)
    let result = try Replay(paths: [empty] + recording.paths[2...]).run()
    #expect(result.firstDifference == nil && result.gaps.isEmpty)
    #expect(result.damages.map(\.english) == ["\(empty): empty, passed over"])
    let error = #expect(throws: Replay.Failure.self) { try Replay(paths: [empty]) }
    #expect(error?.text.english.contains("before it had recorded anything") == true)
  }
}

extension Replay.Result {
  fileprivate var isWhole: Bool { firstDifference == nil && gaps.isEmpty && damages.isEmpty }
}
