/// A schema's number within one recording, from 1.
public struct SchemaID: RawRepresentable, Hashable, Sendable {
  /// The number; 0 stands for "no schema".
  public var rawValue: UInt16
  /// Makes the ID of number `rawValue`.
  public init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// A channel's number within one recording; from 1 where `MCAPWriter` gives it.
public struct ChannelID: RawRepresentable, Hashable, Sendable {
  /// The number.
  public var rawValue: UInt16
  /// Makes the ID of number `rawValue`.
  public init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// What a recording says about itself at its start.
public struct MCAPHeader: Equatable, Sendable {
  /// The conventions that the recording follows, e.g. `ros2`.
  public var profile: String
  /// The program that wrote it.
  public var library: String
}

/// The shape of a kind of message.
public struct MCAPSchema: Equatable, Sendable {
  /// The number by which channels refer to it.
  public var id: SchemaID
  /// Its name, e.g. `nomori_msgs/msg/Reading`.
  public var name: String
  /// The language of `data`, e.g. `ros2msg`.
  public var encoding: String
  /// The definition.
  public var data: ArraySlice<UInt8>
}

/// A stream of messages of one kind.
public struct MCAPChannel: Sendable {
  /// The number by which messages refer to it.
  public var id: ChannelID
  /// The kind of its messages; number 0 when there is no schema.
  public var schema: SchemaID
  /// What the messages are about, e.g. `/readings`.
  public var topic: String
  /// How messages are encoded, e.g. `cdr`.
  public var messageEncoding: String
  /// Anything else, in the order of the file.
  public var metadata: [(key: String, value: String)]
}

/// One message.
public struct MCAPMessage: Equatable, Sendable {
  /// Its channel.
  public var channel: ChannelID
  /// The publisher's count.
  public var sequence: UInt32
  /// When it was recorded, in nanoseconds since 1970.
  public var logTime: UInt64
  /// When it was published, in nanoseconds since 1970.
  public var publishTime: UInt64
  /// The message in its channel's encoding. Keeping the slice keeps its whole chunk in memory.
  public var data: ArraySlice<UInt8>
}

/// A file within the recording.
public struct MCAPAttachment: Equatable, Sendable {
  /// The file's name.
  public var name: String
  /// The file's media type, e.g. `application/yaml`.
  public var mediaType: String
  /// When it was recorded, in nanoseconds since 1970.
  public var logTime: UInt64
  /// When the file was made, in nanoseconds since 1970; 0 when unknown.
  public var createTime: UInt64
  /// The file's bytes.
  public var data: ArraySlice<UInt8>
}

/// Named facts about the recording.
public struct MCAPMetadata: Sendable {
  /// What the facts are about.
  public var name: String
  /// The facts, in the order of the file.
  public var entries: [(key: String, value: String)]
}

/// The kinds of record in an MCAP file (specification, "Records").
enum Opcode: UInt8 {
  case header = 0x01
  case footer = 0x02
  case schema = 0x03
  case channel = 0x04
  case message = 0x05
  case chunk = 0x06
  case messageIndex = 0x07
  case chunkIndex = 0x08
  case attachment = 0x09
  case attachmentIndex = 0x0A
  case statistics = 0x0B
  case metadata = 0x0C
  case metadataIndex = 0x0D
  case summaryOffset = 0x0E
  case dataEnd = 0x0F
}

/// Fixed parts of the container.
enum MCAPFormat {
  /// Begins and ends every file.
  static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]
  /// Opcode and content length in front of every record.
  static let recordPrefixBytes = 9
  /// Content of a footer.
  static let footerBytes = 20
  /// Content of a data end record.
  static let dataEndBytes = 4
  /// Content of a chunk, besides the name of its compression and its records.
  static let chunkFixedBytes = 40
  /// Opcode, length and content of a chunk in front of its records, where its compression has a
  /// name of four letters.
  static let chunkHeaderBytes = 53
  /// The name of the one compression that is written here.
  static let zstd = "zstd"
}

extension [UInt8] {
  /// Appends one record; `fill` appends its content.
  mutating func append(record opcode: Opcode, _ fill: (inout [UInt8]) -> Void) {
    append(opcode.rawValue)
    append(lengthOf: UInt64.self, fill)
  }

  /// Appends `text` as MCAP does: length, UTF-8.
  mutating func append(prefixed text: String) {
    append(littleEndian: UInt32(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  /// Appends a map of strings.
  mutating func append(map entries: [(key: String, value: String)]) {
    append(lengthOf: UInt32.self) { bytes in
      for entry in entries {
        bytes.append(prefixed: entry.key)
        bytes.append(prefixed: entry.value)
      }
    }
  }

  /// Appends what `fill` appends, its length in front.
  mutating func append<Length: FixedWidthInteger & UnsignedInteger>(
    lengthOf: Length.Type, _ fill: (inout [UInt8]) -> Void
  ) {
    let lengthStart = count
    append(littleEndian: Length.zero)
    let start = count
    fill(&self)
    let length = Length(count - start)
    for byte in 0..<Length.bitWidth / 8 {
      self[lengthStart + byte] = UInt8(truncatingIfNeeded: length >> (8 * byte))
    }
  }
}
