public import Delivery
public import DetectionCore
internal import FieldLog
internal import LinuxHost
internal import Polling
public import SiteConfiguration

/// Runs recorded inputs through the core again.
public struct Replay {
  /// Why a recording cannot be replayed.
  public enum Failure: Error, CustomStringConvertible {
    /// The recording holds no site file: it is no gateway's recording, or its start is lost.
    case noSite(path: String)
    /// The first part that was given is not the first of its session.
    case notTheFirstPart(path: String, part: String)
    /// A part belongs to another session than the one before it.
    case otherSession(path: String)

    /// One sentence for the user.
    public var description: String {
      switch self {
      case .noSite(let path):
        "\(path): no site file inside; expected a recording made by nomori"
      case .notTheFirstPart(let path, let part):
        "\(path): part \(part) of a session; give all parts from the first on, in order"
      case .otherSession(let path):
        "\(path): belongs to another session than the part before it"
      }
    }
  }

  /// How a replay compares with its recording.
  public struct Result: Sendable {
    /// Inputs that were fed to the core.
    public var inputCount = 0
    /// Events that the core decided now.
    public var events: [DecidedEvent] = []
    /// Events that stand in the recording.
    public var recordedEventCount = 0
    /// The first index where the two differ, counted from 0; nil when they are the same.
    public var firstDifference: Int?
    /// CRC-32 over the encodings of the events decided now, in their order.
    public var digest: UInt32 = 0
    /// What of the recording could not be read, in words.
    public var damages: [String] = []
  }

  /// The site that the recording holds, compiled again.
  public let site: Site
  /// The session that was recorded.
  public let session: UInt32
  let paths: [String]
  /// The buses, by the index that the recording's messages have.
  let recordedBuses: [BusPlan]

  /// Opens a recording.
  ///
  /// - Parameters:
  ///   - paths: Its parts, in order.
  ///   - otherSite: Decides by the rules of this site instead of the recorded one.
  /// - Throws: `Failure`, `HostError` or `ConfigurationError`.
  public init(paths: [String], otherSite: Site? = nil) throws {
    self.paths = paths
    var sources: [SourceText] = []
    var origin: [String: String] = [:]
    for (index, path) in paths.enumerated() {
      let head = try Self.readHead(path)
      guard !head.sources.isEmpty else { throw Failure.noSite(path: path) }
      if index == 0 {
        sources = head.sources
        origin = head.origin
        guard head.origin["part"] == "1" else {
          throw Failure.notTheFirstPart(path: path, part: head.origin["part"] ?? "unknown")
        }
      } else if head.origin["session"] != origin["session"] {
        throw Failure.otherSession(path: path)
      }
    }
    session = origin["session"].flatMap(UInt32.init) ?? 0
    if let otherSite {
      site = otherSite
    } else {
      let profiles = sources.dropFirst()
      site = try SiteConfiguration.load(site: sources[0]) { id in
        profiles.first { $0.name == id }
      }.site
    }
    recordedBuses =
      origin[RecordingAttachment.busOrder] == nil
      ? site.buses.filter { !$0.isFramed } + site.buses.filter(\.isFramed) : site.buses
  }

  /// Feeds every recorded input to a new core.
  ///
  /// - Parameter onReading: Called for each value that the core assessed.
  /// - Throws: `PlanError` when the site does not fit the core, `HostError` when a file cannot be read.
  public func run(onReading: (AssessedReading) -> Void = { _ in }) throws -> Result {
    var detector = try Detector(plan: site.detection)
    var outcome = Outcome(capacity: detector.outcomeCapacity)
    var result = Result()
    var decided: [[UInt8]] = []
    var recorded: [[UInt8]] = []
    for path in paths {
      try Self.readMessages(path, damages: &result.damages) { topic, record in
        let data = record.data
        if topic == RecordingTopic.event {
          recorded.append(Array(data))
        } else if topic == RecordingTopic.state {
          guard let message = try? StateMessage(decoding: data) else { return false }
          return message.apply(to: &detector)
        } else if topic == RecordingTopic.input {
          guard let input = try? InputMessage(decoding: data).input else { return false }
          guard detector.takes(input) else { return true }
          result.inputCount += 1
          outcome.removeAll()
          detector.accept(input, into: &outcome)
          for index in 0..<outcome.readingCount { onReading(outcome.reading(at: index)) }
          for index in 0..<outcome.eventCount {
            let event = outcome.event(at: index)
            result.events.append(DecidedEvent(event, history: detector.history(of: event)))
            decided.append(EventMessage(event).encoded())
          }
        }
        return true
      }
    }
    var digest = CRC32()
    for event in decided { digest.update(event[...]) }
    result.digest = digest.value
    result.recordedEventCount = recorded.count
    result.firstDifference = Self.firstDifference(decided, recorded)
    return result
  }

  private static func firstDifference(_ left: [[UInt8]], _ right: [[UInt8]]) -> Int? {
    let common = min(left.count, right.count)
    if let index = (0..<common).first(where: { left[$0] != right[$0] }) { return index }
    return left.count == right.count ? nil : common
  }

  // MARK: Files

  private static func readHead(_ path: String) throws -> (
    sources: [SourceText], origin: [String: String]
  ) {
    var site: SourceText?
    var profiles: [SourceText] = []
    var origin: [String: String] = [:]
    var reader = try reader(path)
    // A part is described before its first message.
    reading: while let record = try reader.next() {
      switch record {
      case .attachment(let attachment):
        let text = String(decoding: attachment.data, as: UTF8.self)
        if attachment.name == RecordingAttachment.site {
          site = SourceText(name: "\(path):\(attachment.name)", text: text)
        } else if let id = RecordingAttachment.profileID(attachment.name) {
          profiles.append(SourceText(name: id, text: text))
        }
      case .metadata(let metadata) where metadata.name == RecordingAttachment.origin:
        for (key, value) in metadata.entries { origin[key] = value }
      case .message: break reading
      case .header, .schema, .channel, .metadata, .damage: break
      }
    }
    return (site.map { [$0] + profiles } ?? [], origin)
  }

  static func readMessages(
    _ path: String, damages: inout [String],
    _ understands: (_ topic: String, _ message: MCAPMessage) -> Bool
  ) throws {
    var reader = try reader(path)
    var strangeCount = 0
    var topics: [ChannelID: String] = [:]
    while let record = try reader.next() {
      switch record {
      case .channel(let channel): topics[channel.id] = channel.topic
      case .message(let message):
        if let topic = topics[message.channel], !understands(topic, message) {
          strangeCount += 1
        }
      case .damage(let damage): damages.append("\(path) \(damage)")
      case .header, .schema, .attachment, .metadata: break
      }
    }
    if strangeCount > 0 {
      damages.append("\(path): \(strangeCount) inputs are not as this version writes them")
    }
  }

  private static func reader(_ path: String) throws -> MCAPReader<HostError> {
    let file = try ReadableFile(path)
    return MCAPReader(byteCount: UInt64(file.byteCount)) { offset, count throws(HostError) in
      try file.read(at: offset, count: count)
    }
  }
}

extension Detector {
  /// False for a reading of a point that the plan does not acquire, which another site's rules or a
  /// damaged recording can bring.
  fileprivate func takes(_ input: DetectionInput) -> Bool {
    guard case .reading(let reading) = input else { return true }
    return isAcquired(reading.point)
  }
}
