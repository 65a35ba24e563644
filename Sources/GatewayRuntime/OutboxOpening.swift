internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import OutboxStore
internal import SiteConfiguration
internal import Synchronization

/// Opens the outbox on a thread of its own, so that a disk that does not answer keeps no gateway from
/// starting.
final class OutboxOpening: Sendable {
  private struct State {
    var result: Result<Outbox, FactStoreError>?
    var isTrying = false
  }

  private let settings: OutboxSettings
  private let destinations: [String]
  private let state = Mutex(State())
  private let done: WakeSignal

  init(settings: OutboxSettings, destinations: [String]) throws(HostError) {
    self.settings = settings
    self.destinations = destinations
    done = try WakeSignal()
  }

  /// The store, once it is open.
  var store: Outbox? { state.withLock { try? $0.result?.get() } }

  /// Opens the store; nil where that takes longer than `limit`, and goes on.
  ///
  /// - Throws: `FactStoreError` where a person has to change something before the gateway may start.
  func open(within limit: TimeSpan) throws -> Outbox? {
    switch attempt(within: limit) {
    case .success(let store): return store
    case .failure(let error) where error.recovery == .refuseStart: throw error
    case .failure, nil: return nil
    }
  }

  /// Tries to open the store, unless an earlier attempt still does; waits for it at most so long. Nil while
  /// nothing is known.
  func attempt(within limit: TimeSpan = RuntimeLimits.storeTime)
    -> Result<Outbox, FactStoreError>?
  {
    if let store { return .success(store) }
    let begins = state.withLock { state in
      defer { state.isTrying = true }
      return !state.isTrying
    }
    if begins {
      do {
        // Nobody joins this thread: it ends by itself, or hangs with its disk.
        _ = try HostThread(name: "outbox open") { _ in self.openNow() }
      } catch {
        openNow()
      }
    }
    done.wait(timeout: limit)
    return state.withLock { $0.isTrying ? nil : $0.result }
  }

  private func openNow() {
    let result: Result<Outbox, FactStoreError>
    do throws(FactStoreError) {
      result = .success(
        try Outbox(
          path: settings.path, destinations: destinations,
          maximumBytes: Int(settings.maximumBytes)))
    } catch {
      result = .failure(error)
    }
    state.withLock {
      $0.result = result
      $0.isTrying = false
    }
    done.raise()
  }
}
