internal import Synchronization

/// A bounded queue between exactly one producing and one consuming thread, without a lock.
///
/// Memory is allotted once; a full ring refuses, and the producer counts what it lost.
///
/// Sendable: `storage[i]` is written only by the producer while `head <= i - capacity` is excluded
/// by its acquiring load of `head`, and read only by the consumer after its acquiring load of `tail`
/// has seen the producer's releasing store behind that write. No index is ever touched by both
/// threads at once, since each ring has one thread that appends and one that pops; `head` and `tail`
/// are atomic.
@safe
final class Ring<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  private let storage: UnsafeMutablePointer<Element>
  private let mask: Int
  private let head = Atomic<Int>(0)
  private let tail = Atomic<Int>(0)

  /// Makes an empty ring.
  ///
  /// - Parameter capacity: How many elements fit; rounded up to a power of two.
  init(capacity: Int) {
    var size = 1
    while size < capacity { size *= 2 }
    mask = size - 1
    unsafe storage = .allocate(capacity: size)
  }

  deinit { unsafe storage.deallocate() }

  /// Appends `element`; called by the producer only.
  ///
  /// - Returns: false when the ring is full; nothing was changed then.
  func push(_ element: Element) -> Bool {
    let end = tail.load(ordering: .relaxed)
    guard end &- head.load(ordering: .acquiring) <= mask else { return false }
    unsafe (storage + (end & mask)).initialize(to: element)
    tail.store(end &+ 1, ordering: .releasing)
    return true
  }

  /// Takes the oldest element, or nil when there is none; called by the consumer only.
  func pop() -> Element? {
    let start = head.load(ordering: .relaxed)
    guard start != tail.load(ordering: .acquiring) else { return nil }
    let element = unsafe storage[start & mask]
    head.store(start &+ 1, ordering: .releasing)
    return element
  }

  /// How many elements `push` will take for certain; called by the producer only.
  var room: Int { mask + 1 - count }

  /// True while at least half of it is in use: its consumer has to come now.
  var isHalfFull: Bool { count > mask / 2 }

  /// How many elements are waiting; a moment's view.
  var count: Int { tail.load(ordering: .acquiring) &- head.load(ordering: .acquiring) }
}

/// A number that one thread counts up and others look at.
final class Counter: Sendable {
  private let number = Atomic<Int>(0)
  /// Adds `amount`.
  func add(_ amount: Int = 1) { number.add(amount, ordering: .relaxed) }
  /// The number now.
  var value: Int { number.load(ordering: .relaxed) }
}
