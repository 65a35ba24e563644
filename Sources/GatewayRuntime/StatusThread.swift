internal import Delivery
public import DetectionCore
internal import Foundation
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
    var earlier = StatusReport.start(gateway)
    var later = earlier
    while !stopped.isRaised {
      let left = gateway.clock.realTime(until: later.time + halfWindow)
      if !readable([listener.descriptor], timeout: left).isEmpty, !stopped.isRaised {
        if let peer = listener.accept() {
          answer(peer, StatusReport(of: gateway, site: site, since: earlier))
        } else {
          // Out of descriptors: the connection still waits, and must not be looked at in a circle.
          gateway.clock.sleep(for: .seconds(1))
        }
      }
      if gateway.clock.now >= later.time + halfWindow {
        earlier = later
        later = StatusReport.mark(gateway)
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

extension Site {
  /// Where a gateway that runs the site tells how it does: a socket beside the outbox, of which only
  /// one gateway can make use.
  public var statusPath: String { outbox.path + ".status" }
}

extension StatusReport {
  /// Why no report came.
  public enum Refusal: Error, Equatable, Sendable {
    /// No gateway of this site runs on this machine.
    case notRunning
    /// One may run, but this user may not ask it.
    case forbidden
    /// One runs and does not answer.
    case silent
    /// Something else answered, or another version that reports otherwise.
    case unreadable
    /// The operating system refused.
    case refused(HostError)
  }

  /// A gateway answers from memory: this is long.
  private static let patienceMs: Int32 = 3_000
  /// Some ten times the report of the largest site.
  private static let maximumBytes = 8 << 20

  /// The report of the gateway that runs `site` on this machine.
  public static func ask(_ site: Site) throws(Refusal) -> StatusReport {
    let peer: OwnedDescriptor
    do throws(HostError) {
      peer = try connectLocally(site.statusPath)
    } catch {
      switch error.code {
      case ENOENT, ECONNREFUSED: throw .notRunning
      case EACCES: throw .forbidden
      default: throw .refused(error)
      }
    }
    var text: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while let count = peer.read(into: &block, timeoutMs: patienceMs), text.count < maximumBytes {
      guard count > 0 else { throw .silent }
      text += block[..<count]
    }
    guard let report = try? JSONDecoder().decode(StatusReport.self, from: Data(text)),
      report.format == formatName
    else { throw .unreadable }
    return report
  }
}

extension StatusReport {
  /// The newest readings of the points of `site`; `now` is the moment of the report. Points that
  /// the report does not have are missing.
  public func readings(of site: Site, at now: Instant) -> [LiveReading] {
    site.description.points.map { description in
      let point = points.first { $0.id == description.id }
      return LiveReading(
        point ?? Point(id: description.id, unit: description.unit, periodSeconds: 0),
        of: description, at: now)
    }
  }
}
