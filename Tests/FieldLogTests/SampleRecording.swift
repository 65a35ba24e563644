import FieldLog

/// A message of every CDR type, narrow fields between wide ones so that padding is needed.
struct Sample: ROS2Message, Equatable {
  static let schemaName = "nomori_msgs/msg/Sample"
  var flag: UInt8 = 0
  var value = 0.0
  var valid = false
  var count: UInt16 = 0
  var point = ""
  var small: Float = 0
  var offset: Int8 = 0
  var time: Int64 = 0
  var registers: [UInt16] = []
  var raw: [UInt8] = []
  var total: UInt32 = 0
  var values: [Double] = []
  var depth: Int16 = 0
  var id: UInt64 = 0
  var step: Int32 = 0

  mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.field("flag", &flag, note: "QARTOD: 1 pass, 3 suspect, 4 fail")
    try visitor.field("value", &value, note: "in the point's unit")
    try visitor.field("valid", &valid)
    try visitor.field("count", &count)
    try visitor.field("point", &point)
    try visitor.field("small", &small)
    try visitor.field("offset", &offset)
    try visitor.field("time_ns", &time)
    try visitor.field("registers", &registers)
    try visitor.field("raw", &raw)
    try visitor.field("total", &total)
    try visitor.field("values", &values)
    try visitor.field("depth", &depth)
    try visitor.field("id", &id)
    try visitor.field("step", &step)
  }

  /// The `index`th message of a fixed series; every binary fraction in it is exact in JSON too.
  static func number(_ index: Int) -> Sample {
    var sample = Sample()
    sample.flag = UInt8(index % 5)
    sample.value = 0.5 + Double(index) / 1024
    sample.valid = index % 2 == 0
    sample.count = UInt16(truncatingIfNeeded: index &* 777)
    sample.point = ["bridge.level", "橋.水位", "", "rain"][index % 4]
    sample.small = Float(index) * -0.25
    sample.offset = Int8(truncatingIfNeeded: index &* 31)
    sample.time = 1_451_096_100_000_000_000 + Int64(index) * 900_000_000_000
    sample.registers = (0..<index % 6).map { UInt16(truncatingIfNeeded: index &* 4099 + $0) }
    sample.raw = (0..<index % 3).map { UInt8(truncatingIfNeeded: index + $0) }
    sample.total = UInt32.max - UInt32(index)
    sample.values = (0..<index % 4).map { Double(index - $0) / 8 }
    sample.depth = -Int16(truncatingIfNeeded: index)
    sample.id = UInt64.max / 2 - UInt64(index)
    sample.step = Int32(index) * -65537
    return sample
  }
}

/// A second kind of message.
struct Note: ROS2Message, Equatable {
  static let schemaName = "nomori_msgs/msg/Note"
  var text = ""

  mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.field("text", &text)
  }
}

/// A recording with everything in it: two channels, chunks, an attachment between them, metadata.
enum SampleRecording {
  static let attachment: [UInt8] = Array("site: river\nname: 川の箱\n".utf8)

  /// When the `index`th sample was recorded: the clock steps back by 10 ms before each fiftieth.
  static func logTime(_ index: Int) -> UInt64 {
    UInt64(1_451_096_100_000_000_000 + index * 1_000_000 - (index % 50 == 49 ? 10_000_000 : 0))
  }

  /// The recording of `messageCount` samples and a note for each ten; `finished` or as a power cut
  /// leaves it after the last chunk.
  static func bytes(
    messageCount: Int, chunkBytes: Int = 1024, level: Int = 3, finished: Bool = true
  ) throws -> [UInt8] {
    var writer = MCAPWriter(
      library: "nomori test", options: .init(chunkBytes: chunkBytes, zstdLevel: level))
    let samples = try writer.addChannel(topic: "/samples", of: Sample.self)
    let notes = try writer.addChannel(topic: "/notes", of: Note.self)
    try writer.addMetadata(name: "nomori", [(key: "site", value: "river"), (key: "v", value: "1")])
    var bytes = writer.takeOutput()
    for index in 0..<messageCount {
      let time = logTime(index)
      try writer.write(
        Sample.number(index), channel: samples, sequence: UInt32(index), logTime: time,
        publishTime: time - 5)
      if index % 10 == 9 {
        try writer.write(
          Note(text: "note \(index)"), channel: notes, sequence: UInt32(index / 10), logTime: time,
          publishTime: time)
      }
      if index == messageCount / 2 {
        try writer.attach(
          name: "site.yaml", mediaType: "application/yaml", data: attachment, logTime: time)
      }
      bytes += writer.takeOutput()
    }
    if finished { writer.finish() } else { writer.flush() }
    return bytes + writer.takeOutput()
  }
}

/// All that a reader delivers, sorted by kind.
struct Contents {
  var headers: [MCAPHeader] = []
  var schemas: [MCAPSchema] = []
  var channels: [MCAPChannel] = []
  var messages: [MCAPMessage] = []
  var attachments: [MCAPAttachment] = []
  var metadata: [MCAPMetadata] = []
  var damage: [RecordingDamage] = []
  var recovery = Recovery()

  init(_ bytes: [UInt8]) {
    var reader = MCAPReader(bytes)
    while let record = reader.next() {
      switch record {
      case .header(let header): headers.append(header)
      case .schema(let schema): schemas.append(schema)
      case .channel(let channel): channels.append(channel)
      case .message(let message): messages.append(message)
      case .attachment(let attachment): attachments.append(attachment)
      case .metadata(let entry): metadata.append(entry)
      case .damage(let found): damage.append(found)
      }
    }
    recovery = reader.recovery
  }

  /// The decoded messages of the channel `topic`.
  func messages<Message: ROS2Message>(
    _ kind: Message.Type, topic: String
  ) throws -> [Message] {
    let ids = channels.filter { $0.topic == topic }.map(\.id)
    return try messages.filter { ids.contains($0.channel) }.map { try Message(decoding: $0.data) }
  }
}
