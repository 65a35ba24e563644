import Delivery
import DetectionCore
import FieldSimulation
import LinuxHost
import SiteConfiguration
import Synchronization
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import Recording
@testable import SimulatedSite
@testable import Tables

/// What gateways have committed, with the ids under which it is published.
final class Journal: Sendable {
  private let entries = Mutex<[(event: DetectionEvent, id: String)]>([])

  func note(_ event: DetectionEvent, _ fact: Fact) {
    entries.withLock { $0.append((event, fact.id)) }
  }

  var events: [DetectionEvent] { entries.withLock { $0.map(\.event) } }
  var ids: [String] { entries.withLock { $0.map(\.id) } }

  func count(_ kind: DetectionEvent.Kind) -> Int { events.count { $0.kind == kind } }
}

/// One box on the river: a folder for what it keeps, a fast clock, and a site led into that folder.
/// Without a broker's port it has no destination.
struct RiverBox {
  /// A minute passes in 38 ms: room for a busy machine between any two limits of the wave.
  static let speed = 1_600.0

  let folder: TemporaryFolder
  let journal = Journal()
  let clock: HostClock
  var site: Site

  init(
    _ site: Site, folder: TemporaryFolder? = nil, brokerPort: UInt16? = nil,
    speed: Double = Self.speed
  ) throws {
    let kept = try folder ?? TemporaryFolder()
    self.folder = kept
    clock = HostClock(speed: speed)
    self.site = site
    self.site.recording.folder = "\(kept.path)/recordings"
    self.site.recording.chunkInterval = .milliseconds(500)
    self.site.outbox.path = "\(kept.path)/outbox.sqlite"
    self.site.destinations =
      brokerPort.map {
        [DestinationPlan(id: "centre", host: "127.0.0.1", port: $0)]
      } ?? []
  }

  /// Simulates the devices, with the level of `series`, and leads the site's buses to them.
  mutating func connectField(level series: Series) throws -> SimulatedField {
    let field = try makeField(level: series)
    site.buses = field.site.buses
    return field
  }

  /// Simulates the devices, and leaves the site's buses as they are.
  func makeField(level series: Series) throws -> SimulatedField {
    try SimulatedField(
      site: site, sources: [("river.level", .series(series))], clock: clock)
  }

  func startGateway() throws -> Gateway {
    let journal = journal
    return try Gateway(site: site, clock: clock) { journal.note($0, $1) }
  }

  /// Decides everything that a session recorded again.
  func replay(of session: UInt32) throws -> Replay.Result {
    try recording(of: session).run()
  }

  /// What a session recorded.
  func recording(of session: UInt32) throws -> Replay {
    let names = folderNames(site.recording.folder)
    let number = "-0000\(session)-"
    let parts = names.filter { $0.contains(number) }.map { "\(site.recording.folder)/\($0)" }
    return try Replay(paths: parts)
  }
}
