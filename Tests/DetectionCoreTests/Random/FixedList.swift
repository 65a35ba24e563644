/// A list of at most `capacity` elements, without an allocation.
struct FixedList<let capacity: Int, Element: BitwiseCopyable> {
  /// All slots; those from `count` on hold nothing of meaning.
  private(set) var slots: InlineArray<capacity, Element>
  private(set) var count = 0

  /// An empty list, whose places hold `blank`.
  init(blank: Element) { slots = InlineArray(repeating: blank) }

  var isFull: Bool { count == capacity }

  subscript(index: Int) -> Element {
    get {
      precondition(index < count, "no such element")
      return slots[index]
    }
    set {
      precondition(index < count, "no such element")
      slots[index] = newValue
    }
  }

  mutating func append(_ element: Element) {
    slots[count] = element
    count += 1
  }

  mutating func removeAll() { count = 0 }
}
