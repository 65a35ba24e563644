internal import Synchronization

/// Where the lane leaves the core's state for another thread, who asks for it first.
///
/// Memory is allotted once, before either of the two works with it; neither waits for the other.
///
/// Sendable: the bytes and the number are written by the lane alone, between a `wanted` that it saw and its own
/// `filled`, and read by the one who asked alone, between that `filled` and its own `idle`. Each sees what
/// the other did through the releasing store and the acquiring load of the state.
@safe
final class CheckpointRoom: @unchecked Sendable {
  private static let idle: UInt8 = 0
  private static let wanted: UInt8 = 1
  private static let filled: UInt8 = 2

  private let state = Atomic<UInt8>(idle)
  private var bytes: UnsafeMutableBufferPointer<UInt8>
  private var nextSequence: UInt64 = 0

  init() { unsafe bytes = .allocate(capacity: 0) }

  deinit { unsafe bytes.deallocate() }

  /// Allots so many bytes; before the threads use it.
  func prepare(byteCount: Int) {
    guard unsafe bytes.count != byteCount else { return }
    unsafe bytes.deallocate()
    unsafe bytes = .allocate(capacity: byteCount)
    unsafe bytes.initialize(repeating: 0)
  }

  /// How many bytes the state has.
  var byteCount: Int { unsafe bytes.count }

  /// Asks the lane for the state as it is before its next input, unless it was asked before and its answer
  /// has not been taken.
  func request() {
    _ = state.compareExchange(
      expected: Self.idle, desired: Self.wanted, ordering: .acquiringAndReleasing)
  }

  /// True where somebody asked and has no answer; called by the lane only.
  var isWanted: Bool { state.load(ordering: .acquiring) == Self.wanted }

  /// Lets `write` fill the room, where somebody asked, with the state before the event of number
  /// `nextSequence`; called by the lane only.
  func fill(nextSequence: UInt64, _ write: (inout MutableSpan<UInt8>) -> Void) {
    guard isWanted else { return }
    var span = unsafe bytes.mutableSpan
    write(&span)
    self.nextSequence = nextSequence
    state.store(Self.filled, ordering: .releasing)
  }

  /// Takes what the lane left; called by who asked only.
  ///
  /// - Returns: The number of the first event that is not in it; nil while there is nothing.
  func take(into copy: inout [UInt8]) -> UInt64? {
    guard state.load(ordering: .acquiring) == Self.filled else { return nil }
    copy.removeAll(keepingCapacity: true)
    unsafe copy.append(contentsOf: bytes)
    defer { state.store(Self.idle, ordering: .releasing) }
    return nextSequence
  }
}
