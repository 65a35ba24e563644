extension MCAPWriter {
  /// Adds a channel of `Message`s by the conventions of the `ros2` profile, and with the first one
  /// of its kind the schema.
  public mutating func addChannel<Message: ROS2Message>(
    topic: String, of message: Message.Type
  ) throws(MCAPWriteError) -> ChannelID {
    let name = Message.schemaName
    let schema =
      if let known = messageSchemas[name] { known } else {
        try addSchema(name: name, encoding: "ros2msg", data: Array(Message.schemaText.utf8))
      }
    messageSchemas[name] = schema
    // The profile demands this key; a recording of a gateway has no quality of service to offer.
    return try addChannel(
      topic: topic, schema: schema, messageEncoding: "cdr",
      metadata: [(key: "offered_qos_profiles", value: "")])
  }

  /// Adds a message to a channel of its kind. Times are nanoseconds since 1970.
  public mutating func write(
    _ message: some ROS2Message, channel: ChannelID, sequence: UInt32, logTime: UInt64,
    publishTime: UInt64
  ) throws(MCAPWriteError) {
    message.encode(into: &messageBuffer)
    try write(
      channel: channel, sequence: sequence, logTime: logTime, publishTime: publishTime,
      data: messageBuffer.bytes)
  }
}
