internal import Synchronization

/// Where the lane leaves the core's state for the recorder, who asks for it first.
///
/// Memory is allotted once, before either of the two works with it; neither waits for the other.
///
/// Sendable: the bytes are written by the lane alone, between a `wanted` that it saw and the record that
/// tells of them, and read by the recorder alone, between that record and its own `idle`. The recorder sees
/// what was written through the ring of that record, and the lane sees that it was read through the
/// releasing store and the acquiring load of the state.
@safe
final class CheckpointRoom: @unchecked Sendable {
  private static let idle: UInt8 = 0
  private static let wanted: UInt8 = 1
  private static let filled: UInt8 = 2

  private let state = Atomic<UInt8>(idle)
  private var bytes: UnsafeMutableBufferPointer<UInt8>

  init() { unsafe bytes = .allocate(capacity: 0) }

  deinit { unsafe bytes.deallocate() }

  /// Allots so many bytes; before the lane and the recorder use it.
  func prepare(byteCount: Int) {
    guard unsafe bytes.count != byteCount else { return }
    unsafe bytes.deallocate()
    unsafe bytes = .allocate(capacity: byteCount)
    unsafe bytes.initialize(repeating: 0)
  }

  /// How many bytes the state has.
  var byteCount: Int { unsafe bytes.count }

  /// Asks the lane for the state as it is before its next input, unless it was asked before and its answer
  /// has not been taken; called by the recorder only.
  func request() {
    _ = state.compareExchange(
      expected: Self.idle, desired: Self.wanted, ordering: .acquiringAndReleasing)
  }

  /// Lets `write` fill the room, where somebody asked; called by the lane only. Where `write` returns false,
  /// it is asked again next time.
  ///
  /// - Returns: true when it was filled.
  func fill(_ write: (inout MutableSpan<UInt8>) -> Bool) -> Bool {
    guard state.load(ordering: .acquiring) == Self.wanted else { return false }
    var span = unsafe bytes.mutableSpan
    // Before the write, which tells the recorder that it may come.
    state.store(Self.filled, ordering: .releasing)
    if write(&span) { return true }
    state.store(Self.wanted, ordering: .releasing)
    return false
  }

  /// Takes what the lane left; called by the recorder only, after the lane has told so.
  func take(into copy: inout [UInt8]) {
    copy.removeAll(keepingCapacity: true)
    guard state.load(ordering: .acquiring) == Self.filled else { return }
    unsafe copy.append(contentsOf: bytes)
    state.store(Self.idle, ordering: .releasing)
  }
}
