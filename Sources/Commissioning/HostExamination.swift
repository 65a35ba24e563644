public import LinuxHost
public import Polling
internal import Synchronization

/// What a gateway needs of the machine that it runs on, found out by trying.
public enum HostExamination {
  /// Why the lane would not get its real-time priority; nil where it would.
  public static func realtimeRefusal() -> HostError? {
    let refusal = Refusal()
    do throws(HostError) {
      let thread = try HostThread(name: "doctor", scheduling: .lane) { refusal.keep($0) }
      thread.join()
    } catch {
      return error
    }
    return refusal.error
  }

  /// Why the gateway's memory could not be locked; nil where it could.
  public static func lockRefusal() -> HostError? {
    do throws(HostError) {
      try lockMemory()
      return nil
    } catch {
      return error
    }
  }

  /// Why the port of a bus cannot be opened, or nil; it is closed at once, and nothing is sent.
  public static func refusal(of bus: BusPlan) -> BusFault? {
    var port = FieldPort(bus)
    var words: [UInt16] = []
    if case .failed(let fault) = port.perform(.open, into: &words) { return fault }
    return nil
  }

  private final class Refusal: Sendable {
    private let kept: Mutex<HostError?> = Mutex(nil)
    var error: HostError? { kept.withLock { $0 } }
    func keep(_ error: HostError?) { kept.withLock { $0 = error } }
  }
}
