internal import Foundation
public import LinuxHost
public import SiteConfiguration

extension Site {
  /// Where a gateway that runs the site tells how it does: a socket beside the outbox, of which only
  /// one gateway can make use.
  public var statusPath: String { outbox.path + ".status" }
}

extension SiteStatus {
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
  private static let responseTimeoutMs: Int32 = 3_000
  /// Some ten times the report of the largest site.
  private static let maximumBytes = 8 << 20

  /// The report of the gateway that runs `site` on this machine.
  public static func ask(_ site: Site) throws(Refusal) -> SiteStatus {
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
    while let count = peer.read(into: &block, timeoutMs: responseTimeoutMs),
      text.count < maximumBytes
    {
      guard count > 0 else { throw .silent }
      text += block[..<count]
    }
    guard let report = try? JSONDecoder().decode(SiteStatus.self, from: Data(text)),
      report.format == formatName
    else { throw .unreadable }
    return report
  }
}
