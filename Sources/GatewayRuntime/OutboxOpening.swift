internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import OutboxStore
internal import SiteConfiguration
internal import Synchronization

/// Opens the outbox, at first on a thread of its own, so that a disk that does not answer keeps no gateway
/// from starting.
final class OutboxOpening: Sendable {
  private struct State: Sendable {
    var result: Result<Outbox, FactStoreError>?
    /// The first attempt, while it may still hang with its disk.
    var first: HostThread?
    /// What the next file goes on from, once there was one in this run.
    var succession: Outbox.Succession?
  }

  private let settings: OutboxSettings
  private let destinations: [String]
  private let state = Mutex(State())

  init(settings: OutboxSettings, destinations: [String]) {
    self.settings = settings
    self.destinations = destinations
  }

  /// The store, once it is open.
  var store: Outbox? { try? result?.get() }

  private var result: Result<Outbox, FactStoreError>? { state.withLock { $0.result } }

  /// Opens the store; nil where the disk refuses, or where that takes longer than `limit`, and goes on.
  ///
  /// - Throws: `FactStoreError` where a person has to change something before the gateway may start, or
  ///   `HostError`.
  func open(within limit: TimeSpan) throws -> Outbox? {
    let thread = try HostThread(name: "outbox open") { _ in self.attempt() }
    guard thread.join(within: limit) else {
      state.withLock { $0.first = thread }
      return nil
    }
    if case .failure(let error)? = result, error.recovery == .refuseStart { throw error }
    return store
  }

  /// Tries again on the calling thread, which may have to wait for the disk; nil while the first attempt
  /// still hangs.
  func again() -> Result<Outbox, FactStoreError>? {
    let isHanging = state.withLock { state in
      if state.first?.join(within: .zero) == true { state.first = nil }
      return state.first != nil
    }
    guard !isHanging else { return nil }
    if store == nil { attempt() }
    return result
  }

  /// Forgets the store, which was closed: `again` opens what stands in its place, or a new one that goes on
  /// from `succession`.
  func giveUp(for succession: Outbox.Succession) {
    state.withLock { state in
      state.result = nil
      state.succession = succession
    }
  }

  private func attempt() {
    let succession = state.withLock { $0.succession }
    let result: Result<Outbox, FactStoreError>
    do throws(FactStoreError) {
      result = .success(
        try Outbox(
          path: settings.path, destinations: destinations,
          maximumBytes: Int(settings.maximumBytes), succession: succession))
    } catch {
      result = .failure(error)
    }
    state.withLock { $0.result = result }
  }
}
