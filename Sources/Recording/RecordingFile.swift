package import Delivery
internal import DetectionCore
package import FieldLog
package import LinuxHost
package import SiteConfiguration

/// What every part of a recording says of its origin.
package struct RecordingOrigin: Sendable {
  /// The site's id.
  var siteID: String
  /// The version of the program that records.
  var version: String
  /// What its events are called by.
  var session: SessionIdentity
  /// The site file, exactly as it was compiled.
  var site: SourceText
  /// The profiles that it uses, by id.
  var profiles: [SourceText]
  /// The ids of its points, in the plan's order.
  var pointIDs: [String]
  /// What the run began with.
  var states: [StateMessage] = []
  /// True where the states are not all: the core began with what the first part's checkpoint says.
  var beginsWithCheckpoint: Bool

  /// Describes a run of `site`.
  ///
  /// - Parameters:
  ///   - site: The site, with the texts that it was compiled from.
  ///   - version: The version of the program that records.
  ///   - session: What its events are called by.
  ///   - states: What the run began with.
  ///   - beginsWithCheckpoint: True where the states are not all that it began with.
  package init(
    site: Site, version: String, session: SessionIdentity, states: [StateMessage],
    beginsWithCheckpoint: Bool
  ) {
    siteID = site.description.id
    self.version = version
    self.session = session
    self.site = site.sources[0]
    profiles = Array(site.sources.dropFirst())
    pointIDs = site.description.points.map(\.id)
    self.states = states
    self.beginsWithCheckpoint = beginsWithCheckpoint
  }
}

/// The core as it is before the first input of a part.
package struct RecordedCheckpoint: Sendable {
  /// How many inputs the core had taken before.
  var inputCount: UInt32
  /// What `Detector.writeCheckpoint` wrote.
  var bytes: [UInt8]

  /// The core after `inputCount` inputs.
  package init(inputCount: UInt32, bytes: [UInt8]) {
    self.inputCount = inputCount
    self.bytes = bytes
  }
}

/// The highest session that a recording in `folder` belongs to; 0 where there is none. For a gateway whose
/// outbox cannot say how often it was started.
package func highestRecordedSession(in folder: String, of site: String) -> UInt32 {
  folderNames(folder).reduce(0) { highest, name in
    guard name.hasPrefix(site + "-") else { return highest }
    let number = name.dropFirst(site.count + 1).prefix { $0 != "-" }
    return max(highest, UInt32(number) ?? 0)
  }
}

/// One part of a recording: an MCAP file that is being written.
package struct RecordingFile: ~Copyable {
  private var writer: MCAPWriter
  private let file: GrowingFile
  private let inputsChannel: ChannelID
  private let eventChannel: ChannelID
  private let transactionsChannel: ChannelID
  private let frameChannel: ChannelID
  private let pointChannels: [ChannelID]
  private var sequence: UInt32 = 0
  /// The number of the input that comes next, where none is missing.
  private var nextInput: UInt32
  /// The inputs and transactions that were added since the last message of their kind.
  private var inputs = InputsMessage()
  private var transactions = TransactionsMessage()
  /// True where an event was added that no power cut should take.
  package private(set) var holdsEvent = false

  /// Bytes written so far.
  package var byteCount: UInt64 { writer.byteCount }
  /// True when its index has little room left, so that another part is due.
  package var isNearlyFull: Bool { writer.isNearlyFull }
  /// Where it stands.
  package var path: String { file.path }

  /// Begins part `part` in `folder`, whose first input will be the one after `checkpoint`. What could not be
  /// begun leaves no file behind.
  ///
  /// - Throws: `HostError` where the file cannot be made, `MCAPWriteError` where the site has too many
  ///   points for one.
  package init(
    folder: String, origin: RecordingOrigin, part: Int, checkpoint: RecordedCheckpoint,
    wallNs: UInt64
  ) throws {
    try makeFolder(folder)
    let name =
      "\(origin.siteID)-\(padded(UInt64(origin.session.number), 5))-\(padded(UInt64(part), 5)).mcap"
    let file = try GrowingFile(creating: "\(folder)/\(name)")
    do {
      try self.init(
        in: file, origin: origin, part: part, checkpoint: checkpoint, wallNs: wallNs)
    } catch {
      removeFile(file.path)
      throw error
    }
  }

  private init(
    in file: GrowingFile, origin: RecordingOrigin, part: Int, checkpoint: RecordedCheckpoint,
    wallNs: UInt64
  ) throws {
    var writer = MCAPWriter(library: "nomori \(origin.version)")
    let inputsChannel = try writer.addChannel(topic: RecordingTopic.inputs, of: InputsMessage.self)
    let eventChannel = try writer.addChannel(topic: RecordingTopic.event, of: EventMessage.self)
    let transactionsChannel = try writer.addChannel(
      topic: RecordingTopic.transactions, of: TransactionsMessage.self)
    let frameChannel = try writer.addChannel(
      topic: RecordingTopic.frame, of: FrameMessage.self)
    var pointChannels: [ChannelID] = []
    for id in origin.pointIDs {
      pointChannels.append(
        try writer.addChannel(topic: RecordingTopic.point(id), of: PointMessage.self))
    }
    try writer.addMetadata(
      name: RecordingAttachment.origin,
      [
        ("site", origin.siteID), ("session", "\(origin.session.number)"),
        ("epoch", origin.session.epoch), ("part", "\(part)"), ("version", origin.version),
        (RecordingAttachment.inputCount, "\(checkpoint.inputCount)"),
        (RecordingAttachment.busOrder, "site"),
        (RecordingAttachment.beginning, origin.beginsWithCheckpoint ? "checkpoint" : "states"),
      ])
    try Self.attach(origin, to: &writer, wallNs: wallNs)
    try writer.attach(
      name: RecordingAttachment.checkpoint, mediaType: "application/octet-stream",
      data: checkpoint.bytes, logTime: wallNs, createTime: 0)
    if part == 1 {
      let channel = try writer.addChannel(topic: RecordingTopic.state, of: StateMessage.self)
      for state in origin.states {
        try writer.write(state, channel: channel, sequence: 0, logTime: wallNs, publishTime: wallNs)
      }
    }
    try file.append(writer.takeOutput())
    self.file = file
    self.writer = writer
    self.inputsChannel = inputsChannel
    self.eventChannel = eventChannel
    self.transactionsChannel = transactionsChannel
    self.frameChannel = frameChannel
    nextInput = checkpoint.inputCount
    self.pointChannels = pointChannels
  }

  private static func attach(
    _ origin: RecordingOrigin, to writer: inout MCAPWriter, wallNs: UInt64
  ) throws {
    try writer.attach(
      name: RecordingAttachment.site, mediaType: "application/yaml",
      data: Array(origin.site.text.utf8), logTime: wallNs, createTime: 0)
    var digests: [(key: String, value: String)] = []
    for profile in origin.profiles {
      let bytes = Array(profile.text.utf8)
      try writer.attach(
        name: RecordingAttachment.profile(profile.name), mediaType: "application/yaml",
        data: bytes, logTime: wallNs, createTime: 0)
      digests.append((profile.name, "crc32:" + String(CRC32.checksum(of: bytes), radix: 16)))
    }
    try writer.addMetadata(name: RecordingAttachment.profileDigests, digests)
  }

  /// True where the input of this number is the one after the last that was added.
  package func follows(_ number: UInt32) -> Bool { number == nextInput }

  /// Adds what the lane took in or gave out.
  package mutating func write(_ record: LaneRecord) throws(MCAPWriteError) {
    switch record {
    case .checkpoint:
      break  // It begins a part, and stands in the head of that.
    case .input(let input, let number):
      if number != nextInput || inputs.count == InputsMessage.limit { try writeInputs() }
      inputs.append(InputMessage(input))
      nextInput = number &+ 1
    case .reading(let assessed):
      let message = PointMessage(assessed)
      let channel = pointChannels[Int(assessed.reading.point.rawValue)]
      try write(message, channel: channel, wallNs: message.wallNs)
    case .event(let event):
      // It stands behind the input that it came from, so that each chunk can be replayed up to its end.
      try writeInputs()
      let message = EventMessage(event)
      try write(message, channel: eventChannel, wallNs: message.wallNs)
      holdsEvent = true
    }
  }

  /// Adds what was sent or heard on a bus.
  package mutating func write(_ record: WireRecord) throws(MCAPWriteError) {
    switch record {
    case .transaction(let transaction):
      if transactions.count == TransactionsMessage.limit { try writeTransactions() }
      transactions.append(
        TransactionMessage(transaction), wallNs: transaction.wallTime.nanosecondsSince1970)
    case .frame(let frame):
      try write(
        FrameMessage(frame), channel: frameChannel,
        wallNs: frame.wallTime.nanosecondsSince1970)
    }
  }

  /// Adds the inputs that wait for others as one message, whose number is that of the first.
  private mutating func writeInputs() throws(MCAPWriteError) {
    guard let last = inputs.wallNs.last else { return }
    let time = UInt64(clamping: last)
    try writer.write(
      inputs, channel: inputsChannel, sequence: nextInput &- UInt32(inputs.count), logTime: time,
      publishTime: time)
    inputs = InputsMessage()
  }

  /// Adds the transactions that wait for others as one message.
  private mutating func writeTransactions() throws(MCAPWriteError) {
    guard let last = transactions.wallNs.last else { return }
    try write(transactions, channel: transactionsChannel, wallNs: last)
    transactions = TransactionsMessage()
  }

  private mutating func write(
    _ message: some ROS2Message, channel: ChannelID, wallNs: Int64
  ) throws(MCAPWriteError) {
    let time = UInt64(clamping: wallNs)
    try writer.write(
      message, channel: channel, sequence: sequence, logTime: time, publishTime: time)
    sequence &+= 1
  }

  /// Brings everything written so far to the disk.
  ///
  /// - Throws: `HostError` where the disk refuses, `MCAPWriteError` where the part is full.
  package mutating func flush() throws {
    try writeInputs()
    try writeTransactions()
    writer.flush()
    try store()
    try file.synchronize()
    holdsEvent = false
  }

  /// Hands finished chunks to the file.
  package mutating func store() throws(HostError) {
    if writer.pendingByteCount > 0 { try file.append(writer.takeOutput()) }
  }

  /// Ends the file with its index.
  ///
  /// - Throws: as `flush()`.
  package consuming func finish() throws {
    try writeInputs()
    try writeTransactions()
    writer.finish()
    try store()
    try file.synchronize()
  }
}

/// Names of what a recording carries beside its messages.
enum RecordingAttachment {
  static let origin = "nomori"
  /// The key that says which index a bus has in the messages: `site`, its position in the site file.
  /// Recordings of earlier versions lack it: in them the buses of Modbus devices come first.
  static let busOrder = "buses"
  /// The key that says how many inputs the core had taken before the part. Where it is there, the inputs'
  /// own sequence numbers count on from it, and the part replays alone.
  static let inputCount = "inputs"
  /// The key that says what the run began with: the first part's `checkpoint`, or the `states` alone, which is
  /// what recordings mean that lack it.
  static let beginning = "beginning"
  /// The core before the first input of the part.
  static let checkpoint = "checkpoint"
  static let profileDigests = "nomori.profiles"
  static let site = "site.yaml"
  static func profile(_ id: String) -> String { "profiles/\(id).yaml" }

  /// The id of the profile that an attachment of this name holds, or nil for another attachment.
  static func profileID(_ name: String) -> String? {
    guard name.hasPrefix("profiles/"), name.hasSuffix(".yaml") else { return nil }
    return String(name.dropFirst("profiles/".count).dropLast(".yaml".count))
  }
}

private func padded(_ number: UInt64, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
