internal import Synchronization

/// Says to threads that they are to end.
package final class StopFlag: Sendable {
  private let raised = Atomic<Bool>(false)

  /// A flag that is not raised.
  package init() {}

  /// Raises the flag for good.
  package func raise() { raised.store(true, ordering: .releasing) }

  /// True once it was raised.
  package var isRaised: Bool { raised.load(ordering: .acquiring) }
}
