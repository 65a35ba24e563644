internal import DetectionCore
internal import Foundation
internal import GatewayStatus
public import LinuxHost
public import SiteConfiguration

/// The thread that tells programs on the same machine how a gateway does: whoever connects to the
/// site's status socket is sent a `StatusReport`, and may send nothing.
public final class StatusThread: Sendable {
  private let gateway: Gateway
  private let site: Site
  private let listener: LocalListener
  private let stopped = StopFlag()
  private let thread: HostThread

  /// Half of the time that the report's window spans at most.
  private static let halfWindow = TimeSpan.seconds(300)

  /// Begins to tell of `gateway`, which runs `site`.
  ///
  /// - Throws: `HostError` where the socket cannot be made, as where its path is longer than 107
  ///   bytes.
  public init(of gateway: Gateway, site: Site) throws(HostError) {
    self.gateway = gateway
    self.site = site
    let listener = try LocalListener(path: site.statusPath)
    self.listener = listener
    let stopped = stopped
    thread = try HostThread(name: "status") { _ in
      Self.run(gateway, site, listener, stopped)
    }
  }

  /// Ends telling, and removes the socket.
  public func stop() {
    stopped.raise()
    listener.stop()
    thread.join()
  }

  private static func run(
    _ gateway: Gateway, _ site: Site, _ listener: LocalListener, _ stopped: StopFlag
  ) {
    // The window begins between one and two halves ago: one mark is always old enough.
    var earlier = StatusReport.Mark(startOf: gateway.status, at: gateway.clock.now)
    var later = earlier
    while !stopped.isRaised {
      let left = gateway.clock.realTime(until: later.time + halfWindow)
      if !readable([listener.descriptor], timeout: left).isEmpty, !stopped.isRaised {
        if let peer = listener.accept() {
          answer(
            peer,
            StatusReport(
              of: gateway.status, site: site, version: nomoriVersion, session: gateway.session,
              since: earlier, at: gateway.clock.now))
        } else {
          // Out of descriptors: the connection still waits, and must not be looked at in a circle.
          gateway.clock.sleep(for: .seconds(1))
        }
      }
      if gateway.clock.now >= later.time + halfWindow {
        earlier = later
        later = StatusReport.Mark(gateway.status, at: gateway.clock.now)
      }
    }
  }

  /// Sends the report; who does not take it has gone away.
  private static func answer(_ peer: OwnedDescriptor, _ report: StatusReport) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let text = try? encoder.encode(report) else { return }
    try? peer.write(text)
  }
}
