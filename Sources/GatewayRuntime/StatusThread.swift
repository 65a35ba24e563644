internal import DetectionCore
internal import Foundation
internal import GatewayStatus
public import LinuxHost
public import SiteConfiguration

/// The thread that tells programs on the same machine how a gateway does: whoever connects to the
/// site's status socket is sent a `SiteStatus`, and may send nothing.
public final class StatusThread: Sendable {
  private let listener: LocalListener
  private let stopped = StopFlag()
  private let thread: HostThread

  /// Half of the time that the status's window spans at most.
  private static let halfWindow = TimeSpan.seconds(300)

  /// Begins to tell of `gateway`, which runs `site`.
  ///
  /// - Throws: `HostError` where the socket cannot be made, as where its path is longer than 107
  ///   bytes.
  public init(of gateway: Gateway, site: Site) throws(HostError) {
    let listener = try LocalListener(path: site.statusPath)
    self.listener = listener
    let stopped = stopped
    thread = try HostThread(name: "status") { _ in
      Self.run(gateway, listener, stopped)
    }
  }

  /// Ends telling, and removes the socket.
  public func stop() {
    stopped.raise()
    listener.stop()
    thread.join()
  }

  private static func run(
    _ gateway: Gateway, _ listener: LocalListener, _ stopped: StopFlag
  ) {
    // The window begins between one and two halves ago: one mark is always old enough.
    var earlier = SharedStatus.Mark(start: gateway.start)
    var later = earlier
    while !stopped.isRaised {
      let left = gateway.clock.realTime(until: later.time + halfWindow)
      if !readable([listener.descriptor], timeout: left).isEmpty, !stopped.isRaised {
        if let peer = listener.accept() {
          answer(peer, gateway.status(since: earlier))
        } else {
          // Out of descriptors: the connection still waits, and must not be looked at in a circle.
          gateway.clock.sleep(for: .seconds(1))
        }
      }
      if gateway.clock.now >= later.time + halfWindow {
        earlier = later
        later = gateway.mark()
      }
    }
  }

  /// Sends the status; who does not take it has gone away.
  private static func answer(_ peer: OwnedDescriptor, _ status: SiteStatus) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let text = try? encoder.encode(status) else { return }
    try? peer.write(text)
  }
}
