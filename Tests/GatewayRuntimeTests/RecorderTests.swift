import Delivery
import DetectionCore
import LinuxHost
import SiteConfiguration
import Synchronization
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import Recording

/// The recorder's own thread beside a lane that decides as fast as it can.
@Suite struct RecorderTests {
  private final class Disk: Sendable {
    let freeBytes = Atomic<Int64>(.max)
  }

  private struct Run: ~Copyable {
    let folder: String
    let outlets: LaneOutputs
    let disk: Disk
    let stop: StopFlag
    let wake: WakeSignal
    let thread: HostThread
    private var lane: Lane
    private(set) var minute: Int

    init(
      in folder: String, maximumBytes: Int64, chunkInterval: TimeSpan = .milliseconds(100)
    ) throws {
      let outlets = LaneOutputs()
      let disk = Disk()
      let stop = StopFlag()
      let wake = try WakeSignal()
      let site = try River.site()
      let recorder = Recorder(
        settings: RecordingSettings(
          folder: folder, maximumBytes: maximumBytes, chunkInterval: chunkInterval),
        origin: RecordingOrigin(
          site: site, version: "test", session: SessionIdentity(epoch: "5f0c9a1e", number: 1),
          states: [],
          beginsWithCheckpoint: false),
        lane: outlets, wires: [], clock: HostClock(), wake: wake, stop: stop,
        freeBytes: { _ in disk.freeBytes.load(ordering: .relaxed) })
      let lane = try Lane(plan: site.detection, outlets: outlets)
      thread = try HostThread(name: "recorder") { _ in recorder.run() }
      self.lane = lane
      self.folder = folder
      self.outlets = outlets
      self.disk = disk
      self.stop = stop
      self.wake = wake
      minute = 0
    }

    var parts: [String] { folderNames(folder) }

    /// Decides on the next minutes, as fast as the recorder takes them.
    mutating func decide(_ count: Int) {
      for _ in 0..<count {
        lane.decide(LaneTests.reading(minute: minute), at: Instant(nanoseconds: 0))
        minute += 1
        guard outlets.records.isHalfFull else { continue }
        wake.raise()
        let records = outlets.records
        #expect(waitUntil { !records.isHalfFull })
      }
      wake.raise()
    }

    func end() {
      stop.raise()
      wake.raise()
      thread.join()
    }
  }

  @Test func whatIsLeftAfterTheFirstPartWentReplays() throws {
    let folder = try TemporaryFolder()
    var run = try Run(in: folder.path, maximumBytes: 1)
    run.decide(5_000)
    let path = folder.path
    #expect(waitUntil { folderNames(path).count == 1 })
    // As the recorder asks when a part is full.
    run.outlets.checkpoint.request()
    run.decide(5_000)
    #expect(waitUntil { folderNames(path) == ["river-nagi-00001-00002.mcap"] })
    run.end()
    #expect(run.outlets.lostRecords.value == 0)
    let result = try Replay(paths: run.parts.map { "\(folder.path)/\($0)" }).run()
    #expect(result.firstDifference == nil && result.gaps.isEmpty && result.damages.isEmpty)
    #expect(result.inputCount == 5_000)
    #expect(result.events.count > 10)
  }

  @Test func anEventIsOnTheDiskLongBeforeTheIntervalIsOver() throws {
    let folder = try TemporaryFolder()
    var run = try Run(in: folder.path, maximumBytes: 1 << 30, chunkInterval: .seconds(3_600))
    run.decide(500)
    let inputs = run.minute
    let path = "\(folder.path)/river-nagi-00001-00001.mcap"
    // The file has no end yet, so the replay finds it cut.
    #expect(
      waitUntil {
        guard let result = try? Replay(paths: [path]).run() else { return false }
        return result.inputCount > inputs / 2 && !result.events.isEmpty
          && result.firstDifference == nil
      })
    run.end()
    let result = try Replay(paths: [path]).run()
    #expect(result.firstDifference == nil && result.inputCount == inputs)
  }

  /// The outbox lies on the same disk.
  @Test func oldRecordingsGoWhenTheDiskIsNearlyFull() throws {
    let folder = try TemporaryFolder()
    for part in 1...3 {
      try GrowingFile(creating: "\(folder.path)/river-nagi-00000-0000\(part).mcap").append([1])
    }
    var run = try Run(in: folder.path, maximumBytes: 1 << 30)
    run.decide(10)
    let path = folder.path
    #expect(waitUntil { folderNames(path).count == 4 })
    run.disk.freeBytes.store(RuntimeLimits.recordingFreeBytes - 1, ordering: .relaxed)
    #expect(waitUntil { folderNames(path) == ["river-nagi-00001-00001.mcap"] })
    run.decide(10)
    run.end()
    let result = try Replay(paths: ["\(path)/river-nagi-00001-00001.mcap"]).run()
    #expect(result.firstDifference == nil && result.inputCount == 20)
  }
}
