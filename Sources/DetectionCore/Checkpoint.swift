/// Why a detector does not go on from a checkpoint.
public enum CheckpointRefusal: UInt8, Error, BitwiseCopyable, Sendable {
  /// The bytes are not those that were written.
  case damaged = 1
  /// It was written by a version whose detector is laid out in another way, or on another kind of
  /// processor.
  case otherVersion = 2
  /// It is the state of another plan.
  case otherPlan = 3
}

// A checkpoint: the detector's state as bytes, of which a detector of the same plan becomes equal to
// this one, bit for bit.
//
//     0   the layout's version          16   the plan's fingerprint
//     8   the layout of the types       24   how many bytes it has in all
//     32  what stands beside the block of memory, then the block, then a digest of all before it
//
// Numbers are as the processor has them.
extension Detector {
  private static var layoutVersion: UInt64 { 1 }
  private static var headerByteCount: Int { 32 }
  private static var digestByteCount: Int { 8 }
  static var blockOffset: Int {
    headerByteCount + CoreMemory.byteCount(of: DetectorScalars.self, count: 1)
  }

  /// The bytes of a checkpoint.
  public var checkpointByteCount: Int {
    Detector.blockOffset + stateByteCount + Detector.digestByteCount
  }

  /// Writes a checkpoint to the beginning of `room`, which must have at least `checkpointByteCount`;
  /// between two inputs.
  #if !DEBUG
    @_noLocks
  #endif
  public func writeCheckpoint(into room: inout MutableSpan<UInt8>) {
    let end = checkpointByteCount - Detector.digestByteCount
    precondition(room.count >= checkpointByteCount, "the bytes have no room for a checkpoint")
    // Safe: numbers may be any bytes.
    var bytes = unsafe room.mutableBytes
    bytes.storeBytes(of: Detector.layoutVersion, toByteOffset: 0, as: UInt64.self)
    bytes.storeBytes(of: Detector.typeLayout, toByteOffset: 8, as: UInt64.self)
    bytes.storeBytes(of: planFingerprint, toByteOffset: 16, as: UInt64.self)
    bytes.storeBytes(
      of: UInt64(bitPattern: Int64(widening: checkpointByteCount)), toByteOffset: 24,
      as: UInt64.self)
    var offset = Detector.headerByteCount
    while offset < Detector.blockOffset {
      bytes.storeBytes(of: 0, toByteOffset: offset, as: UInt64.self)
      offset += 8
    }
    bytes.storeBytes(
      of: scalars, toByteOffset: Detector.headerByteCount, as: DetectorScalars.self)
    memory.copy(first: stateByteCount, to: &bytes, at: Detector.blockOffset)
    let digest = BitDigest.value(of: bytes, byteCount: end)
    bytes.storeBytes(of: digest, toByteOffset: end, as: UInt64.self)
  }

  /// Becomes equal to the detector that wrote `checkpoint`, all of its bytes, and decides from here on
  /// what that one decided. Refused, it stays as it was.
  ///
  /// It allocates nothing either, which a test counts; the compiler's proof takes the end of a view of
  /// bytes for one that may give memory back (Swift 6.3).
  public mutating func restore(
    fromCheckpoint checkpoint: Span<UInt8>
  ) throws(CheckpointRefusal) {
    // Safe: they are looked at before anything is made of them.
    let bytes = unsafe checkpoint.bytes
    let end = bytes.byteCount - Detector.digestByteCount
    guard end >= Detector.headerByteCount, end % 8 == 0,
      bytes.word(at: end) == BitDigest.value(of: bytes, byteCount: end)
    else { throw .damaged }
    guard bytes.word(at: 0) == Detector.layoutVersion, bytes.word(at: 8) == Detector.typeLayout
    else { throw .otherVersion }
    guard bytes.word(at: 16) == planFingerprint else { throw .otherPlan }
    let length = UInt64(bitPattern: Int64(widening: checkpointByteCount))
    guard bytes.word(at: 24) == length, bytes.byteCount == checkpointByteCount else {
      throw .damaged
    }
    let scalars = bytes.value(at: Detector.headerByteCount, as: DetectorScalars.self)
    guard isSound(scalars), isSound(bytes, from: Detector.blockOffset) else { throw .damaged }
    memory.takeBack(first: stateByteCount, from: bytes, at: Detector.blockOffset)
    self.scalars = scalars
  }

  /// Another one where a type of the block has another size.
  private static var typeLayout: UInt64 {
    var digest = BitDigest()
    digest.mix(MemoryLayout<Int>.size)
    digest.mix(MemoryLayout<DetectorScalars>.stride)
    digest.mix(MemoryLayout<PointState>.stride)
    digest.mix(MemoryLayout<ReadingHistory>.stride)
    digest.mix(MemoryLayout<FlatLineTest.Candidate>.stride)
    digest.mix(MemoryLayout<TimeWindow.Entry>.stride)
    digest.mix(MemoryLayout<WindowState>.stride)
    digest.mix(MemoryLayout<CellState>.stride)
    digest.mix(MemoryLayout<RuleState>.stride)
    digest.mix(MemoryLayout<StageMachine>.stride)
    digest.mix(MemoryLayout<OutputSwitch>.stride)
    digest.mix(MemoryLayout<DeterrentMachine>.stride)
    return digest.value
  }
}

/// What a detector remembers beside its block of memory.
struct DetectorScalars: BitwiseCopyable {
  var nextSequence: UInt64
  var flood: AlarmFlood
  var now: Instant
  var wallNow: WallTime
  var lastEventAt: Instant
  var earliestDeadline: Instant
  var hasStarted: Bool
}

extension Detector {
  private var scalars: DetectorScalars {
    get {
      DetectorScalars(
        nextSequence: nextSequence, flood: flood, now: now, wallNow: wallNow,
        lastEventAt: lastEventAt, earliestDeadline: earliestDeadline, hasStarted: hasStarted)
    }
    set {
      nextSequence = newValue.nextSequence
      flood = newValue.flood
      now = newValue.now
      wallNow = newValue.wallNow
      lastEventAt = newValue.lastEventAt
      earliestDeadline = newValue.earliestDeadline
      hasStarted = newValue.hasStarted
    }
  }
}

extension RawSpan {
  fileprivate func word(at offset: Int) -> UInt64 { value(at: offset, as: UInt64.self) }

  /// The value whose bytes begin at `offset`; they are those of one.
  func value<Value: BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
    // Safe within its bounds, which the call checks: the digest vouches for the bytes.
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type)
  }
}
