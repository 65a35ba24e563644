public import Delivery
public import DetectionCore
public import Polling

/// A checked site, compiled into what each part of the gateway needs of it.
///
/// What decides (`description` and `detection`) cannot be changed; how the box
/// reaches the outside (buses, destinations, folders) can, so that the same site also runs on a
/// simulated bus and a private broker.
public struct Site: Sendable {
  /// The site as its subscribers see it.
  public let description: SiteDescription
  /// The local government code (全国地方公共団体コード) of five or six digits; nil where the file
  /// gives none.
  public let municipality: String?
  /// What the core decides by; a program that goes on after a restart sets `firstSequence` in its
  /// copy.
  public let detection: DetectionPlan
  /// How often points are read at which stages.
  public let samplings: [SamplingPlan]
  /// Every text that the site was made of: the site file, then each profile in the order of its
  /// first use. Compiled again, they give the same site.
  public let sources: [SourceText]

  /// What is done on each bus, in the order of the site file.
  public var buses: [BusPlan]
  /// Where events and values are sent.
  public var destinations: [DestinationPlan]
  /// Where and how everything is recorded.
  public var recording: RecordingSettings
  /// Where events wait until they are delivered.
  public var outbox: OutboxSettings
}

/// Where and how everything that goes into and out of the core is recorded.
public struct RecordingSettings: Hashable, Sendable {
  /// The folder of the recordings.
  public var folder: String
  /// The oldest recordings are removed when all together need more bytes than this.
  public var maximumBytes: Int64
  /// A chunk is closed, and can be read after a power cut, after this time at the latest; much sooner after an
  /// event. So a longer time costs nothing of what led up to one, and a shorter one writes more.
  public var chunkInterval: TimeSpan

  /// Makes settings; by default 2 GiB, about a year of twenty points a minute.
  public init(
    folder: String = "/var/lib/nomori/recordings", maximumBytes: Int64 = 2 << 30,
    chunkInterval: TimeSpan = .seconds(30)
  ) {
    self.folder = folder
    self.maximumBytes = maximumBytes
    self.chunkInterval = chunkInterval
  }
}

/// Where events wait until they are delivered.
public struct OutboxSettings: Hashable, Sendable {
  /// The database file.
  public var path: String
  /// Telemetry is dropped, and alarms last of all, when the file would need more bytes than this.
  public var maximumBytes: Int64

  /// Makes settings; by default 256 MiB.
  public init(
    path: String = "/var/lib/nomori/outbox.sqlite", maximumBytes: Int64 = 256 << 20
  ) {
    self.path = path
    self.maximumBytes = maximumBytes
  }
}
