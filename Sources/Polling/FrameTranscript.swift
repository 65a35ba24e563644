public import DetectionCore

/// What was sent and heard on a line since the engine was asked for its last task, byte by byte,
/// for whoever records it.
///
/// Of the frames of sensors that send by themselves only those are kept that gave a reading. Frames
/// that came damaged, or that nobody waited for, are kept up to `PollingLimits.strangeFrames` a minute:
/// a line full of noise must not fill a recording. Takes no memory beyond what it was made with.
public struct FrameTranscript: Sendable {
  /// What an entry is.
  public enum Kind: UInt8, Sendable {
    /// A message that gave readings.
    case message = 0
    /// A request or a setting, which was sent.
    case request = 1
    /// A damaged frame.
    case damaged = 2
    /// A whole frame that the profile does not know, or that was not asked for.
    case unknown = 3
    /// No message came in time; the bytes are what came instead.
    case timeout = 4
  }

  /// Something that was sent or heard.
  public struct Entry: Sendable {
    /// What it is.
    public let kind: Kind
    /// The sensor's index in `BusPlan.devices`; nil where none is meant.
    public let device: Int?
    /// When it was sent, or whole.
    public let time: Instant
    /// The same moment in civil time.
    public let wallTime: WallTime
    /// Where its bytes stand in `bytes`: the last `PollingLimits.transcriptBytes` of them at most.
    public let range: Range<Int>
    /// How many bytes it had.
    public let length: Int
  }

  /// What happened, in order.
  public private(set) var entries: [Entry] = []
  /// The bytes of all entries.
  public private(set) var bytes: [UInt8] = []
  /// What came since the last frame ended, in part.
  private var raw: [UInt8] = []
  private var rawLength = 0
  private var minute = Instant(nanoseconds: .min)
  private var strangeFrames = 0

  init() { raw.reserveCapacity(2 * PollingLimits.transcriptBytes) }

  /// Begins anew; what has come of a frame so far is kept.
  mutating func clear() {
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
  }

  mutating func hear(_ byte: UInt8) {
    if raw.count == 2 * PollingLimits.transcriptBytes {
      raw.removeFirst(PollingLimits.transcriptBytes)
    }
    raw.append(byte)
    rawLength += 1
  }

  /// What was heard since the last frame is something that is not kept.
  mutating func drop() {
    raw.removeAll(keepingCapacity: true)
    rawLength = 0
  }

  /// What was heard since the last frame is this.
  mutating func keepHeard(_ kind: Kind, device: Int?, _ stamp: Stamp) {
    if kind != .message {
      if stamp.time >= minute {
        minute = stamp.time + .seconds(60)
        strangeFrames = 0
      }
      strangeFrames += 1
    }
    if kind == .message || strangeFrames <= PollingLimits.strangeFrames {
      append(kind, device: device, raw.suffix(PollingLimits.transcriptBytes), rawLength, stamp)
    }
    drop()
  }

  mutating func keepSent(_ sent: [UInt8], device: Int?, _ stamp: Stamp) {
    append(
      .request, device: device, sent.suffix(PollingLimits.transcriptBytes), sent.count, stamp)
    drop()
  }

  private mutating func append(
    _ kind: Kind, device: Int?, _ content: ArraySlice<UInt8>, _ length: Int, _ stamp: Stamp
  ) {
    let start = bytes.count
    bytes.append(contentsOf: content)
    entries.append(
      Entry(
        kind: kind, device: device, time: stamp.time, wallTime: stamp.wallTime,
        range: start..<bytes.count, length: length))
  }
}

extension PollingLimits {
  /// Bytes that are recorded of a frame: NMEA 0183 allows 82, composite weather messages have up to
  /// 250, and blocks of VE.Direct some 200.
  public static var transcriptBytes: Int { 256 }
  /// Damaged and unknown frames, and time-outs, that are recorded in a minute: enough to see what is
  /// wrong.
  public static var strangeFrames: Int { 20 }
}
