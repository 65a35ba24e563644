public import Delivery
public import DetectionCore
internal import FieldLog
internal import LinuxHost
internal import Polling
public import SiteConfiguration

/// Runs recorded inputs through the core again.
public struct Replay {
  /// Why a recording cannot be replayed.
  public enum Failure: Error {
    /// The recording holds no site file: it is no gateway's recording, or its start is lost.
    case noSite(path: String)
    /// There is nothing in what was given.
    case empty(path: String)
    /// The first part that was given is not the first of its session.
    case notTheFirstPart(path: String, part: String)
    /// A part belongs to another session than the one before it.
    case otherSession(path: String)

    /// One sentence for the user.
    public var text: LocalizedText {
      switch self {
      case .noSite(let path):
        both(
          "\(path): no site file inside; expected a recording made by nomori",
          "\(path): 設置場所ファイルが入っていません。nomori の記録ファイルを指定してください")
      case .empty(let path):
        both(
          "\(path): empty: the gateway ended before it had recorded anything",
          "\(path): 空のファイルです（何も記録しないうちにゲートウェイが終了しました）")
      case .notTheFirstPart(let path, let part):
        both(
          "\(path): part \(part) of a session; it does not replay alone; give all parts from the first on",
          "\(path): セッションの第 \(part) 部で、単独では再生できません。最初の部からすべて指定してください")
      case .otherSession(let path):
        both(
          "\(path): belongs to another session than the part before it",
          "\(path): 前の部とは別のセッションの記録です")
      }
    }
  }

  /// The site that the recording holds, compiled again.
  public let site: Site
  /// What the events of the session that was recorded are called by.
  public let session: SessionIdentity
  let parts: [RecordedPart]
  /// What is wrong with the parts that were given.
  let partDamages: [LocalizedText]
  /// The buses, by the index that the recording's messages have.
  let recordedBuses: [BusPlan]
  let hasOtherRules: Bool

  /// Opens what is given of one session; parts may come in any order.
  ///
  /// - Parameters:
  ///   - paths: Its parts.
  ///   - otherSite: Decides by the rules of this site instead of the recorded one.
  /// - Throws: `Failure`, `HostError` or `ConfigurationError`.
  public init(paths: [String], otherSite: Site? = nil) throws {
    let (parts, damages) = try Self.readParts(paths)
    if let other = parts.first(where: { !$0.isSameSession(as: parts[0]) }) {
      throw Failure.otherSession(path: other.path)
    }
    try self.init(parts: parts, damages: damages, otherSite: otherSite)
  }

  /// Opens parts of any number of sessions: one replay a session, in the order in which they are first
  /// named.
  ///
  /// - Throws: as `init(paths:otherSite:)`.
  public static func sessions(_ paths: [String], otherSite: Site? = nil) throws -> [Replay] {
    var (parts, damages) = try readParts(paths)
    var replays: [Replay] = []
    while let first = parts.first {
      let session = parts.filter { $0.isSameSession(as: first) }
      parts.removeAll { $0.isSameSession(as: first) }
      replays.append(try Replay(parts: session, damages: damages, otherSite: otherSite))
      damages = []
    }
    return replays
  }

  private init(parts given: [RecordedPart], damages: [LocalizedText], otherSite: Site?) throws {
    let parts = given.sorted { $0.number < $1.number }
    let first = parts[0]
    guard first.number == 1 || first.checkpoint != nil else {
      throw Failure.notTheFirstPart(path: first.path, part: first.origin["part"] ?? "unknown")
    }
    self.parts = parts
    partDamages = damages + Self.missingParts(parts)
    session = SessionIdentity(
      epoch: first.origin["epoch"] ?? "", number: first.origin["session"].flatMap(UInt32.init) ?? 0)
    hasOtherRules = otherSite != nil
    if let otherSite {
      site = otherSite
    } else {
      let profiles = first.sources.dropFirst()
      site = try SiteConfiguration.load(site: first.sources[0]) { id in
        profiles.first { $0.name == id }
      }.site
    }
    recordedBuses =
      first.origin[RecordingAttachment.busOrder] == nil
      ? site.buses.filter { !$0.isFramed } + site.buses.filter(\.isFramed) : site.buses
  }

  /// Feeds every recorded input to a new core.
  ///
  /// - Parameter onReading: Called for each value that the core assessed.
  /// - Throws: `PlanError` when the site does not fit the core, `HostError` when a file cannot be read.
  public func run(onReading: (AssessedReading) -> Void = { _ in }) throws -> Result {
    var run = try ReplayRun(plan: site.detection, isCompared: !hasOtherRules)
    var damages = partDamages
    for part in parts {
      run.begin(part)
      try Self.readMessages(
        part.path, damages: &damages, onDamage: { run.noteDamage() }
      ) { topic, message in
        switch topic {
        case RecordingTopic.event:
          run.compare(Array(message.data))
          return true
        case RecordingTopic.state: return run.restore(message.data)
        case RecordingTopic.inputs:
          guard let inputs = try? InputsMessage(decoding: message.data).inputs else { return false }
          return run.take(inputs, from: message.sequence, onReading)
        case RecordingTopic.input:
          guard let input = try? InputMessage(decoding: message.data) else { return false }
          return run.take([input], from: message.sequence, onReading)
        default: return true
        }
      }
    }
    return run.finish(damages: damages)
  }

  // MARK: Files

  private static func missingParts(_ parts: [RecordedPart]) -> [LocalizedText] {
    zip(parts, parts.dropFirst()).compactMap { part, next in
      next.number > part.number + 1
        ? both(
          "\(next.path): part \(next.number) comes after part \(part.number); those between are missing",
          "\(next.path): 第 \(part.number) 部の次が第 \(next.number) 部です。その間の部がありません")
        : nil
    }
  }

  private static func readParts(
    _ paths: [String]
  ) throws -> (parts: [RecordedPart], damages: [LocalizedText]) {
    var parts: [RecordedPart] = []
    var damages: [LocalizedText] = []
    for path in paths {
      if fileSize(path) == 0 {
        damages.append(
          both("\(path): empty, passed over", "\(path): 空のファイルのため読み飛ばしました"))
      } else {
        parts.append(try readHead(path))
      }
    }
    if parts.isEmpty, let path = paths.first { throw Failure.empty(path: path) }
    return (parts, damages)
  }

  private static func readHead(_ path: String) throws -> RecordedPart {
    var site: SourceText?
    var profiles: [SourceText] = []
    var part = RecordedPart(path: path)
    var reader = try reader(path)
    // A part is described before its first message.
    reading: while let record = try reader.next() {
      switch record {
      case .attachment(let attachment):
        let text = String(decoding: attachment.data, as: UTF8.self)
        if attachment.name == RecordingAttachment.site {
          site = SourceText(name: "\(path):\(attachment.name)", text: text)
        } else if attachment.name == RecordingAttachment.checkpoint {
          part.checkpoint = Array(attachment.data)
        } else if let id = RecordingAttachment.profileID(attachment.name) {
          profiles.append(SourceText(name: id, text: text))
        }
      case .metadata(let metadata) where metadata.name == RecordingAttachment.origin:
        for (key, value) in metadata.entries { part.origin[key] = value }
      case .message: break reading
      case .header, .schema, .channel, .metadata, .damage: break
      }
    }
    guard let site else { throw Failure.noSite(path: path) }
    part.sources = [site] + profiles
    return part
  }

  static func readMessages(
    _ path: String, damages: inout [LocalizedText], onDamage: () -> Void = {},
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
      case .damage(let damage):
        damages.append(damage.text(at: path))
        onDamage()
      case .header, .schema, .attachment, .metadata: break
      }
    }
    if strangeCount > 0 {
      damages.append(
        both(
          "\(path): \(strangeCount) inputs are not as this version writes them",
          "\(path): この版の形式と異なる入力が \(strangeCount) 件あります"))
    }
  }

  private static func reader(_ path: String) throws -> MCAPReader<HostError> {
    let file = try ReadableFile(path)
    return MCAPReader(byteCount: UInt64(file.byteCount)) { offset, count throws(HostError) in
      try file.read(at: offset, count: count)
    }
  }
}
