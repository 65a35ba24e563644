/// The one block of memory in which a detector or an outcome lives. It is sized and laid out
/// before the first input, and never grows.
///
/// Hosted programs let `allocate` take it from the heap, once; it is given back when the owner
/// ends. Embedded programs lend a block of their own, which has to outlive the owner.
@safe public struct CoreMemory: ~Copyable {
  private let base: UnsafeMutableRawPointer
  private let byteCount: Int
  private var used = 0
  #if !hasFeature(Embedded)
    private let isOwned: Bool
  #endif

  /// Tables begin at multiples of this, which suits every type that the core stores.
  static let alignment = 16

  #if !hasFeature(Embedded)
    /// Takes `byteCount` bytes from the heap.
    public static func allocate(byteCount: Int) -> CoreMemory {
      unsafe CoreMemory(
        base: .allocate(byteCount: byteCount, alignment: alignment), byteCount: byteCount,
        isOwned: true)
    }

    private init(base: UnsafeMutableRawPointer, byteCount: Int, isOwned: Bool) {
      unsafe self.base = base
      self.byteCount = byteCount
      self.isOwned = isOwned
    }

    deinit {
      if isOwned { unsafe base.deallocate() }
    }
  #endif

  /// Borrows `byteCount` bytes at `base`, which must be a multiple of 16 and be used by nobody
  /// else as long as the owner of this memory lives.
  @unsafe public init(borrowing base: UnsafeMutableRawPointer, byteCount: Int) {
    precondition(Int(bitPattern: base) % CoreMemory.alignment == 0, "memory is not aligned")
    unsafe self.base = base
    self.byteCount = byteCount
    #if !hasFeature(Embedded)
      self.isOwned = false
    #endif
  }

  /// The bytes that `table(of:count:)` uses for `count` elements.
  static func byteCount<Element: BitwiseCopyable>(of type: Element.Type, count: Int) -> Int {
    let bytes = MemoryLayout<Element>.stride * count
    return (bytes + alignment - 1) / alignment * alignment
  }

  /// Lays out a table of `count` elements, all `value`.
  mutating func table<Element: BitwiseCopyable>(
    filledWith value: Element, count: Int
  ) -> Table<Element> {
    let start = unsafe room(for: Element.self, count: count)
    unsafe start.initialize(repeating: value, count: count)
    return unsafe Table(start: start, count: count)
  }

  /// Lays out a table of the parts of a plan's list.
  mutating func table<List: PlanList>(
    copying list: List
  ) -> Table<List.Part> where List.Part: BitwiseCopyable {
    let start = unsafe room(for: List.Part.self, count: list.count)
    for index in 0..<list.count { unsafe (start + index).initialize(to: list[index]) }
    return unsafe Table(start: start, count: list.count)
  }

  /// The bytes in which tables have been laid out so far.
  var laidOutByteCount: Int { used }

  /// Writes the first `count` laid out bytes to `bytes`, from `offset` on.
  func copy(first count: Int, to bytes: inout MutableRawSpan, at offset: Int) {
    // Word by word and without a closure, which may lock by the compiler's proof. Safe: tables end at
    // multiples of words, and both ends were checked.
    let last = bytes.byteCount - count
    precondition(count <= used && offset >= 0 && offset <= last, "the bytes have no room")
    var place = 0
    while place < count {
      let word = unsafe base.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      bytes.storeBytes(of: word, toByteOffset: offset &+ place, as: UInt64.self)
      place += 8
    }
  }

  /// Takes the first `count` laid out bytes from `bytes`, from `offset` on.
  func takeBack(first count: Int, from bytes: RawSpan, at offset: Int) {
    let last = bytes.byteCount - count
    precondition(count <= used && offset >= 0 && offset <= last, "bytes are missing")
    // Safe: as above, and whoever calls has looked at what the bytes say.
    var place = 0
    while place < count {
      let word = unsafe bytes.unsafeLoadUnaligned(
        fromByteOffset: offset &+ place, as: UInt64.self)
      unsafe base.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
      place += 8
    }
  }

  /// Where `table`, one of this memory's, begins.
  func offset<Element>(of table: Table<Element>) -> Int {
    unsafe UnsafeRawPointer(table.start) - UnsafeRawPointer(base)
  }

  private mutating func room<Element: BitwiseCopyable>(
    for type: Element.Type, count: Int
  ) -> UnsafeMutablePointer<Element> {
    let bytes = CoreMemory.byteCount(of: Element.self, count: count)
    precondition(bytes <= byteCount - used, "the core's memory is smaller than its plan needs")
    defer { used += bytes }
    // No byte of a checkpoint is left to chance, those between two tables included.
    unsafe (base + used).initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return unsafe (base + used).bindMemory(to: Element.self, capacity: count)
  }
}

/// A fixed number of elements in a `CoreMemory`, every access checked. Copies of a table share
/// their elements: whoever owns the memory also keeps the tables to itself.
///
/// Swift's arrays cannot serve here: they count references, which the compiler's proof that the
/// core takes no lock refuses.
@safe
struct Table<Element: BitwiseCopyable>: PlanList {
  fileprivate let start: UnsafeMutablePointer<Element>
  /// The number of elements.
  let count: Int

  @unsafe init(start: UnsafeMutablePointer<Element>, count: Int) {
    unsafe self.start = start
    self.count = count
  }

  subscript(index: Int) -> Element {
    @inline(__always) unsafeAddress {
      precondition(index >= 0 && index < count, "table index out of range")
      return unsafe UnsafePointer(start + index)
    }
    @inline(__always) nonmutating unsafeMutableAddress {
      precondition(index >= 0 && index < count, "table index out of range")
      return unsafe start + index
    }
  }
}

extension Table {
  /// Shows `count` elements from `first` on; where they lie is checked once and not for each.
  @inline(__always) func forEach(from first: Int, count: Int, _ show: (Element) -> Void) {
    precondition(
      first >= 0 && count >= 0 && first <= self.count - count, "table run out of range")
    for offset in 0..<count { show(unsafe start[first &+ offset]) }
  }
}
