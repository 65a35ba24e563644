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
  private let records: Ring<LaneRecord>
  private let wires: [Ring<WireRecord>]
  private let clock: HostClock
  private let stop: StopFlag
  private let state = Mutex(State())
  /// Raised when one of its rings is half full, or the gateway stops; the recorder comes by itself once
  /// in each interval of chunks.
  private let wake: WakeSignal

  init(
    settings: RecordingSettings, origin: RecordingOrigin, records: Ring<LaneRecord>,
    wires: [Ring<WireRecord>], clock: HostClock, wake: WakeSignal, stop: StopFlag
  ) {
    self.settings = settings
    self.origin = origin
    self.records = records
    self.wires = wires
    self.clock = clock
    self.stop = stop
    self.wake = wake
  }

  /// What it has done so far.
  var current: State { state.withLock { $0 } }

  /// Writes until the gateway stops, then ends the file. A disk that refuses costs the part that was
  /// open, never the gateway: a new part is begun after a while.
  func run() {
    var part = 1
    while true {
      do {
        try writePart(part)
      } catch {
        let failure = GatewayProblem("recordingFailed", detail: "\(error)", "\(error)")
        state.withLock { $0.failure = failure }
        waitOut(.seconds(30))
      }
      if stop.isRaised { return }
      part += 1
    }
  }

  private func writePart(_ part: Int) throws {
    makeRoom()
    var file = try RecordingFile(
      folder: settings.folder, origin: origin, part: part,
      wallNs: UInt64(clamping: clock.wallTime.nanosecondsSince1970))
    state.withLock {
      $0.path = file.path
      $0.failure = nil
    }
    let bytesBefore = current.bytes
    let realClock = HostClock()
    var due = realClock.now + settings.chunkInterval
    var stopping = false
    while !stopping && file.byteCount < partBytes && !file.isNearlyFull {
      wake.wait(timeout: realClock.realTime(until: due))
      stopping = stop.isRaised
      try drain(into: &file)
      if realClock.now >= due {
        try file.flush()
        due = realClock.now + settings.chunkInterval
      }
      state.withLock { $0.bytes = bytesBefore + file.byteCount }
    }
    try file.flush()
    let total = bytesBefore + file.byteCount
    try file.finish()
    state.withLock { $0.bytes = total }
  }

  /// A part is a sixteenth of all recordings, so that making room removes little at a time.
  private var partBytes: UInt64 { UInt64(min(max(settings.maximumBytes / 16, 1 << 20), 1 << 30)) }

  private func drain(into file: inout RecordingFile) throws {
    for ring in wires {
      while let record = ring.pop() { try file.write(record) }
    }
    while let record = records.pop() { try file.write(record) }
    try file.store()
  }

  private func waitOut(_ span: TimeSpan) {
    let realClock = HostClock()
    let end = realClock.now + span
    while !stop.isRaised && realClock.now < end { wake.wait(timeout: .seconds(1)) }
  }

  /// Removes the oldest parts until the folder has room for one more.
  private func makeRoom() {
    let parts = folderNames(settings.folder).filter { $0.hasSuffix(".mcap") }
    let sizes = parts.map { fileSize("\(settings.folder)/\($0)") ?? 0 }
    var total = Int64(sizes.reduce(0, +))
    for (part, size) in zip(parts, sizes)
    where total > settings.maximumBytes - Int64(partBytes) {
      removeFile("\(settings.folder)/\(part)")
      total -= Int64(size)
    }
  }
}
