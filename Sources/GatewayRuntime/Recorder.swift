internal import DetectionCore
internal import GatewayStatus
internal import LinuxHost
internal import Recording
internal import SiteConfiguration
internal import Synchronization

/// The thread that writes the recording. It never makes anyone wait: what it is too slow for is
/// lost to the recording, and counted.
final class Recorder: Sendable {
  /// What the recorder has done so far.
  struct State: Sendable {
    var path: String?
    var bytes: UInt64 = 0
    var failure: GatewayProblem?
  }

  private let settings: RecordingSettings
  private let origin: RecordingOrigin
  private let lane: LaneOutputs
  private let wires: [Ring<WireRecord>]
  private let clock: HostClock
  private let stop: StopFlag
  private let state = Mutex(State())
  /// Raised when something was decided, one of its rings is half full, or the gateway stops; the recorder
  /// comes by itself once in each interval of chunks.
  private let wake: WakeSignal
  /// How it goes on. It may stand where its disk hangs: starting anew would mend nothing then.
  let progress = ThreadProgress()
  /// How much is free on the disk of a folder.
  private let freeBytes: @Sendable (String) -> Int64

  init(
    settings: RecordingSettings, origin: RecordingOrigin, lane: LaneOutputs,
    wires: [Ring<WireRecord>], clock: HostClock, wake: WakeSignal, stop: StopFlag,
    freeBytes: @escaping @Sendable (String) -> Int64 = { freeDiskBytes(at: $0) ?? .max }
  ) {
    self.freeBytes = freeBytes
    self.settings = settings
    self.origin = origin
    self.lane = lane
    self.wires = wires
    self.clock = clock
    self.stop = stop
    self.wake = wake
    // Asked before the lane begins, it stands before the first input.
    lane.checkpoint.request()
  }

  /// What it has done so far.
  var current: State { state.withLock { $0 } }

  /// Writes until the gateway stops, then ends the file. A disk that refuses costs the part that was
  /// open, never the gateway: a new part is begun after a while. Only a part that was begun has a number.
  func run() {
    var next = 1
    var checkpoint: RecordedCheckpoint?
    while true {
      do {
        if checkpoint == nil { checkpoint = waitForCheckpoint() }
        guard let start = checkpoint else { return }
        checkpoint = nil
        let file = try waitingForDisk {
          makeRoom()
          return try RecordingFile(
            folder: settings.folder, origin: origin, part: next, checkpoint: start,
            wallNs: UInt64(clamping: clock.wallTime.nanosecondsSince1970))
        }
        next += 1
        checkpoint = try write(file)
        if checkpoint == nil { return }
      } catch {
        let failure = GatewayProblem("recordingFailed", detail: "\(error)", "\(error)")
        state.withLock { $0.failure = failure }
        if stop.isRaised { return }
        waitOut(.seconds(30))
      }
    }
  }

  /// Does what may hang with the disk.
  private func waitingForDisk<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
    try progress.standing(until: Instant(nanoseconds: .max), body)
  }

  /// Lets the lane say from where the next part begins. What it gave before belongs to no part, and is
  /// counted as lost; nil when the gateway stops before.
  private func waitForCheckpoint() -> RecordedCheckpoint? {
    lane.checkpoint.request()
    while true {
      let stopping = stop.isRaised
      progress.takeTurn()
      while let record = lane.records.pop() {
        if case .checkpoint(let inputCount) = record { return take(inputCount) }
        lane.lostRecords.add()
      }
      if stopping { return nil }
      wake.wait(timeout: settings.chunkInterval)
    }
  }

  private func take(_ inputCount: UInt32) -> RecordedCheckpoint {
    var bytes: [UInt8] = []
    _ = lane.checkpoint.take(into: &bytes)
    return RecordedCheckpoint(inputCount: inputCount, bytes: bytes)
  }

  /// Writes a part until it is full and the lane has said from where the next one begins; nil when the
  /// gateway stops.
  private func write(_ begun: consuming RecordingFile) throws -> RecordedCheckpoint? {
    var file = begun
    let bytesBefore = current.bytes
    state.withLock {
      $0.path = file.path
      $0.failure = nil
    }
    let realClock = HostClock()
    var flushed = realClock.now
    var next: RecordedCheckpoint?
    while true {
      let stopping = stop.isRaised
      progress.takeTurn()
      if file.byteCount >= partBytes || file.isNearlyFull { lane.checkpoint.request() }
      next = try waitingForDisk { try drain(into: &file) }
      let pause =
        file.holdsEvent
        ? min(RuntimeLimits.eventRecordingTime, settings.chunkInterval) : settings.chunkInterval
      if realClock.now >= flushed + pause {
        try waitingForDisk {
          if freeBytes(settings.folder) < RuntimeLimits.recordingFreeBytes {
            makeRoom(beside: file.path)
          }
          try file.flush()
        }
        flushed = realClock.now
      }
      state.withLock { $0.bytes = bytesBefore + file.byteCount }
      if stopping || next != nil { break }
      wake.wait(timeout: realClock.realTime(until: flushed + pause))
    }
    try file.flush()
    let total = bytesBefore + file.byteCount
    try file.finish()
    state.withLock { $0.bytes = total }
    return next
  }

  /// A part is a sixteenth of all recordings, so that making room removes little at a time; and several
  /// times the checkpoint that it begins with.
  private var partBytes: UInt64 {
    let bytes = min(max(settings.maximumBytes / 16, 1 << 20), 1 << 30)
    return UInt64(max(bytes, 4 * Int64(lane.checkpoint.byteCount)))
  }

  /// Writes what waits, up to where the lane says that the next part begins.
  private func drain(into file: inout RecordingFile) throws -> RecordedCheckpoint? {
    for ring in wires {
      while let record = ring.pop() { try file.write(record) }
    }
    while let record = lane.records.pop() {
      if case .checkpoint(let inputCount) = record {
        try file.store()
        return take(inputCount)
      }
      if case .input(_, let number) = record, !file.follows(number) {
        // The ring was too full for what came between: the next part goes on from a known state.
        lane.checkpoint.request()
      }
      try file.write(record)
    }
    try file.store()
    return nil
  }

  private func waitOut(_ span: TimeSpan) {
    let realClock = HostClock()
    let end = realClock.now + span
    while !stop.isRaised && realClock.now < end {
      progress.takeTurn()
      wake.wait(timeout: .seconds(1))
    }
  }

  /// Removes the oldest parts until the folder has room for one more, and the disk for others. The part at
  /// `open` is being written and stays.
  private func makeRoom(beside open: String? = nil) {
    let paths = folderNames(settings.folder).filter { $0.hasSuffix(".mcap") }
      .map { "\(settings.folder)/\($0)" }
    let sizes = paths.map { Int64(fileSize($0) ?? 0) }
    var total = sizes.reduce(0, +)
    for (path, size) in zip(paths, sizes) where path != open {
      let isDiskFull = freeBytes(settings.folder) < RuntimeLimits.recordingFreeBytes
      guard isDiskFull || (open == nil && total > settings.maximumBytes - Int64(partBytes)) else {
        return
      }
      removeFile(path)
      total -= size
    }
  }
}
